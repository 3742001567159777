"""Frames written to S3, each partition by the worker that has it, as Glue's jobs name objects."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
from pyspark import TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema

from gluematch.models import clock
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.tables import NULL_PARTITION

from .encoding import encode, suffix
from .options import Options

SAFE = "!$&()+,-.;@_~ <>|"
"""What Hive leaves as it is in a partition's folder, beside letters and digits."""


@dataclass(frozen=True, slots=True)
class Written:
    """The values of the partition keys of an object that was written, and how many rows it has."""

    values: tuple[str, ...]
    rows: int


def write(
    frame: DataFrame,
    store: ObjectStore,
    path: str,
    form: str,
    options: Options,
    keys: Sequence[str] = (),
) -> list[Written]:
    """Write every row; those of other `keys` to other folders, `key=value`, without these columns.

    A task that is run again writes the same objects again. Raises ValueError.
    """
    missing = [key for key in keys if key not in frame.columns]
    if missing:
        raise ValueError(f"there is no column {', '.join(missing)} to partition by")
    ending, schema = suffix(form, options), to_arrow_schema(frame.schema)
    milliseconds = int(clock.now().timestamp() * 1000)
    folder = path.rstrip("/")

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(list(batches), schema=schema)
        context = TaskContext.get()
        number = 0 if context is None else context.partitionId()
        name = f"run-{milliseconds}-part-r-{number:05d}{ending}"
        for values, rows in _parted(table, keys):
            uri = f"{folder}/{folders(keys, values)}{name}"
            store.write(uri, encode(rows, form, options))
            yield pa.RecordBatch.from_pydict(
                {"values": [list(values)], "rows": [len(rows)]}, schema=_REPORT
            )

    report = frame.mapInArrow(work, "values array<string>, rows bigint").collect()
    return [Written(tuple(row.values), row.rows) for row in report]


def folders(keys: Sequence[str], values: Sequence[str]) -> str:
    """The folders of a partition, `key=value/`, as Hive writes them."""
    parts = zip(keys, values, strict=True)
    return "".join(f"{key}={quote(value or NULL_PARTITION, safe=SAFE)}/" for key, value in parts)


_REPORT = pa.schema([("values", pa.list_(pa.string())), ("rows", pa.int64())])


def _parted(table: pa.Table, keys: Sequence[str]) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    if not len(table):
        return
    if not keys:
        yield (), table
        return
    words = [pc.fill_null(table[key].cast(pa.string()), NULL_PARTITION) for key in keys]
    rest = table.drop_columns(list(keys))
    by_values: dict[tuple[str, ...], list[int]] = {}
    for at, values in enumerate(zip(*(word.to_pylist() for word in words), strict=True)):
        by_values.setdefault(values, []).append(at)
    for values, places in by_values.items():
        yield values, rest.take(pa.array(places))
