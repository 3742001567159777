"""Looking at tables of the catalog: each at its location, whatever lies there being one table."""

from collections.abc import Iterator
from dataclasses import replace

from gluematch.models.crawling.findings import FoundTable
from gluematch.models.crawling.known import KnownTable
from gluematch.models.crawling.plan import Grouping
from gluematch.models.crawling.targets import CatalogTarget, S3Target

from . import s3
from .surroundings import Surroundings


def look(target: CatalogTarget, around: Surroundings) -> Iterator[FoundTable]:
    """The named tables, as their locations show them now. One that shows nothing is left out."""
    for table in target.tables:
        combined = replace(around, grouping=Grouping(combine=True))
        found = s3.look(S3Target(table.location), combined)
        if len(found) == 1 and found[0].location.rstrip("/") == table.location.rstrip("/"):
            yield _as_known(found[0], table)
        elif found:
            around.log(f"WARN : Objects at {table.location} are not compatible; {_left(table)}")
        else:
            around.log(f"INFO : There is no object at {table.location}; {_left(table)}")


def _as_known(found: FoundTable, table: KnownTable) -> FoundTable:
    """The table under its own name, and its keys' own names where there are as many."""
    keys = found.partition_keys if len(found.partition_keys) != len(table.keys) else table.keys
    return replace(found, partition_keys=keys, known=(table.database, table.name))


def _left(table: KnownTable) -> str:
    return f"table {table.name} in database {table.database} was left as it is"
