"""Looking at a table of DynamoDB: its columns are what its items have, each with its type."""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from gluematch.models.crawling.findings import FoundTable
from gluematch.models.crawling.other_targets import DynamoDBTarget
from gluematch.models.crawling.table_formats import Elsewhere
from gluematch.models.crawling.types import Array, Columns, Struct, Type, merged, union
from gluematch.models.datasets.dynamodb import DynamoTable, Item, described, pages

from .surroundings import Surroundings

PLAIN: Mapping[str, Type] = {"S": "string", "B": "binary", "BOOL": "boolean", "NULL": None}
SETS = {"SS": "S", "NS": "N", "BS": "B"}


def look(target: DynamoDBTarget, around: Surroundings) -> Iterable[FoundTable]:
    """The one table. Raises SourceError."""
    table = described(around.services, target.path)
    columns: Columns = ()
    count = 0
    for items in pages(around.services, target.path, everything=target.scan_all):
        count += len(items)
        columns = union([columns, *map(columns_of, items)])
    around.log(f"INFO : Items of {target.path} read: {count}")
    yield FoundTable(
        location=table.arn,
        format=Elsewhere("dynamodb", _parameters(table)),
        compression="none",
        columns=_keys_first(table, columns),
        figures=None,
        named=target.path,
    )


def columns_of(item: Item) -> Columns:
    """An item's attributes as columns; names that differ in case only are one."""
    return union([((name.lower(), type_of(value)),) for name, value in item.items()])


def type_of(value: Mapping[str, Any]) -> Type:
    """The Hive type of a value in DynamoDB's notation, such as {"N": "1"}."""
    ((kind, content),) = value.items()
    if kind == "N":
        return _number(content)
    if kind == "M":
        return Struct(columns_of(content))
    if kind == "L":
        return Array(reduce(merged, map(type_of, content), None))
    if kind in SETS:
        return Array(reduce(merged, (type_of({SETS[kind]: one}) for one in content), None))
    return PLAIN[kind]


def _number(text: str) -> Type:
    """DynamoDB has one kind of number, of 38 digits: a bigint where it is one, else double."""
    whole = text.removeprefix("-").isdecimal()
    return "bigint" if whole and -(2**63) <= int(text) < 2**63 else "double"


def _keys_first(table: DynamoTable, columns: Columns) -> Columns:
    """The keys in front, then the rest by name, for items come in no order."""
    known = dict(columns)
    keys = [key.lower() for key in table.keys]
    rest = [(name, kind) for name, kind in columns if name not in keys]
    return (*((key, known.get(key)) for key in keys), *sorted(rest, key=lambda one: one[0]))


def _parameters(table: DynamoTable) -> dict[str, str]:
    parameters = {
        "hashKey": table.keys[0],
        "sizeKey": str(table.size),
        "recordCount": str(table.items),
        "averageRecordSize": str(table.size // max(table.items, 1)),
        "typeOfData": "table",
    }
    return parameters | ({"rangeKey": table.keys[1]} if len(table.keys) > 1 else {})
