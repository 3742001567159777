"""The history of crawls, and figures drawn from it."""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls
from gluematch.models.catalog.crawlers import Crawler
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.errors import InvalidInputException, ValidationException

from . import crawls_of_nothing, paging
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

DEFAULT_CRAWLS = 20
MEASURED = 1000  # crawls that the metrics of a crawler are drawn from, the newest
LONGEST_SUMMARY = 255
# Nobody is billed for a crawl here.
DPU_HOURS = 0.0

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
}
COLUMNS = {
    "CRAWL_ID": "crawl_id",
    "STATE": "state",
    "START_TIME": "started",
    "END_TIME": "ended",
}
WORDS = frozenset({"CRAWL_ID", "STATE"})


@operation
def list_crawls(call: Call, request: "glue.ListCrawlsRequestTypeDef") -> Mapping[str, Any]:
    """The crawls of a crawler that pass all filters, newest first."""
    size = request.get("MaxResults", DEFAULT_CRAWLS)
    page = paging.start("list_crawls", {**request, "MaxResults": size})
    tests = [_test(one) for one in request.get("Filters", ())]
    after = None if page.after is None else (_instant(page.after[0]), page.after[1])
    with call.catalog.read() as tx:
        crawler = crawlers.get(tx, request["CrawlerName"])
        history = crawls.of_crawler(tx, crawler.name, page.probe, after=after, where=tests)
    crawls_of_nothing.end(call, [crawler])
    found = paging.cut(page, history, lambda crawl: [_milliseconds(crawl.started), crawl.crawl_id])
    return {
        "Crawls": [_answer(crawler, crawl) for crawl in found.items],
        "NextToken": found.next_token,
    }


@operation
def get_crawler_metrics(
    call: Call, request: "glue.GetCrawlerMetricsRequestTypeDef"
) -> Mapping[str, Any]:
    """How long crawls take and what the last one changed, of all crawlers or of those named."""
    page = paging.start("get_crawler_metrics", request, refusal=ValidationException)
    with call.catalog.read() as tx:
        if names := request.get("CrawlerNameList"):
            chosen = crawlers.many(tx, names).values()
            found = paging.listed(page, chosen, lambda crawler: [crawler.name])
        else:
            after = None if page.after is None else page.after[0]
            rows = crawlers.page(tx, after, page.probe)
            found = paging.cut(page, rows, lambda crawler: [crawler.name])
        metrics = [_metrics(one, crawls.of_crawler(tx, one.name, MEASURED)) for one in found.items]
    crawls_of_nothing.end(call, found.items)
    return {"CrawlerMetricsList": metrics, "NextToken": found.next_token}


def _test(given: "glue.CrawlsFilterTypeDef") -> crawls.Test:
    """A test of a crawl. Raises InvalidInputException."""
    field, word = given.get("FieldName"), given.get("FilterOperator")
    value = given.get("FieldValue")
    if field is None or word is None or value is None:
        members = ("FieldName", "FilterOperator", "FieldValue")
        said = ", ".join(f"{name}: {given.get(name, 'null')}" for name in members)
        raise InvalidInputException(f"Invalid Filter Provided: {said}")
    if field in WORDS and word not in {"EQ", "NE"}:
        raise InvalidInputException(f"Only EQ or NE operator is allowed for field : {field}")
    wanted, compare = _value(field, value), COMPARISONS[word]
    if field == "DPU_HOUR":
        all_or_none = operator.ne if compare(DPU_HOURS, wanted) else operator.eq
        return "crawl_id", all_or_none, ""
    return COLUMNS[field], compare, wanted


def _value(field: str, text: str) -> Any:
    """A filter's value in the type of its field: an instant is milliseconds, or ISO 8601."""
    try:
        if field in {"START_TIME", "END_TIME"}:
            return _instant(int(text)) if text.lstrip("-").isdecimal() else _read(text)
        return float(text) if field == "DPU_HOUR" else text
    except (ValueError, OverflowError, OSError):
        raise InvalidInputException(f"{text!r} is no value for {field}.") from None


def _read(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _answer(crawler: Crawler, crawl: Crawl) -> dict[str, Any]:
    return {
        "CrawlId": crawl.crawl_id,
        "State": crawl.state,
        "StartTime": crawl.started,
        "EndTime": crawl.ended,
        "Summary": _summary(crawl.summary) if crawl.state == "COMPLETED" else None,
        "ErrorMessage": crawl.error,
        "LogGroup": crawler.log_group,
        "LogStream": crawler.log_stream,
        "MessagePrefix": crawl.crawl_id,
        "DPUHour": DPU_HOURS,
    }


def _summary(kept: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """JSON text within JSON text, with as many names as the member's 255 characters take."""
    most = max(
        (len(one["Names"]) for actions in kept.values() for one in actions.values()), default=0
    )
    texts = (_summary_with(kept, names) for names in range(most, -1, -1))
    return next((text for text in texts if len(text) <= LONGEST_SUMMARY), _summary_with(kept, None))


def _summary_with(kept: Mapping[str, Mapping[str, Mapping[str, Any]]], names: int | None) -> str:
    def said(one: Mapping[str, Any]) -> str:
        details = {} if names is None else {"Details": {"names": one["Names"][:names]}}
        return _compact({**details, "Count": one["Count"]})

    return _compact(
        {
            entity: {action: said(one) for action, one in actions.items()}
            for entity, actions in kept.items()
        }
    )


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _metrics(crawler: Crawler, history: Sequence[Crawl]) -> dict[str, Any]:
    done = [crawl for crawl in history if crawl.state == "COMPLETED"]
    seconds = [_seconds(crawl, crawl.ended) for crawl in done]
    usual = median(seconds) if seconds else 0.0
    running = crawler.state == "RUNNING"
    left = usual - _seconds(history[0], None) if running and history else 0.0
    tables = done[0].summary.get("TABLE", {}) if done else {}
    counts = {
        action: tables.get(action, {}).get("Count", 0) for action in ("ADD", "UPDATE", "DELETE")
    }
    return {
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": max(left, 0.0),
        "StillEstimating": running and not seconds,
        "LastRuntimeSeconds": seconds[0] if seconds else 0.0,
        "MedianRuntimeSeconds": usual,
        "TablesCreated": counts["ADD"],
        "TablesUpdated": counts["UPDATE"],
        "TablesDeleted": counts["DELETE"],
    }


def _seconds(crawl: Crawl, ended: datetime | None) -> float:
    return ((ended or clock.now()) - crawl.started).total_seconds()
