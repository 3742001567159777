"""POST /moto-api/reset: a server that may be emptied is empty afterwards, and others refuse."""

import http.client
import json
import sys
from urllib.parse import urlsplit

import pytest
from processes import children, fork_server, no_new_children
from waiting import until

from gluematch.server.testing import GlueServer


@pytest.fixture(scope="module")
def server(other_forks, no_engine):
    with GlueServer(strict=True) as made:
        yield made


def asking(server, method="POST"):
    """A request to the route that is under way; the function returned waits for its answer."""
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    connection.request(method, "/moto-api/reset")

    def answer():
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        return response.status, body

    return answer


def asked(server, method="POST"):
    """Status and body of the route's answer."""
    return asking(server, method)()


def test_nothing_of_any_account_is_left(server):
    scopes = [("330000000001", "us-east-1"), ("330000000002", "eu-west-1")]
    for account, region in scopes:
        here = {"account": account, "region": region}
        server.client("glue", **here).create_database(DatabaseInput={"Name": "d"}, Tags={"k": "v"})
        server.client("glue", **here).create_crawler(
            Name="c", Role="r", Targets={"S3Targets": [{"Path": "s3://b/"}]}
        )
        server.client("glue", **here).create_workflow(Name="w")
        server.client("logs", **here).create_log_group(logGroupName="g")
    server.client("s3").create_bucket(Bucket="emptied")
    assert asked(server) == (200, {"status": "ok"})
    for account, region in scopes:
        glue = server.client("glue", account=account, region=region)
        assert glue.get_databases()["DatabaseList"] == []
        assert glue.get_crawlers()["Crawlers"] == []
        assert glue.list_workflows()["Workflows"] == []
        logs = server.client("logs", account=account, region=region)
        assert logs.describe_log_groups()["logGroups"] == []
        glue.create_database(DatabaseInput={"Name": "d"})
        arn = f"arn:aws:glue:{region}:{account}:database/d"
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
    assert server.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_crawl_that_is_going_on_is_ended_and_the_next_one_runs(server, other_forks):
    forks = fork_server(others=other_forks)
    with no_new_children(forks):
        crawl(server)
        answer = asking(server)
    assert answer() == (200, {"status": "ok"})
    assert children(forks) == []
    glue = server.client("glue")
    assert glue.get_crawlers()["Crawlers"] == []
    crawl(server)
    until(lambda: glue.get_crawler(Name="c")["Crawler"].get("LastCrawl"), "the second crawl to end")
    assert glue.get_table(DatabaseName="d", Name="emptied")
    asked(server)


def crawl(server):
    s3, glue = server.client("s3"), server.client("glue")
    s3.create_bucket(Bucket="emptied")
    s3.put_object(Bucket="emptied", Key="people.csv", Body=b"id,name\n1,Ada\n2,Alan\n")
    targets = {"S3Targets": [{"Path": "s3://emptied/"}]}
    glue.create_crawler(Name="c", Role="r", DatabaseName="d", Targets=targets)
    glue.start_crawler(Name="c")


def test_only_post_empties(server):
    server.client("glue").create_database(DatabaseInput={"Name": "stays"})
    assert asked(server, "GET")[0] == 405
    server.client("glue").get_database(Name="stays")


def test_a_server_that_keeps_its_data_refuses(tmp_path):
    with GlueServer(data_dir=tmp_path) as server:
        server.client("glue").create_database(DatabaseInput={"Name": "kept"})
        status, body = asked(server)
        assert status == 403
        assert "--allow-reset" in body["message"]
        server.client("glue").get_database(Name="kept")


def test_a_server_that_keeps_its_data_can_allow_it(tmp_path):
    with GlueServer(data_dir=tmp_path, allow_reset=True) as server:
        server.client("glue").create_database(DatabaseInput={"Name": "d"})
        assert asked(server)[0] == 200
        assert server.client("glue").get_databases()["DatabaseList"] == []
