"""Crawlers through boto3: their records, their refusals, starting and stopping."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prospect import PEOPLE, ROLE, Prospect
from waiting import until

from gluematch.server.testing import GlueServer

S3 = {"S3Targets": [{"Path": "s3://somewhere/below"}]}
EMPTY_LISTS = {
    "JdbcTargets": [],
    "MongoDBTargets": [],
    "DynamoDBTargets": [],
    "CatalogTargets": [],
    "DeltaTargets": [],
    "IcebergTargets": [],
    "HudiTargets": [],
}


@pytest.fixture
def crawlers(glue):
    for name in ("ant", "bee", "cat"):
        glue.create_crawler(Name=name, Role=ROLE, Targets=S3, Tags={"kind": name})
    return glue


def settings_of(glue, **given):
    glue.create_crawler(**{"Name": "one", "Role": ROLE, "Targets": S3, **given})
    return glue.get_crawler(Name="one")["Crawler"]


def test_a_new_crawler_is_answered_with_everything_that_glue_fills_in(glue):
    crawler = settings_of(glue)
    made = crawler.pop("CreationTime")
    assert crawler.pop("LastUpdated") == made
    assert crawler == {
        "Name": "one",
        "Role": "service-role/Crawling",
        "Targets": {
            "S3Targets": [{"Path": "s3://somewhere/below", "Exclusions": []}],
            **EMPTY_LISTS,
        },
        "Classifiers": [],
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "SchemaChangePolicy": {
            "UpdateBehavior": "UPDATE_IN_DATABASE",
            "DeleteBehavior": "DEPRECATE_IN_DATABASE",
        },
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
        "State": "READY",
        "CrawlElapsedTime": 0,
        "Version": 1,
    }


def test_settings_come_back_as_they_were_given(glue):
    given = {
        "Role": "plain",
        "DatabaseName": "Sales",
        "Description": "all of it",
        "TablePrefix": "raw_",
        "Configuration": '{"Version": 1.0,  "CreatePartitionIndex": false}',
        "CrawlerSecurityConfiguration": "secret",
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"},
    }
    crawler = settings_of(glue, **given)
    assert {name: crawler[name] for name in given} == given


def test_an_update_replaces_what_it_names_and_counts_the_version(glue):
    before = settings_of(glue, Description="old", TablePrefix="a_", DatabaseName="db")
    glue.update_crawler(Name="one", Description="new", TablePrefix="")
    after = glue.get_crawler(Name="one")["Crawler"]
    assert after["Description"] == "new"
    assert "TablePrefix" not in after
    assert after["DatabaseName"] == "db"
    assert after["Version"] == 2
    assert after["CreationTime"] == before["CreationTime"]
    assert after["LastUpdated"] >= before["LastUpdated"]


REFUSED = [
    ({"Targets": {}}, "at least one target"),
    ({"Targets": {"S3Targets": [{"Path": "bucket/key"}]}}, "s3://bucket/prefix"),
    ({"Targets": {"S3Targets": [{"Exclusions": ["a"]}]}}, "s3://bucket/prefix"),
    ({"Targets": {"S3Targets": [{"Path": "s3://b", "SampleSize": 250}]}}, "SampleSize"),
    ({"Targets": {**S3, "HudiTargets": [{"Paths": ["s3://a/b"]}]}}, "HudiTargets"),
    ({"Targets": {"MongoDBTargets": [{"Path": "a/b"}]}}, "MongoDBTargets"),
    ({"Targets": {"HudiTargets": [{"Paths": ["s3://b"]}]}}, "HudiTargets"),
    (
        {"Targets": {"S3Targets": [{"Path": "s3://b", "Exclusions": ["ok", "[z-a]"]}]}},
        "The exclusion '[z-a]' is not a glob: a range ends before it begins",
    ),
    (
        {"Targets": {"IcebergTargets": [{"Paths": ["s3://b/a"], "Exclusions": ["[9-0]"]}]}},
        "The exclusion '[9-0]' is not a glob",
    ),
    (
        {
            "Targets": {
                "JdbcTargets": [{"ConnectionName": "c", "Path": "a/b", "Exclusions": ["[b-a]"]}]
            }
        },
        "The exclusion '[b-a]' is not a glob",
    ),
    ({"Classifiers": ["mine"]}, "Classifier mine does not exist"),
    ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "CRAWL_EVENT_MODE"),
    ({"Schedule": "every day"}, "cron(minutes hours day-of-month month day-of-week year)"),
    ({"Schedule": "cron(0/4 * * * ? *)"}, "more often than every 5 minutes"),
    ({"Configuration": "{"}, "not a JSON object"),
    ({"Configuration": "[]"}, "not a JSON object"),
    ({"Configuration": '{"Grouping": {}}'}, "Version 1.0"),
    ({"Configuration": '{"Version": 1.0, "Grouping": 1}'}, "Grouping cannot be 1"),
    (
        {"Configuration": '{"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 0}}}'},
        "TableThreshold cannot be 0",
    ),
    (
        {"Configuration": '{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "All"}}'},
        'TableGroupingPolicy cannot be "All"',
    ),
    ({"Tags": {"aws:kind": "x"}}, "reserved"),
    ({"CatalogId": "999999999999"}, "Catalog 999999999999 not found"),
]


@pytest.mark.parametrize(("given", "reason"), REFUSED)
def test_settings_that_cannot_be_kept_are_refused_with_a_reason(glue, given, reason):
    with pytest.raises(glue.exceptions.InvalidInputException) as refusal:
        settings_of(glue, **given)
    assert reason in refusal.value.response["Error"]["Message"]
    assert glue.get_crawlers()["Crawlers"] == []


def test_an_update_is_checked_like_a_creation(crawlers):
    with pytest.raises(crawlers.exceptions.InvalidInputException, match="JDBC target"):
        crawlers.update_crawler(Name="ant", Targets={"JdbcTargets": [{"Path": "a"}]})
    assert crawlers.get_crawler(Name="ant")["Crawler"]["Version"] == 1


def test_a_name_can_be_given_once(crawlers):
    exists = crawlers.exceptions.AlreadyExistsException
    with pytest.raises(exists, match="Crawler with name ant already exists"):
        crawlers.create_crawler(Name="ant", Role=ROLE, Targets=S3)


MISSING = [
    ("get_crawler", "Name", "Crawler entry with name gnu does not exist"),
    ("update_crawler", "Name", "Crawler with name gnu does not exist"),
    ("delete_crawler", "Name", "Crawler with name gnu does not exist"),
    ("start_crawler", "Name", "Crawler with name gnu does not exist"),
    ("stop_crawler", "Name", "Crawler with name gnu does not exist"),
    ("list_crawls", "CrawlerName", "Crawler entry with name gnu does not exist"),
]


@pytest.mark.parametrize(("operation", "member", "message"), MISSING)
def test_a_crawler_that_is_not_there_is_not_found(glue, operation, member, message):
    with pytest.raises(glue.exceptions.EntityNotFoundException) as refusal:
        getattr(glue, operation)(**{member: "gnu"})
    assert refusal.value.response["Error"]["Message"] == message


def test_a_deleted_crawler_is_gone_with_its_tags_and_history(crawlers, account):
    arn = f"arn:aws:glue:us-east-1:{account}:crawler/ant"
    crawlers.delete_crawler(Name="ant")
    with pytest.raises(crawlers.exceptions.EntityNotFoundException):
        crawlers.get_tags(ResourceArn=arn)
    crawlers.create_crawler(Name="ant", Role=ROLE, Targets=S3)
    assert crawlers.get_tags(ResourceArn=arn)["Tags"] == {}
    assert crawlers.list_crawls(CrawlerName="ant")["Crawls"] == []


def test_crawlers_are_listed_by_name_page_by_page(crawlers):
    for operation, member in (("list_crawlers", "CrawlerNames"), ("get_crawlers", "Crawlers")):
        first = getattr(crawlers, operation)(MaxResults=2)
        rest = getattr(crawlers, operation)(MaxResults=2, NextToken=first["NextToken"])
        names = [getattr(one, "get", lambda _, one=one: one)("Name") for one in first[member]]
        assert names == ["ant", "bee"]
        assert len(rest[member]) == 1
        assert "NextToken" not in rest


def test_crawlers_are_listed_by_their_tags(crawlers):
    assert crawlers.list_crawlers(Tags={"kind": "bee"})["CrawlerNames"] == ["bee"]
    assert crawlers.list_crawlers(Tags={"kind": "dog"})["CrawlerNames"] == []


@pytest.mark.parametrize("operation", ["list_crawlers", "get_crawlers", "get_crawler_metrics"])
def test_a_token_of_another_query_is_refused(crawlers, operation):
    with pytest.raises(crawlers.exceptions.ClientError, match="ValidationException"):
        getattr(crawlers, operation)(NextToken="made-up")


def test_several_crawlers_come_at_once_and_the_missing_are_named(crawlers):
    answer = crawlers.batch_get_crawlers(CrawlerNames=["cat", "gnu", "ant", "cat"])
    assert [crawler["Name"] for crawler in answer["Crawlers"]] == ["cat", "ant"]
    assert answer["CrawlersNotFound"] == ["gnu"]


def test_a_crawler_that_rests_has_nothing_to_stop(crawlers):
    idle = crawlers.exceptions.CrawlerNotRunningException
    with pytest.raises(idle, match="Crawler with name ant isn't running"):
        crawlers.stop_crawler(Name="ant")


def test_a_crawl_of_no_targets_runs_until_somebody_has_seen_it(glue):
    glue.create_crawler(Name="idle", Role=ROLE, Targets={"S3Targets": []})
    state = lambda: glue.get_crawler(Name="idle")["Crawler"]["State"]
    history = lambda: [c["State"] for c in glue.list_crawls(CrawlerName="idle")["Crawls"]]
    glue.start_crawler(Name="idle")
    with pytest.raises(glue.exceptions.CrawlerRunningException):
        glue.start_crawler(Name="idle")
    assert [state(), state()] == ["RUNNING", "READY"]
    assert glue.get_crawler(Name="idle")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    glue.start_crawler(Name="idle")
    assert history() == ["RUNNING", "COMPLETED"]
    assert history() == ["COMPLETED", "COMPLETED"]
    glue.start_crawler(Name="idle")
    glue.stop_crawler(Name="idle")
    assert [state(), state()] == ["STOPPING", "READY"]
    assert history() == ["STOPPED", "COMPLETED", "COMPLETED"]


@pytest.mark.parametrize("look", ["get_crawlers", "batch_get_crawlers", "get_crawler_metrics"])
def test_every_look_ends_a_crawl_of_no_targets(glue, look):
    glue.create_crawler(Name="idle", Role=ROLE, Targets={"S3Targets": []})
    glue.start_crawler(Name="idle")
    named = {"CrawlerNames": ["idle"]} if look == "batch_get_crawlers" else {}
    getattr(glue, look)(**named)
    glue.start_crawler(Name="idle")


def test_crawls_under_a_security_configuration_have_a_log_group_of_their_own(glue):
    glue.create_crawler(
        Name="a:b", Role=ROLE, Targets={"S3Targets": []}, CrawlerSecurityConfiguration="sealed"
    )
    glue.start_crawler(Name="a:b")
    (crawl,) = glue.list_crawls(CrawlerName="a:b")["Crawls"]
    last = glue.get_crawler(Name="a:b")["Crawler"]["LastCrawl"]
    for told in (crawl, last):
        assert told["LogGroup"] == "/aws-glue/crawlers-role/service-role/Crawling-sealed"
        assert told["LogStream"] == "a_b"


class SlowS3:
    """An S3 of somebody else that lists buckets only when it is told to go on."""

    def __init__(self):
        self.asked, self.go_on = threading.Event(), threading.Event()
        slow = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_error(404)

            def do_GET(self):
                bucket = self.path.strip("/").partition("?")[0]
                slow.asked.set()
                if bucket == "slow":
                    slow.go_on.wait(30)
                denied = b"<Error><Code>AccessDenied</Code></Error>"
                empty = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
                body = denied if bucket == "denied" else empty
                self.send_response(403 if bucket == "denied" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def elsewhere(no_engine):
    """A server whose data lie in a slow S3 elsewhere, and that S3."""
    slow = SlowS3()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        with GlueServer(s3_endpoint_url=slow.url) as server:
            yield server, slow
    slow.server.shutdown()
    slow.server.server_close()


@pytest.fixture
def elsewhere_client(elsewhere):
    """Clients of Glue at that server, by their accounts."""
    return lambda account: elsewhere[0].client("glue", account=account)


@pytest.fixture
def running(elsewhere):
    """A crawler whose crawl waits for S3, the Glue client, and that S3."""
    server, slow = elsewhere
    glue = server.client("glue")
    slow.asked.clear()
    slow.go_on.clear()
    glue.create_crawler(
        Name="slow", Role=ROLE, DatabaseName="db", Targets={"S3Targets": [{"Path": "s3://slow"}]}
    )
    glue.start_crawler(Name="slow")
    assert slow.asked.wait(30)
    yield glue, slow
    slow.go_on.set()
    rested(glue)
    glue.delete_crawler(Name="slow")


def rested(glue):
    until(lambda: glue.get_crawler(Name="slow")["Crawler"]["State"] == "READY", "the crawl's end")


def test_a_running_crawler_says_so_and_ends_by_itself(running):
    glue, slow = running
    crawler = glue.get_crawler(Name="slow")["Crawler"]
    assert crawler["State"] == "RUNNING"
    assert crawler["CrawlElapsedTime"] > 0
    assert "LastCrawl" not in crawler
    crawl = glue.list_crawls(CrawlerName="slow")["Crawls"][0]
    assert crawl["State"] == "RUNNING"
    assert "EndTime" not in crawl
    metrics = glue.get_crawler_metrics(CrawlerNameList=["slow", "gnu"])["CrawlerMetricsList"]
    assert [one["CrawlerName"] for one in metrics] == ["slow"]
    assert metrics[0]["StillEstimating"] is True
    slow.go_on.set()
    rested(glue)
    after = glue.get_crawler(Name="slow")["Crawler"]
    assert after["CrawlElapsedTime"] == 0
    assert after["LastCrawl"]["Status"] == "SUCCEEDED"
    assert after["LastCrawl"]["MessagePrefix"] == crawl["CrawlId"]
    assert glue.get_tables(DatabaseName="db")["TableList"] == []


def test_a_running_crawler_cannot_be_started_updated_or_deleted(running):
    glue, _ = running
    busy = glue.exceptions.CrawlerRunningException
    with pytest.raises(busy, match="Crawler with name slow has already started"):
        glue.start_crawler(Name="slow")
    with pytest.raises(busy, match="Cannot update Crawler while running"):
        glue.update_crawler(Name="slow", Description="x")
    with pytest.raises(busy, match="Cannot delete Crawler while running"):
        glue.delete_crawler(Name="slow")


def test_an_account_whose_crawls_hang_leaves_a_place_to_another(running, elsewhere_client):
    glue, _ = running
    for name in ("slow2", "slow3"):
        glue.create_crawler(Name=name, Role=ROLE, Targets={"S3Targets": [{"Path": "s3://slow"}]})
        glue.start_crawler(Name=name)
    other = elsewhere_client("444455556666")
    other.create_crawler(Name="quick", Role=ROLE, Targets={"S3Targets": [{"Path": "s3://empty"}]})
    other.start_crawler(Name="quick")
    until(lambda: "LastCrawl" in other.get_crawler(Name="quick")["Crawler"], "the other's crawl")
    assert other.get_crawler(Name="quick")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    assert glue.get_crawler(Name="slow")["Crawler"]["State"] == "RUNNING"
    for name in ("slow2", "slow3"):
        glue.stop_crawler(Name=name)
        until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY", "its end")  # noqa: B023  # called at once
        glue.delete_crawler(Name=name)


def test_a_crawl_that_does_not_end_fails_at_the_servers_limit(no_engine, monkeypatch):
    slow = SlowS3()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    limit = timedelta(seconds=1)
    with GlueServer(s3_endpoint_url=slow.url, crawl_time=limit) as server:
        glue = server.client("glue")
        glue.create_crawler(Name="slow", Role=ROLE, Targets={"S3Targets": [{"Path": "s3://slow"}]})
        glue.start_crawler(Name="slow")
        rested(glue)
        last = glue.get_crawler(Name="slow")["Crawler"]["LastCrawl"]
    slow.go_on.set()
    slow.server.shutdown()
    slow.server.server_close()
    assert last["Status"] == "FAILED"
    assert "The crawl took longer than 1 second" in last["ErrorMessage"]
    assert "--crawl-time" in last["ErrorMessage"]


def test_a_stopped_crawl_ends_though_s3_still_hangs(running):
    glue, _ = running
    glue.stop_crawler(Name="slow")
    with pytest.raises(
        (
            glue.exceptions.CrawlerStoppingException,
            glue.exceptions.CrawlerNotRunningException,
        )
    ):
        glue.stop_crawler(Name="slow")
    rested(glue)
    assert glue.get_crawler(Name="slow")["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"
    crawl = glue.list_crawls(CrawlerName="slow")["Crawls"][0]
    assert crawl["State"] == "STOPPED"
    assert crawl["EndTime"] >= crawl["StartTime"]


def test_a_target_that_may_not_be_read_fails_the_crawl_with_that_reason(elsewhere):
    glue = elsewhere[0].client("glue")
    targets = {"S3Targets": [{"Path": "s3://denied/in"}]}
    glue.create_crawler(Name="denied", Role=ROLE, Targets=targets)
    glue.start_crawler(Name="denied")

    def last():
        return glue.get_crawler(Name="denied")["Crawler"].get("LastCrawl")

    assert until(last, "the crawl's end")["Status"] == "FAILED"
    assert last()["ErrorMessage"] == (
        "s3://denied/in/ cannot be reached: access is denied (AccessDenied)"
    )


def test_a_crawl_tells_its_story_in_cloudwatch(gluematch_server):
    prospect = Prospect(gluematch_server)
    prospect.put(**{"a.csv": PEOPLE})
    prospect.crawl("a.csv")
    run = prospect.crawler()["LastCrawl"]["MessagePrefix"]
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
    assert prospect.lines() == [
        f"[{run}] {text}"
        for text in (
            "BENCHMARK : Running Start Crawl for Crawler crawler",
            "BENCHMARK : Classification complete, writing results to database db",
            "INFO : Crawler configured with SchemaChangePolicy "
            + json.dumps(policy, separators=(",", ":"))
            + ".",
            "INFO : Created database db",
            "INFO : Created table a_csv in database db",
            "BENCHMARK : Finished writing to Catalog",
            "INFO : Run Summary For TABLE:",
            "INFO : ADD: 1",
            "INFO : UPDATE: 0",
            "INFO : DELETE: 0",
            "BENCHMARK : Crawler has finished running and is in state READY",
        )
    ]
