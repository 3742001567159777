"""The bounded queue of runs, on a store that is filled first."""

from dataclasses import replace

import pytest

from gluematch.handlers import crawlers, queueing
from gluematch.handlers.registry import Call
from gluematch.models import clock
from gluematch.models.catalog import crawls
from gluematch.models.catalog.crawls import Crawl
from gluematch.models.catalog.store import open_catalog
from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.errors import ThrottlingException
from gluematch.models.scope import Scope
from gluematch.server.protocol import faults

FLOOD, GUEST = Scope("111111111111", "us-east-1"), Scope("222222222222", "us-east-1")
CRAWLER = {
    "Name": "one-more",
    "Role": "r",
    "DatabaseName": "d",
    "Targets": {"S3Targets": [{"Path": "s3://b/"}]},
}


@pytest.fixture
def call(tmp_path):
    catalog = open_catalog(tmp_path / "catalog.db", durable=False)
    objects = ObjectStore(AwsAccess("http://127.0.0.1:1", "us-east-1"))
    yield Call(FLOOD, "id", catalog.within(FLOOD), objects, None, lambda: None)
    catalog.close()


def test_who_has_filled_his_part_of_the_queue_waits_and_others_do_not(call, monkeypatch):
    assert queueing.PLACES == 2000  # fewer are filled sooner
    monkeypatch.setattr(queueing, "PLACES", 20)
    with call.catalog.begin() as tx:
        for number in range(16):
            crawls.add(tx, Crawl(f"c{number}", "other", "RUNNING", clock.now(), None, {}, None))
    crawlers.create_crawler(call, CRAWLER)
    with pytest.raises(ThrottlingException, match="16 runs of this account wait"):
        crawlers.start_crawler(call, {"Name": "one-more"})
    guest = replace(call, scope=GUEST, catalog=call.catalog.catalog.within(GUEST))
    crawlers.create_crawler(guest, CRAWLER)
    crawlers.start_crawler(guest, {"Name": "one-more"})
    with call.catalog.begin() as tx:
        crawls.claim(tx, "c0")
    crawlers.start_crawler(call, {"Name": "one-more"})


def test_the_refusal_says_when_to_ask_again():
    answer = faults.answer(ThrottlingException("Rate exceeded."), "id")
    assert answer.status == 400
    assert dict(answer.headers) == {"x-amzn-ErrorType": "ThrottlingException", "Retry-After": "1"}
