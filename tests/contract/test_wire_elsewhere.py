"""Data in another S3, and what runs say in CloudWatch Logs."""

from datetime import timedelta

from waiting import until

from gluematch.models import clock
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.scope import Scope
from gluematch.models.tasks.work import LogLine
from gluematch.server import app
from gluematch.server.keys import Keyring
from gluematch.server.neighbours.services import Neighbours
from gluematch.server.settings import Settings
from gluematch.server.testing import GlueServer


def test_the_data_path_can_be_another_s3(gluematch_server, no_engine, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "240000000001")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    elsewhere = gluematch_server.client("s3", account="240000000001")
    elsewhere.create_bucket(Bucket="elsewhere")
    elsewhere.put_object(Bucket="elsewhere", Key="people.csv", Body=b"id,name\n1,Ada\n2,Alan\n")
    with GlueServer(s3_endpoint_url=gluematch_server.url) as server:
        glue = server.client("glue")
        assert "elsewhere" not in str(server.client("s3").list_buckets()["Buckets"])
        glue.create_crawler(
            Name="c",
            Role="r",
            DatabaseName="db",
            Targets={"S3Targets": [{"Path": "s3://elsewhere/people.csv"}]},
        )
        glue.start_crawler(Name="c")
        assert ended(glue)["Status"] == "SUCCEEDED"
        (table,) = glue.get_tables(DatabaseName="db")["TableList"]
        assert table["Name"] == "people_csv"


def ended(glue):
    def last_crawl():
        crawler = glue.get_crawler(Name="c")["Crawler"]
        return crawler["State"] == "READY" and crawler.get("LastCrawl")

    return until(last_crawl, "the crawl to end")


def test_our_own_data_path_speaks_as_the_account(tmp_path):
    keys = Keyring({}, {}.get, b"root")
    access_for = app._access(Settings(data_dir=tmp_path), "http://127.0.0.1:1", keys)
    access = access_for(Scope("111122223333", "eu-west-1")).s3
    assert ObjectStore(access).access.access_key == "111122223333"
    assert (access.endpoint_url, access.region) == ("http://127.0.0.1:1", "eu-west-1")


def test_lines_of_runs_are_read_with_the_usual_clients(gluematch_server):
    scope, now = Scope("240000000002", "eu-west-1"), clock.now()
    logs = gluematch_server.client("logs", account=scope.account, region=scope.region)
    sink = Neighbours()
    sink.write(scope, "/aws-glue/x", "run", [LogLine(now, "first"), LogLine(now, "second")])
    sink.write(scope, "/aws-glue/x", "run", [LogLine(now + timedelta(milliseconds=5), "third")])
    found = logs.get_log_events(logGroupName="/aws-glue/x", logStreamName="run", startFromHead=True)
    assert [event["message"] for event in found["events"]] == ["first", "second", "third"]
    assert found["events"][0]["timestamp"] == round(now.timestamp() * 1000)
    other = gluematch_server.client("logs", account=scope.account, region="eu-west-2")
    assert other.describe_log_groups()["logGroups"] == []


def test_lines_of_a_region_that_aws_has_not_stop_nothing(caplog):
    scope = Scope("240000000003", "mars-north-1")
    Neighbours().write(scope, "/aws-glue/x", "run", [LogLine(clock.now(), "said")])
    assert "mars-north-1 has no CloudWatch Logs" in caplog.text
