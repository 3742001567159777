"""A crawl's writing half: compare what was found with the catalog, and change what differs.

One call is one transaction. A crawl that found what the catalog says already writes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gluematch.models.catalog import databases, partition_indexes, tables
from gluematch.models.catalog.store import Transaction
from gluematch.models.catalog.tables import Table

from .documents import (
    CONNECTION,
    DEPRECATED,
    OWNER,
    deprecated,
    same,
    table_input,
    with_new_columns,
)
from .findings import Findings, FoundTable
from .known import every_table
from .naming import assigned, place_of
from .partition_changes import apply_partitions, figures_of_partitions
from .plan import Policy
from .summaries import Summary
from .writing import Destination, Writing

PARTITION_INDEX = "crawler_partition_index"


class CrawlRefused(Exception):
    """The findings must not be written; the message says why."""


def apply(
    tx: Transaction, findings: Findings, to: Destination, log: Callable[[str], None]
) -> Summary:
    """Write the findings into the catalog. Raises CrawlRefused before anything is written."""
    _check_threshold(findings, to.policy)
    writing = Writing(tx, to, Summary(), log)
    if findings.reach:
        _apply_named(writing, findings)
    for found in findings.tables:
        if found.known is not None:
            _apply_known(writing, found, found.known)
    return writing.summary


def _apply_named(writing: Writing, findings: Findings) -> None:
    """Write the tables that get their names here, and retire those that are gone."""
    tx, to = writing.tx, writing.to
    database = to.database.lower()
    if databases.find(tx, database) is None:
        databases.create(tx, database, {"Name": database})
        writing.log(f"INFO : Created database {database}")
    tables_found = [found for found in findings.tables if found.known is None]
    existing = {table.name: table for table in every_table(tx, database)}
    names = assigned(
        {found.place: found.named or found.location for found in tables_found},
        to.prefix,
        {name: _place(table) for name, table in existing.items()},
    )
    for found in tables_found:
        name = names[found.place]
        old = existing.get(name)
        new = table_input(found, name, to.author, indexed=to.policy.partition_index)
        kept = _write_table(writing, name, old, new)
        apply_partitions(writing, name, old, kept, found)
    for table in existing.values():
        if table.name not in names.values() and _was_found_here(table, findings, to):
            _retire(writing, table)


def _apply_known(writing: Writing, found: FoundTable, known: tuple[str, str]) -> None:
    """Bring a table of the catalog in line with what was found at its location.

    It keeps its name, its location, and its keys while they fit. Where only some of its folders
    were looked at, nothing is known of the others: then columns are only added.
    """
    database, name = known
    writing = replace(writing, to=replace(writing.to, database=database))
    to = writing.to
    old = tables.find(writing.tx, database, name)
    if old is None:
        writing.mention(name, "Table {name} in database {database} is not there any more")
        return
    new = table_input(found, name, to.author, indexed=to.policy.partition_index)
    new["StorageDescriptor"]["Location"] = old.location
    if len(old.partition_keys) == len(found.partition_keys):
        new["PartitionKeys"] = list(old.document.get("PartitionKeys") or ())
    if found.looked is None:
        kept = _write_table(writing, name, old, new)
        apply_partitions(writing, name, old, kept, found)
        return
    widened = with_new_columns(old.document, new if found.partitions else old.document)
    if to.policy.update == "LOG":
        apply_partitions(writing, name, old, old.document, found)
        return
    apply_partitions(writing, name, old, widened, found)
    widened["Parameters"] |= figures_of_partitions(writing, name)
    _write_table(writing, name, old, widened)


def _check_threshold(findings: Findings, policy: Policy) -> None:
    threshold, found = policy.table_threshold, len(findings.tables)
    if threshold is not None and found > threshold:
        raise CrawlRefused(
            f"The number of tables detected by crawler: {found} is greater than the table "
            f"threshold value provided: {threshold}. Failing crawler without writing to Data "
            "Catalog."
        )


def _write_table(
    writing: Writing, name: str, old: Table | None, new: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Create a table or replace it, as the policy has it; the document that the catalog has now."""
    tx, to = writing.tx, writing.to
    if old is None:
        made = tables.create(tx, to.database, name, new, created_by(tx, to.role))
        if to.policy.partition_index and made.partition_keys:
            keys = [key for key, _ in made.partition_keys]
            partition_indexes.create_empty(tx, made, PARTITION_INDEX, keys)
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
    below = (_place(table).rstrip("/") + "/").startswith(findings.reach)
    return below and table.parameters.get(OWNER) == to.author.crawler


def _place(table: Table) -> str:
    return place_of(table.location, table.parameters.get(CONNECTION))


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
