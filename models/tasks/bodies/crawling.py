"""Looking at the objects of a crawl's targets, in a child process."""

from dataclasses import replace

from gluematch.models.crawling.crawl import crawl
from gluematch.models.crawling.findings import Findings
from gluematch.models.crawling.looking.events import by_events
from gluematch.models.crawling.plan import CrawlPlan
from gluematch.models.datasets.queues import QueueError, give_back
from gluematch.models.tasks.work import Channel, WorkError


def look(plan: CrawlPlan, channel: Channel) -> Findings:
    """What the targets show now; a SourceError fails the crawl with its reason."""

    def log(line: str) -> None:
        channel.log(f"[{plan.crawl_id}] {line}")

    log(f"BENCHMARK : Running Start Crawl for Crawler {plan.crawler}")
    try:
        narrowed, receipts = by_events(plan, channel.services, log)
    except QueueError as error:
        raise WorkError(str(error)) from error
    try:
        findings = crawl(narrowed, channel.objects, channel.services, log)
    except BaseException:
        for receipt in receipts:
            give_back(channel.services, receipt)
        raise
    return replace(findings, receipts=receipts)
