"""Crawlers: what is to be crawled, starting and stopping. The crawling itself is the worker's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls, schedules, tags
from gluematch.models.catalog.crawlers import Crawler
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.catalog.schedules import Schedule
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import (
    CrawlerNotRunningException,
    CrawlerRunningException,
    CrawlerStoppingException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
    ValidationException,
)

from . import crawls_of_nothing, paging
from .classifiers import require_classifiers
from .crawl_targets import require_allowed
from .crawler_settings import settings
from .ownership import require_own_catalog
from .queueing import require_a_place
from .registry import Call, operation
from .schedules import set_schedule, shown
from .tags import refuse_reserved, tagged

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

LIMIT = 1000
LONGEST_NAME_LIST = 100
LAST_STATUS = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}


@operation
def create_crawler(call: Call, request: "glue.CreateCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """A new crawler, READY. It does not ask whether its targets exist: the crawl will."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    document = settings({}, request)
    require_allowed(call, document["Targets"])
    given = request.get("Tags", {})
    refuse_reserved(given)
    with call.catalog.begin() as tx:
        if crawlers.count(tx) >= LIMIT:
            raise ResourceNumberLimitExceededException(f"There are {LIMIT} crawlers already.")
        require_classifiers(tx, document)
        crawler = crawlers.create(tx, request["Name"], document)
        set_schedule(tx, crawler.name, request.get("Schedule", ""))
        tags.add(tx, tx.scope.arn(f"crawler/{crawler.name}"), given)
    call.wake()
    return {}


@operation
def update_crawler(call: Call, request: "glue.UpdateCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """Other settings for a crawler that rests: its next version."""
    require_own_catalog(call, request, refusal=InvalidInputException)
    with call.catalog.begin() as tx:
        crawler = crawlers.get(tx, request["Name"], crawlers.MISSING)
        if crawler.state != "READY":
            raise CrawlerRunningException(
                "Cannot update Crawler while running. "
                "Please stop crawl or wait until it completes to update."
            )
        document = settings(crawler.document, request)
        require_allowed(call, document["Targets"])
        require_classifiers(tx, document)
        crawlers.update(tx, crawler.name, document)
        if "Schedule" in request:
            set_schedule(tx, crawler.name, request["Schedule"])
    call.wake()
    return {}


@operation
def delete_crawler(call: Call, request: "glue.DeleteCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """A crawler that rests goes, with its history and tags; its tables stay."""
    with call.catalog.begin() as tx:
        crawler = crawlers.get(tx, request["Name"], crawlers.MISSING)
        if crawler.state != "READY":
            raise CrawlerRunningException(
                "Cannot delete Crawler while running. "
                "Please stop crawl or wait until it completes to delete."
            )
        crawlers.delete(tx, crawler.name)
    return {}


@operation
def get_crawler(call: Call, request: "glue.GetCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """One crawler."""
    with call.catalog.read() as tx:
        crawler = crawlers.get(tx, request["Name"])
        (answer,) = _answers(tx, [crawler])
    crawls_of_nothing.end(call, [crawler])
    return {"Crawler": answer}


@operation
def get_crawlers(call: Call, request: "glue.GetCrawlersRequestTypeDef") -> Mapping[str, Any]:
    """All crawlers, by name."""
    page = paging.start("get_crawlers", request, refusal=ValidationException)
    with call.catalog.read() as tx:
        rows = crawlers.page(tx, page.after, page.probe)
        found = paging.cut(page, rows, lambda crawler: crawler.name)
        listed = _answers(tx, found.items)
    crawls_of_nothing.end(call, found.items)
    return {"Crawlers": listed, "NextToken": found.next_token}


@operation
def list_crawlers(call: Call, request: "glue.ListCrawlersRequestTypeDef") -> Mapping[str, Any]:
    """The names of all crawlers, or of those that carry all the tags, by name."""
    size = min(request.get("MaxResults", LONGEST_NAME_LIST), LONGEST_NAME_LIST)
    page = paging.start(
        "list_crawlers", {**request, "MaxResults": size}, refusal=ValidationException
    )
    with call.catalog.read() as tx:
        if wanted := request.get("Tags"):
            found = paging.listed(page, tagged(tx, "crawler", wanted), lambda name: [name])
        else:
            rows = [one.name for one in crawlers.page(tx, _after(page), page.probe)]
            found = paging.cut(page, rows, lambda name: [name])
    return {"CrawlerNames": found.items, "NextToken": found.next_token}


@operation
def batch_get_crawlers(
    call: Call, request: "glue.BatchGetCrawlersRequestTypeDef"
) -> Mapping[str, Any]:
    """Several crawlers, and the names that no crawler has."""
    names = list(dict.fromkeys(request["CrawlerNames"]))
    with call.catalog.read() as tx:
        found = crawlers.many(tx, names)
        answers = _answers(tx, [found[name] for name in names if name in found])
    crawls_of_nothing.end(call, found.values())
    return {
        "Crawlers": answers,
        "CrawlersNotFound": [name for name in names if name not in found],
    }


@operation
def start_crawler(call: Call, request: "glue.StartCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """A crawl begins, in the worker."""
    name = request["Name"]
    with call.catalog.begin() as tx:
        require_a_place(tx)
        if not crawls.begin(tx, crawlers.get(tx, name, crawlers.MISSING)):
            raise CrawlerRunningException(f"Crawler with name {name} has already started")
    call.wake()
    return {}


@operation
def stop_crawler(call: Call, request: "glue.StopCrawlerRequestTypeDef") -> Mapping[str, Any]:
    """The crawl is asked to end; the crawler is READY once it has."""
    name = request["Name"]
    with call.catalog.begin() as tx:
        crawler = crawlers.get(tx, name, crawlers.MISSING)
        if crawler.state == "STOPPING":
            raise CrawlerStoppingException(f"Crawler with name {name} is already stopping")
        if not crawlers.set_state(tx, name, ("RUNNING",), "STOPPING"):
            raise CrawlerNotRunningException(f"Crawler with name {name} isn't running")
    call.wake()
    return {}


def _after(page: paging.Page) -> str | None:
    return None if page.after is None else str(page.after[0])


def _answers(tx: Transaction, listed: Sequence[Crawler]) -> list[dict[str, Any]]:
    planned = schedules.many(tx, schedules.CRAWLER, [one.name for one in listed])
    return [_answer(tx, one, planned.get(one.name)) for one in listed]


def _answer(tx: Transaction, crawler: Crawler, schedule: Schedule | None) -> dict[str, Any]:
    """The crawler as Glue shows it, with its newest crawl that has ended."""
    latest = crawls.of_crawler(tx, crawler.name, limit=2)
    answer: dict[str, Any] = {
        **crawler.document,
        "Name": crawler.name,
        "State": crawler.state,
        "Schedule": shown(schedule),
        "CrawlElapsedTime": _elapsed(latest),
        "CreationTime": crawler.created,
        "LastUpdated": crawler.updated,
        "Version": crawler.version,
    }
    if ended := _first_ended(latest):
        answer["LastCrawl"] = {
            "Status": LAST_STATUS[ended.state],
            "ErrorMessage": ended.error,
            "LogGroup": crawler.log_group,
            "LogStream": crawler.log_stream,
            "MessagePrefix": ended.crawl_id,
            "StartTime": ended.started,
        }
    return answer


def _first_ended(latest: Iterable[Crawl]) -> Crawl | None:
    return next((crawl for crawl in latest if crawl.ended is not None), None)


def _elapsed(latest: Sequence[Crawl]) -> int:
    """Milliseconds since the running crawl began, 0 if none runs."""
    running = [crawl for crawl in latest if crawl.ended is None]
    return int((clock.now() - running[0].started).total_seconds() * 1000) if running else 0
