"""Which objects are one table: folders whose objects are alike, and their partitions.

A pure function of the classified objects below an include path. The rules are the guide's;
docs/decisions/crawler.md says what they leave open.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from urllib.parse import unquote

from .classifiers import Classified
from .findings import Figures, FoundPartition, FoundTable
from .formats import Format, Unknown
from .known import KnownTable
from .plan import Grouping
from .types import Columns, alike, similarity, union

ALIKE = 0.7
MOST_SCHEMAS = 5
KEY_AND_VALUE = re.compile(r"([^=]+)=(.*)", re.DOTALL)


@dataclass(slots=True)
class _Folder:
    """A folder, the objects directly in it, and its folders."""

    location: str
    level: int
    objects: list[Classified] = field(default_factory=list)
    folders: dict[str, "_Folder"] = field(default_factory=dict)

    def everything(self) -> Iterator[Classified]:
        """All objects below."""
        yield from self.objects
        for folder in self.folders.values():
            yield from folder.everything()


def tables_of(root: str, objects: Sequence[Classified], grouping: Grouping) -> list[FoundTable]:
    """The tables below the folder `root`, an S3 URI that ends with a slash."""
    return list(_tables(_tree(root, objects), grouping))


def table_of_object(found: Classified) -> FoundTable:
    """The table of a single object."""
    return _table(found.info.uri, [found])


def _tree(root: str, objects: Sequence[Classified]) -> _Folder:
    top = _Folder(root, root.removeprefix("s3://").count("/"))
    for found in objects:
        folder = top
        for name in found.info.uri[len(root) :].split("/")[:-1]:
            below = _Folder(f"{folder.location}{name}/", folder.level + 1)
            folder = folder.folders.setdefault(name, below)
        folder.objects.append(found)
    return top


def _tables(folder: _Folder, grouping: Grouping) -> Iterator[FoundTable]:
    members = list(folder.everything())
    low_enough = folder.level >= (grouping.table_level or 0)
    if members and low_enough and _is_one_table(folder, members, grouping):
        yield _table(folder.location, members)
        return
    yield from (table_of_object(found) for found in folder.objects)
    for below in folder.folders.values():
        yield from _tables(below, grouping)


def _is_one_table(folder: _Folder, members: Sequence[Classified], grouping: Grouping) -> bool:
    first = members[0]
    if any(
        one.compression != first.compression or not first.format.groups_with(one.format)
        for one in members
    ):
        return False
    schemas = list({one.columns: None for one in members})
    if grouping.combine:
        return all(_compatible(schemas[0], other) for other in schemas[1:])
    level = not first.format.partitioned or len({_depth(folder.location, o) for o in members}) == 1
    alike_enough = all(similarity(schemas[0], other) > ALIKE for other in schemas[1:])
    return level and alike_enough and len(_schemas_of_folders(members)) <= MOST_SCHEMAS


def _schemas_of_folders(members: Sequence[Classified]) -> list[Columns]:
    """The schemas of the folders of objects, without those that say the same as another."""
    folders: dict[str, dict[Columns, None]] = {}
    for one in members:
        folders.setdefault(one.info.uri.rpartition("/")[0], {})[one.columns] = None
    distinct: list[Columns] = []
    for found in dict.fromkeys(union(schemas) for schemas in folders.values()):
        if all(similarity(found, known) < 1 for known in distinct):
            distinct.append(found)
        if len(distinct) > MOST_SCHEMAS:
            break
    return distinct


def _compatible(some: Columns, others: Columns) -> bool:
    """Whether no column would have to change its kind if both were one schema."""
    known = dict(others)
    return all(alike(kind, known.get(name)) for name, kind in some)


def _depth(root: str, found: Classified) -> int:
    return found.info.uri.count("/", len(root))


def _table(location: str, members: Sequence[Classified]) -> FoundTable:
    form, compression = _merged_format(members), members[0].compression
    columns = union(one.columns for one in members)
    bare = FoundTable(location, form, compression, columns, _figures(members))
    if not location.endswith("/") or not form.partitioned:
        return bare
    depths = {_depth(location, one) for one in members}
    if len(depths) > 1 or depths == {0}:
        # Folders of different depth cannot share keys: such a table is read as a whole.
        return bare
    return _partitioned(bare, members)


def _partitioned(bare: FoundTable, members: Sequence[Classified]) -> FoundTable:
    places: dict[tuple[str, ...], list[Classified]] = {}
    for one in members:
        folders = tuple(one.info.uri[len(bare.location) :].split("/")[:-1])
        places.setdefault(folders, []).append(one)
    keys, named = _keys(list(places))
    return _with_partitions(bare, keys, {_values(one, named): places[one] for one in places})


def parts_of_known(table: KnownTable, members: Sequence[Classified]) -> FoundTable:
    """Partitions of a table whose keys the catalog has; the objects lie at their depth.

    It is UNKNOWN and without columns if there is no object.
    """
    if not members:
        nothing = FoundTable(table.folder, Unknown(), "none", (), Figures(0, 0, 0), table.keys)
        return replace(nothing, known=(table.database, table.name))
    form, compression = _merged_format(members), members[0].compression
    columns = union(one.columns for one in members)
    bare = FoundTable(table.folder, form, compression, columns, _figures(members))
    places: dict[tuple[str, ...], list[Classified]] = {}
    for one in members:
        folders = one.info.uri[len(table.folder) :].split("/")[:-1]
        places.setdefault(_values_of_known(folders, table.keys), []).append(one)
    found = _with_partitions(bare, table.keys, places)
    return replace(found, known=(table.database, table.name))


def _with_partitions(
    bare: FoundTable, keys: tuple[str, ...], parts: Mapping[tuple[str, ...], Sequence[Classified]]
) -> FoundTable:
    """The table with partitions, given the objects of each by its values of the keys."""
    partitions = tuple(
        FoundPartition(
            values,
            f"{inside[0].info.uri.rpartition('/')[0]}/",
            _without(union(one.columns for one in inside), keys),
            _figures(inside),
        )
        for values, inside in parts.items()
    )
    columns = _without(bare.columns, keys)
    return replace(bare, columns=columns, partition_keys=keys, partitions=partitions)


def _keys(places: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """The partition keys' names, and which of them the folders name themselves."""
    keys: list[str] = []
    named: list[bool] = []
    for level, names in enumerate(zip(*places, strict=True)):
        matches = [KEY_AND_VALUE.fullmatch(name) for name in set(names)]
        found = {match[1].lower() if match else None for match in matches}
        key = found.pop() if len(found) == 1 else None
        spoken = key is not None and key not in keys
        keys.append(key if key is not None and spoken else f"partition_{level}")
        named.append(spoken)
    return tuple(keys), tuple(named)


def _values(folders: Sequence[str], named: Sequence[bool]) -> tuple[str, ...]:
    """The values: behind the equals sign, with Hive's percent escapes undone; or the names."""
    return tuple(
        unquote(folder.partition("=")[2]) if spoken else folder
        for folder, spoken in zip(folders, named, strict=True)
    )


def _values_of_known(folders: Sequence[str], keys: Sequence[str]) -> tuple[str, ...]:
    """The values of keys that have names: a number in its place says that folders name none."""
    named = [
        KEY_AND_VALUE.fullmatch(folder) is not None and key != f"partition_{level}"
        for level, (folder, key) in enumerate(zip(folders, keys, strict=True))
    ]
    return _values(folders, named)


def _without(columns: Columns, keys: Sequence[str]) -> Columns:
    """The columns that are not partition keys: a name may be in a table once."""
    return tuple((name, kind) for name, kind in columns if name not in keys)


def _merged_format(members: Sequence[Classified]) -> Format:
    return reduce(lambda one, other: one.merged(other), (one.format for one in members))


def _figures(members: Sequence[Classified]) -> Figures:
    return Figures(
        len(members),
        sum(one.info.size for one in members),
        sum(one.records for one in members),
    )
