"""A crawl's writing half: compare what was found with the catalog, and change what differs.

One call is one transaction. A crawl that found what the catalog says already writes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gluematch.models.catalog import databases, tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.tables import Table

from .documents import DEPRECATED, OWNER, deprecated, same, table_input, with_new_columns
from .findings import Findings, FoundTable
from .naming import assigned
from .partition_changes import apply_partitions
from .plan import Policy
from .summaries import Summary
from .writing import Destination, Writing

PAGE = 1000


class CrawlRefused(Exception):
    """The findings must not be written; the message says why."""


def apply(
    tx: Transaction, findings: Findings, to: Destination, log: Callable[[str], None]
) -> Summary:
    """Write the findings into the catalog. Raises CrawlRefused before anything is written."""
    _check_threshold(findings, to.policy)
    database = to.database.lower()
    if databases.find(tx, database) is None:
        databases.create(tx, database, {"Name": database})
        log(f"INFO : Created database {database}")
    existing = {table.name: table for table in _tables(tx, database)}
    names = assigned(
        [found.location for found in findings.tables],
        to.prefix,
        {name: table.location for name, table in existing.items()},
    )
    writing = Writing(tx, to, Summary(), log)
    for found in findings.tables:
        name = names[found.location]
        old = existing.get(name)
        new = _write_table(writing, found, name, old)
        apply_partitions(writing, name, old, new, found)
    for table in existing.values():
        if table.name not in names.values() and _was_found_here(table, findings, to):
            _retire(writing, table)
    return writing.summary


def _check_threshold(findings: Findings, policy: Policy) -> None:
    threshold, found = policy.table_threshold, len(findings.tables)
    if threshold is not None and found > threshold:
        raise CrawlRefused(
            f"The number of tables detected by crawler: {found} is greater than the table "
            f"threshold value provided: {threshold}. Failing crawler without writing to Data "
            "Catalog."
        )


def _tables(tx: Transaction, database: str) -> Iterator[Table]:
    after: str | None = None
    while page := tables.page(tx, database, after, PAGE):
        yield from page
        after = page[-1].name


def _write_table(
    writing: Writing, found: FoundTable, name: str, old: Table | None
) -> Mapping[str, Any]:
    """Create or update a found table; the document that the catalog has now."""
    tx, to = writing.tx, writing.to
    new = table_input(found, name, to.author, indexed=to.policy.partition_index)
    if old is None:
        tables.create(tx, to.database, name, new, created_by(tx, to.role))
        writing.note("ADD", name, "Created table {name} in database {database}")
        return new
    if to.policy.update == "MergeNewColumns":
        new = with_new_columns(old.document, new)
    if same(old.document, new):
        return old.document
    if to.policy.update == "LOG":
        writing.mention(name, "Table {name} in database {database} differs; left as it is")
        return old.document
    tables.update(tx, to.database, name, new)
    writing.note("UPDATE", name, "Updated table {name} in database {database}")
    return new


def _was_found_here(table: Table, findings: Findings, to: Destination) -> bool:
    """Whether this crawler wrote the table once, from below one of its present targets."""
    below = (table.location.rstrip("/") + "/").startswith(findings.reach)
    return below and table.parameters.get(OWNER) == to.author.crawler


def _retire(writing: Writing, table: Table) -> None:
    """Delete, deprecate or only mention a table whose objects are gone."""
    tx, to, name = writing.tx, writing.to, table.name
    if to.policy.delete == "DELETE_FROM_DATABASE":
        tables.delete(tx, to.database, name)
        writing.note("DELETE", name, "Table {name} in database {database} has been deleted")
    elif to.policy.delete == "LOG":
        writing.mention(name, "Table {name} in database {database} has no objects; left as it is")
    elif DEPRECATED not in table.parameters:
        tables.update(tx, to.database, name, deprecated(table.document, to.author.at))
        writing.note("UPDATE", name, "Table {name} in database {database} has been deprecated")


def created_by(tx: Transaction, role: str) -> str:
    """The session that Glue names as the maker of a crawled table."""
    name = role.rpartition("/")[2]
    return f"arn:{tx.scope.partition}:sts::{tx.scope.account}:assumed-role/{name}/AWS-Crawler"
