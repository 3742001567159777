"""Looking at folders of tables that the catalog has: those that are new, or that are named.

What is found there are partitions. Their table keeps its keys; objects that do not fit it are left
out, and the log says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from gluematch.models.crawling.classifiers import Classified
from gluematch.models.crawling.findings import FoundTable
from gluematch.models.crawling.grouping import ALIKE, parts_of_known
from gluematch.models.crawling.known import KnownTable, folder_of, holder
from gluematch.models.crawling.targets import NewFolders, Partitions
from gluematch.models.crawling.types import hive, similarity
from gluematch.models.datasets.objects import ObjectInfo

from .s3 import classified, crawlable, folder_of_object
from .surroundings import Surroundings

NAMED = 10


def look_for_new(target: NewFolders, around: Surroundings) -> list[FoundTable]:
    """The partitions of known tables that lie in folders which the catalog does not have.

    Every object is listed; only those in such folders are read.
    """
    top = folder_of(target.s3.path)
    strange: dict[str, None] = {}

    def new(listed: Iterable[ObjectInfo]) -> Iterator[ObjectInfo]:
        for info in listed:
            place = folder_of_object(info)
            table = holder(target.known, place)
            if table is not None and place in table.places:
                continue
            if table is not None and is_place(table, place):
                yield info
            elif table is None or table.keys:
                strange[place] = None

    listed = crawlable(target.s3, around.objects, top)
    found = classified(new(listed), target.s3, around)
    _tell(strange, "is of no table that the catalog has", around.log)
    around.log(f"INFO : Objects in new folders below {top}: {len(found)}")
    members: dict[KnownTable, list[Classified]] = {}
    for one in found:
        table = holder(target.known, folder_of_object(one.info))
        assert table is not None, "only folders of known tables are read"
        members.setdefault(table, []).append(one)
    return [_parts(table, inside, (), around) for table, inside in members.items()]


def look_at_partitions(target: Partitions, around: Surroundings) -> list[FoundTable]:
    """The partitions of one table that lie in the named folders; the others of these are gone."""
    places = sorted(target.places)
    objects = (
        info
        for place in places
        for info in crawlable(target.s3, around.objects, place)
        if folder_of_object(info) == place
    )
    found = classified(objects, target.s3, around)
    around.log(f"INFO : Objects in {len(places)} folders of {target.table.name}: {len(found)}")
    return [_parts(target.table, found, places, around)]


def _parts(
    table: KnownTable, found: Sequence[Classified], looked: Sequence[str], around: Surroundings
) -> FoundTable:
    """The partitions in those folders whose objects all fit their table."""
    folders: dict[str, list[Classified]] = {}
    for one in found:
        folders.setdefault(folder_of_object(one.info), []).append(one)
    unfit = {
        place: None
        for place, inside in folders.items()
        if not all(_fits(table, one, combine=around.grouping.combine) for one in inside)
    }
    _tell(unfit, "does not fit its table", around.log)
    fitting = [one for place in folders.keys() - unfit.keys() for one in folders[place]]
    parts = parts_of_known(table, sorted(fitting, key=lambda one: one.info.uri))
    return replace(parts, looked=tuple(place for place in looked if place not in unfit))


def is_place(table: KnownTable, place: str) -> bool:
    """Whether a partition of the table may lie there."""
    return bool(table.keys) and place[len(table.folder) :].count("/") == len(table.keys)


def _fits(table: KnownTable, one: Classified, *, combine: bool) -> bool:
    if one.format.classification != table.classification:
        return False
    columns = tuple((name, hive(kind)) for name, kind in one.columns if name not in table.keys)
    return combine or similarity(columns, table.columns) > ALIKE


def _tell(places: Iterable[str], why: str, log: Callable[[str], None]) -> None:
    named = list(places)
    for place in named[:NAMED]:
        log(f"INFO : The folder {place} {why}; it was left out")
    if len(named) > NAMED:
        log(f"INFO : {len(named) - NAMED} more folders were left out")
