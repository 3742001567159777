"""Tables of relational databases as a script reads and writes them: by SQLAlchemy in Spark's Python
workers, no JDBC driver. A login comes from a connection of the catalog, or from the options.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-connect-jdbc-home.html
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from gluematch.models.datasets import relational_rows
from gluematch.models.datasets.cells import text
from gluematch.models.datasets.jdbc import PORTS, Login, properties_of
from gluematch.models.datasets.logins import full_login
from gluematch.models.datasets.relational_rows import Share

from . import types
from .catalog import Table
from .options import Options
from .reading import frame_of
from .surroundings import Surroundings

ENGINES = frozenset({*PORTS, "jdbc", "sqlserver", "oracle", "redshift"})
"""The connection types that lead here; what cannot be reached of them is refused in words."""

SHARES = 7
EXACT = Context(prec=76)


def place_of(table: Table) -> Mapping[str, str] | None:
    """The options that lead to what a table of the catalog describes; None if it lies in no
    database."""
    connection = table.parameters.get("connectionName")
    if connection is None or table.parameters.get("classification") not in PORTS:
        return None
    database, _, name = table.location.partition(".")
    return {"connectionName": connection, "database": database, "dbtable": name}


def table_frame(
    spark: SparkSession, around: Surroundings, engine: str, options: Options
) -> DataFrame:
    """The rows of a table: read by one task, or by several where the options say by what to share
    them, `hashfield` or `hashexpression`, and `hashpartitions`."""
    whose, name = _login(around, engine, options), _named(options)
    columns = relational_rows.columns_of(whose, name)
    fields = [StructField(column, types.spark_type(kind)) for column, kind in columns]
    schema = to_arrow_schema(StructType(fields))

    def read(share: Share | None) -> pa.Table:
        batches = [
            pa.record_batch(
                [
                    _arrow(values, field.type)
                    for values, field in zip(zip(*rows, strict=True), schema, strict=True)
                ],
                schema=schema,
            )
            for rows in relational_rows.rows_of(whose, name, share)
        ]
        return pa.Table.from_batches(batches, schema=schema)

    return frame_of(spark, [[share] for share in _shares(options)], StructType(fields), read)


def write(frame: DataFrame, around: Surroundings, engine: str, options: Options) -> None:
    """Add the rows to a table, which is made if it is not there. Each task adds all its rows or
    none."""
    whose, name = _login(around, engine, options), _named(options)
    kinds = [(field.name, types.hive_name(field.dataType)) for field in frame.schema.fields]
    relational_rows.create(whose, name, kinds)

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        relational_rows.add(whose, name, (_rows(batch) for batch in batches))
        yield pa.RecordBatch.from_pydict({"done": [True]})

    frame.mapInArrow(work, "done boolean").collect()


def _login(around: Surroundings, engine: str, options: Options) -> Login:
    """Who reads and writes where. Raises DatabaseError, and what GetConnection raises."""
    name = options.text("connectionName")
    if name:
        found = around.services.client("glue").get_connection(Name=name)["Connection"]
        properties = properties_of(found)
    else:
        url = options.text("url")
        properties = {
            "JDBC_CONNECTION_URL": url if url.startswith("jdbc:") else f"jdbc:{engine}://{url}",
            "USERNAME": options.text("user"),
            "PASSWORD": options.text("password"),
        }
    whose = full_login(properties, around.services, around.objects)
    return replace(whose, database=options.text("database") or whose.database)


def _named(options: Options) -> str:
    name = options.text("dbtable")
    if not name:
        raise ValueError("say which table: connection_options needs a dbtable")
    return name


def _shares(options: Options) -> Sequence[Share | None]:
    field, expression = options.text("hashfield"), options.text("hashexpression")
    if not field and not expression:
        return [None]
    count = int(options.text("hashpartitions", str(SHARES)))
    return [Share(number, count, field or None, expression) for number in range(count)]


def _arrow(values: Sequence[Any], target: pa.DataType) -> pa.Array:
    """The values of a column, as drivers give them, as Arrow's."""
    if pa.types.is_string(target):
        return pa.array([None if one is None else text(one) for one in values], target)
    if pa.types.is_boolean(target):
        return pa.array([None if one is None else _truth(one) for one in values], target)
    if pa.types.is_decimal(target):
        digits = Decimal(1).scaleb(-target.scale)
        exact = [
            None if one is None else Decimal(one).quantize(digits, context=EXACT) for one in values
        ]
        return pa.array(exact, target)
    return pa.array(values, target)


def _truth(value: Any) -> bool:
    return any(value) if isinstance(value, bytes) else bool(value)


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return [
        {name: _value(value) for name, value in row.items()}
        for row in batch.to_pylist(maps_as_pydicts="lossy")
    ]


def _value(value: Any) -> Any:
    """A value as drivers take it: instants by the clock of UTC, nested ones as JSON."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return text(value) if isinstance(value, dict | list) else value
