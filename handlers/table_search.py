"""SearchTables: over all tables of the account, by properties and by text.

What AWS leaves open is chosen in docs/decisions/table-search.md.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import tables
from gluematch.models.catalog.columns import written
from gluematch.models.catalog.tables import Table
from gluematch.models.errors import InvalidInputException

from . import paging
from .ownership import require_own_catalog
from .registry import Call, operation
from .tables import described

if TYPE_CHECKING:
    from types_boto3_glue.type_defs import (
        PropertyPredicateTypeDef,
        SearchTablesRequestTypeDef,
        SortCriterionTypeDef,
    )

Test = Callable[[Table], bool]

TEXTS: Mapping[str, Callable[[Table], Any]] = {
    "name": lambda table: table.name,
    "databasename": lambda table: table.database,
    "description": lambda table: table.document.get("Description"),
    "owner": lambda table: table.document.get("Owner"),
    "tabletype": lambda table: table.document.get("TableType"),
    "location": lambda table: table.location,
}
TIMES: Mapping[str, Callable[[Table], Any]] = {
    "createtime": lambda table: table.created,
    "updatetime": lambda table: table.updated,
    "lastaccesstime": lambda table: table.document.get("LastAccessTime"),
    "lastanalyzedtime": lambda table: table.document.get("LastAnalyzedTime"),
}
COMPARATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUALS": eq,
    "GREATER_THAN": gt,
    "LESS_THAN": lt,
    "GREATER_THAN_EQUALS": ge,
    "LESS_THAN_EQUALS": le,
}
NEVER = datetime.fromtimestamp(0, UTC)


@operation
def search_tables(call: Call, request: "SearchTablesRequestTypeDef") -> Mapping[str, Any]:
    """The tables that meet every filter and hold the text, sorted, page by page."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    page = paging.start("search_tables", request)
    tests = [_filter(predicate) for predicate in request.get("Filters", ())]
    tests.append(_text(request.get("SearchText", "")))
    key, descending = _order(*request.get("SortCriteria", ()))
    if request.get("ResourceShareType", "ALL") != "ALL":
        return {"TableList": []}
    with call.catalog.read() as tx:
        met = [one for one in tables.everywhere(tx) if all(test(one) for test in tests)]
    found = paging.listed(page, met, key, descending=descending, size=_size)
    listed = [described(call, table) for table in found.items]
    return {"TableList": listed, "NextToken": found.next_token}


def _size(table: Table) -> int:
    return len(written(table.document))


def _filter(predicate: "PropertyPredicateTypeDef") -> Test:
    """Whether a table has the property. Raises InvalidInputException for what is no time."""
    key, value = predicate.get("Key", ""), predicate.get("Value", "")
    if time := TIMES.get(key.lower()):
        compare, wanted = COMPARATORS[predicate.get("Comparator", "EQUALS")], _instant(value)
        return lambda table: (found := time(table)) is not None and compare(found, wanted)
    text = TEXTS.get(key.lower()) or _parameter(key)
    return lambda table: _fits(str(text(table) or ""), value)


def _parameter(key: str) -> Callable[[Table], Any]:
    return lambda table: table.parameters.get(key)


def _fits(text: str, value: str) -> bool:
    """Whether a text is the value, or has it among its words, whatever the case."""
    text, value = text.lower(), value.lower()
    return text == value or value in re.split(r"[\W_]+", text)


def _text(sought: str) -> Test:
    """Whether a table holds every word of a text; in quotes, a property that is just the text."""
    sought = sought.lower()
    if len(sought) > 1 and sought[0] == sought[-1] == '"':
        return lambda table: sought[1:-1] in _properties(table)
    words = sought.split()
    return lambda table: all(any(word in text for text in _properties(table)) for word in words)


def _properties(table: Table) -> Iterator[str]:
    """The texts that a search looks through, in lower case."""
    document = table.document
    columns = [
        *document.get("StorageDescriptor", {}).get("Columns", ()),
        *document.get("PartitionKeys", ()),
    ]
    for text in TEXTS.values():
        yield str(text(table) or "").lower()
    for column in columns:
        yield column["Name"].lower()
        yield column.get("Comment", "").lower()
    for key, value in table.parameters.items():
        yield key.lower()
        yield value.lower()


def _order(
    criterion: "SortCriterionTypeDef | None" = None,
) -> tuple[Callable[[Table], list[str | float]], bool]:
    """The key to sort by, database and name last, and whether it falls."""
    if criterion is None:
        return lambda table: [table.database, table.name], False
    field = criterion.get("FieldName", "")
    descending = criterion.get("Sort", "ASC") == "DESC"
    if text := TEXTS.get(field.lower()):
        return lambda table: [str(text(table) or ""), table.database, table.name], descending
    if time := TIMES.get(field.lower()):
        return lambda table: [
            (time(table) or NEVER).timestamp(),
            table.database,
            table.name,
        ], descending
    raise InvalidInputException(f"Tables cannot be sorted by {field}.")


def _instant(value: str) -> datetime:
    """An instant given in ISO 8601 or as seconds since the epoch."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInputException(f"{value} is not a point in time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
