"""Looking at the objects of a crawl's targets, in a child process."""

from gluematch.models.crawling.crawl import crawl
from gluematch.models.crawling.findings import Findings
from gluematch.models.crawling.plan import CrawlPlan
from gluematch.models.tasks.work import Channel


def look(plan: CrawlPlan, channel: Channel) -> Findings:
    """What the targets show now; a SourceError fails the crawl with its reason."""

    def log(line: str) -> None:
        channel.log(f"[{plan.crawl_id}] {line}")

    log(f"BENCHMARK : Running Start Crawl for Crawler {plan.crawler}")
    return crawl(plan, channel.objects, channel.services, log)
