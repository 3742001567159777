"""Narrowing a crawl to what S3's events in a queue say was touched since the last one.

An event names an object. What is looked at is the partition that it lies in, else its table, else
the largest folder around it in which the catalog has no table.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote_plus

from gluematch.models.crawling.known import KnownTable, folder_of, holder
from gluematch.models.crawling.plan import CrawlPlan
from gluematch.models.crawling.targets import Events, Partitions, Target
from gluematch.models.datasets import queues
from gluematch.models.datasets.access import AwsServices
from gluematch.models.datasets.queues import Receipts

from .known import is_place
from .s3 import showing

Log = Callable[[str], None]
OF_INTEREST = ("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:")


def by_events(
    plan: CrawlPlan, services: AwsServices, log: Log
) -> tuple[CrawlPlan, tuple[Receipts, ...]]:
    """The plan without targets that wait for events, but with what the events are of.

    Beside it what removes the messages from their queues. Raises QueueError.
    """
    if not any(isinstance(target, Events) for target in plan.targets):
        if plan.event_mode:
            log("INFO : The crawl is not running in S3 event mode; everything is listed.")
        return plan, ()
    log("INFO : The crawl is running by consuming Amazon S3 events.")
    taken: dict[str, list[str]] = {}
    receipts = []
    targets: list[Target] = []
    for target in plan.targets:
        if not isinstance(target, Events):
            targets.append(target)
            continue
        if target.queue not in taken:
            taken[target.queue], receipt = _taken(target, services, log)
            receipts.append(receipt)
        targets += _narrowed(target, taken[target.queue])
    return replace(plan, targets=tuple(targets)), tuple(receipts)


def _taken(target: Events, services: AwsServices, log: Log) -> tuple[list[str], Receipts]:
    """The objects that the messages of a queue name, and what removes these messages.

    A message that is no event goes to the queue of dead letters. If there is none, it is given
    back: what becomes of it is the queue's own affair.
    """
    uris: list[str] = []
    handles, strange = [], []
    for message in queues.take_all(services, target.queue):
        found = _objects(message.body)
        if found is None:
            strange.append(message)
        else:
            uris += found
            handles.append(message.handle)
    log(f"INFO : Objects that {len(handles)} messages tell of: {len(uris)}")
    if strange:
        log(f"WARN : Messages in {target.queue} that are no events of S3: {len(strange)}")
    others = tuple(message.handle for message in strange)
    if strange and target.dead_letters:
        queues.put(services, target.dead_letters, [message.body for message in strange])
        queues.remove(services, Receipts(target.queue, others))
    elif strange:
        queues.give_back(services, Receipts(target.queue, others))
    return uris, Receipts(target.queue, tuple(handles))


def _objects(body: str) -> list[str] | None:
    """The URIs of the objects that a message tells of, None if it is no event of S3's."""
    try:
        event = json.loads(body)
        if event.get("Type") == "Notification":  # sent on by SNS
            event = json.loads(event["Message"])
        if event.get("Event") == "s3:TestEvent":
            return []
        return [
            f"s3://{record['s3']['bucket']['name']}/{unquote_plus(record['s3']['object']['key'])}"
            for record in event["Records"]
            if record["eventName"].removeprefix("s3:").startswith(OF_INTEREST)
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _narrowed(target: Events, uris: Iterable[str]) -> list[Target]:
    """What to look at because of these objects, nothing twice."""
    top = folder_of(target.s3.path)
    shown = showing(target.s3)
    folders: set[str] = set()
    partitions: dict[KnownTable, set[str]] = {}
    for uri in uris:
        if uri == target.s3.path:
            return [target.s3]
        if not uri.startswith(top) or not shown(uri[len(top) :]):
            continue
        place = f"{uri.rpartition('/')[0]}/"
        table = holder(target.known, place)
        if table is not None and is_place(table, place):
            partitions.setdefault(table, set()).add(place)
        else:
            folders.add(_around(target, place) if table is None else table.folder)
    outermost = tuple(
        one
        for one in sorted(folders)
        if not any(one != other and one.startswith(other) for other in folders)
    )
    return [
        *(replace(target.s3, part=folder) for folder in outermost),
        *(
            Partitions(target.s3, table, frozenset(places))
            for table, places in partitions.items()
            if not table.folder.startswith(outermost)
        ),
    ]


def _around(target: Events, place: str) -> str:
    """The largest folder around a place, within the target, in which no table is known.

    The place itself if tables are known below it.
    """
    top = folder_of(target.s3.path)
    folder = top
    for name in place[len(top) :].split("/")[:-1]:
        if not any(table.folder.startswith(folder) for table in target.known):
            break
        folder = f"{folder}{name}/"
    return folder
