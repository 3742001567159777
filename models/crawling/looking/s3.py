"""Looking at S3: list the objects below an include path, classify them, group them into tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from gluematch.models.crawling.classifiers import Classified, classify
from gluematch.models.crawling.findings import FoundTable
from gluematch.models.crawling.formats import Unknown
from gluematch.models.crawling.grouping import table_of_object, tables_of
from gluematch.models.crawling.known import folder_of
from gluematch.models.crawling.targets import S3Target
from gluematch.models.datasets.globs import excluder
from gluematch.models.datasets.objects import ObjectInfo, ObjectStore

from .surroundings import Log, Surroundings

READERS = 8
NAMED_UNKNOWNS = 10


def look(target: S3Target, around: Surroundings) -> Sequence[FoundTable]:
    """The tables below an include path, or the one of a single object.

    Raises ObjectStoreError when the path cannot be listed or read: then nothing is known.
    """
    store, log = around.objects, around.log
    alone = None if target.part or target.path.endswith("/") else store.head(target.path)
    if alone is not None and alone.size:
        found = classified([alone], target, around)
        return [table_of_object(found[0])]
    path = folder_of(target.path)
    folder = target.part or path
    found = classified(crawlable(target, store, folder), target, around)
    level = "INFO" if found else "WARN"
    log(f"{level} : Objects found below {folder}: {len(found)}")
    tables = tables_of(folder, found, around.grouping)
    return [replace(table, include_path=path, exclusions=target.exclusions) for table in tables]


def crawlable(target: S3Target, store: ObjectStore, folder: str) -> Iterator[ObjectInfo]:
    """The objects of a target in a folder and below that have content and are to be seen."""
    shown = showing(target)
    start = len(folder_of(target.path))
    return (found for found in store.list(folder) if found.size and shown(found.uri[start:]))


def showing(target: S3Target) -> Callable[[str], bool]:
    """Whether an object, named relative to the target's path, is neither hidden nor excluded."""
    excluded = excluder(target.exclusions)

    def shown(path: str) -> bool:
        hidden = any(part.startswith(("_", ".")) for part in path.split("/"))
        return not hidden and not excluded(path)

    return shown


def classified(
    objects: Iterable[ObjectInfo], target: S3Target, around: Surroundings
) -> list[Classified]:
    """Each object's format and columns; where only a sample is read, the others' by example.

    The first objects are read while the last are being listed.
    """
    seen: Counter[str] = Counter()
    listed: list[tuple[ObjectInfo, Future[Classified] | None]] = []
    with ThreadPoolExecutor(READERS) as pool:
        try:
            for info in objects:
                folder = folder_of_object(info)
                seen[folder] += 1
                read = target.sample_size is None or seen[folder] <= target.sample_size
                answer = (
                    pool.submit(classify, around.objects, info, around.classifiers)
                    if read
                    else None
                )
                listed.append((info, answer))
            known = {info.uri: future.result() for info, future in listed if future is not None}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _log_unknown(list(known.values()), around.log)
    examples: dict[str, Classified] = {}
    for one in known.values():
        examples.setdefault(folder_of_object(one.info), one)
    return [
        known.get(info.uri) or _by_example(info, examples[folder_of_object(info)])
        for info, _ in listed
    ]


def _by_example(info: ObjectInfo, example: Classified) -> Classified:
    records = round(example.records * info.size / max(example.info.size, 1))
    return replace(example, info=info, records=records)


def folder_of_object(info: ObjectInfo) -> str:
    """The folder that the object lies in, slash behind."""
    return info.uri.rpartition("/")[0] + "/"


def _log_unknown(found: Sequence[Classified], log: Log) -> None:
    unknown = [one for one in found if isinstance(one.format, Unknown)]
    for one in unknown[:NAMED_UNKNOWNS]:
        log(f"INFO : Classified {one.info.uri} as UNKNOWN: {one.reason}")
    if len(unknown) > NAMED_UNKNOWNS:
        log(f"INFO : {len(unknown) - NAMED_UNKNOWNS} more objects are UNKNOWN")
