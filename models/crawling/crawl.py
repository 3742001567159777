"""A crawl's reading half: each target is looked at by the looker of its kind.

It writes nothing; `changes` applies its findings.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gluematch.models.datasets.access import AwsServices, SourceError
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.type_limits import require_short

from .findings import Findings, FoundTable
from .looking import catalog, delta, dynamodb, iceberg, jdbc, known, s3
from .looking.surroundings import Log, Surroundings
from .other_targets import DeltaTarget, DynamoDBTarget, IcebergTarget, JdbcTarget
from .plan import CrawlPlan
from .targets import CatalogTarget, NewFolders, Partitions, S3Target
from .types import hive

Looker = Callable[[Any, Surroundings], Iterable[FoundTable]]

LOOKERS: Mapping[type, Looker] = {
    S3Target: s3.look,
    NewFolders: known.look_for_new,
    Partitions: known.look_at_partitions,
    CatalogTarget: catalog.look,
    JdbcTarget: jdbc.look,
    DynamoDBTarget: dynamodb.look,
    DeltaTarget: delta.look,
    IcebergTarget: iceberg.look,
}
"""By the kind of a target: the function that gives the tables which it shows."""


def crawl(plan: CrawlPlan, objects: ObjectStore, services: AwsServices, log: Log) -> Findings:
    """Every table that the targets show.

    Raises SourceError when a target cannot be listed or read: then nothing is known.
    """
    around = Surroundings(objects, services, plan.grouping, log, plan.classifiers)
    tables: dict[str, FoundTable] = {}
    for target in plan.targets:
        for table in LOOKERS[type(target)](target, around):
            _require_short_types(table)
            # Targets may overlap; what the later one says of a place is as good.
            tables[table.place] = table
    reach = tuple(start for target in plan.targets for start in target.reach)
    return Findings(tuple(tables.values()), reach)


def _require_short_types(table: FoundTable) -> None:
    try:
        for name, kind in table.columns:
            require_short(name, hive(kind))
    except FormatError as error:
        raise SourceError(f"The table at {table.place} cannot be stored: {error}.") from None
