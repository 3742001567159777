"""The schedules of crawlers: setting them, starting and stopping. The worker keeps to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models import cron
from gluematch.models.catalog import crawlers, schedules
from gluematch.models.catalog.schedules import CRAWLER, NOT_SCHEDULED, SCHEDULED, Schedule
from gluematch.models.catalog.store import Transaction
from gluematch.models.errors import (
    InvalidInputException,
    NoScheduleException,
    SchedulerNotRunningException,
    SchedulerRunningException,
)

from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue


@operation
def start_crawler_schedule(
    call: Call, request: "glue.StartCrawlerScheduleRequestTypeDef"
) -> Mapping[str, Any]:
    """A schedule that was stopped counts again, from now on."""
    name = request["CrawlerName"]
    with call.catalog.begin() as tx:
        crawlers.get(tx, name, crawlers.MISSING)
        schedule = schedules.find(tx, CRAWLER, name)
        if schedule is None:
            raise NoScheduleException(f"Crawler with name {name} has no schedule")
        if schedule.state == SCHEDULED:
            raise SchedulerRunningException(
                f"The schedule of crawler with name {name} is already running"
            )
        schedules.put(tx, schedule.started())
    call.wake()
    return {}


@operation
def stop_crawler_schedule(
    call: Call, request: "glue.StopCrawlerScheduleRequestTypeDef"
) -> Mapping[str, Any]:
    """The schedule is kept and does not fire; a crawl that it has begun goes on."""
    name = request["CrawlerName"]
    with call.catalog.begin() as tx:
        crawlers.get(tx, name, crawlers.MISSING)
        schedule = schedules.find(tx, CRAWLER, name)
        if schedule is None or schedule.state != SCHEDULED:
            raise SchedulerNotRunningException(
                f"The schedule of crawler with name {name} is not running"
            )
        schedules.put(tx, schedule.stopped())
    return {}


@operation
def update_crawler_schedule(
    call: Call, request: "glue.UpdateCrawlerScheduleRequestTypeDef"
) -> Mapping[str, Any]:
    """Another schedule, or none: the crawler's next version, also while it runs."""
    with call.catalog.begin() as tx:
        crawler = crawlers.get(tx, request["CrawlerName"], crawlers.MISSING)
        set_schedule(tx, crawler.name, request.get("Schedule", ""))
        crawlers.update(tx, crawler.name, crawler.document)
    call.wake()
    return {}


def set_schedule(tx: Transaction, crawler: str, expression: str) -> None:
    """Give the crawler a schedule, which a stopped one does not start; an empty text takes it.

    Raises InvalidInputException. The worker has to be woken afterwards.
    """
    if not expression:
        schedules.drop(tx, CRAWLER, crawler)
        return
    before = schedules.find(tx, CRAWLER, crawler)
    schedule = Schedule(CRAWLER, crawler, expression)
    try:
        rests = before is not None and before.state == NOT_SCHEDULED
        schedules.put(tx, schedule.stopped() if rests else schedule.started())
    except cron.CronError as error:
        raise InvalidInputException(f"Invalid schedule {expression!r}: {error}.") from None


def shown(schedule: Schedule | None) -> dict[str, str] | None:
    """A schedule as GetCrawler shows it."""
    if schedule is None:
        return None
    return {"ScheduleExpression": schedule.expression, "State": schedule.state}
