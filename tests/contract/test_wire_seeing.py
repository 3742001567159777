"""Seeing in: what health, metrics and the log tell of a real server, and what they never tell."""

import json
import logging
import re
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing, suppress

import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families
from waiting import until

from gluematch.models.catalog.store import open_catalog
from gluematch.server.protocol import identity
from gluematch.server.telemetry import logs
from gluematch.server.telemetry.health import LONGEST_TURN, Health
from gluematch.server.testing import GlueServer


def fetched(url, headers=None, data=None):
    asked = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def figures(server):
    """The value of each series, by name and labels."""
    status, text, headers = fetched(f"{server.url}/_gluematch/metrics")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Lines(logging.Handler):
    """The lines of the log, as JSON."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logs.Json())
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))

    def of(self, request_id):
        found = [json.loads(text) for text in list(self.texts)]
        return [line for line in found if line.get("request_id") == request_id]


@pytest.fixture
def log():
    lines, logger = Lines(), logging.getLogger("gluematch")
    before = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    yield lines
    logger.setLevel(before)
    logger.removeHandler(lines)


def the_line_of(log, request_id):
    until(lambda: log.of(request_id), f"{request_id} is not in the log")
    (line,) = log.of(request_id)
    return line


def test_each_request_is_one_line_under_the_id_that_its_client_got(glue, account, log):
    answer = glue.get_databases()["ResponseMetadata"]
    line = the_line_of(log, answer["RequestId"])
    assert line.pop("seconds") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "gluematch.requests",
        "message": "request",
        "request_id": answer["RequestId"],
        "account": account,
        "service": "glue",
        "operation": "GetDatabases",
        "status": 200,
    }


def test_a_refusal_is_told_by_its_status_and_quotes_nothing(glue, log):
    with pytest.raises(glue.exceptions.EntityNotFoundException) as refused:
        glue.get_database(Name="the-secret-patients")
    line = the_line_of(log, refused.value.response["ResponseMetadata"]["RequestId"])
    assert (line["operation"], line["status"]) == ("GetDatabase", 400)
    assert "patients" not in "".join(log.texts)


ASKED = [
    ("s3", "list_buckets", {}, ("s3", "ListBuckets")),
    ("s3", "list_objects_v2", {"Bucket": "nobodys"}, ("s3", "ListObjectsV2")),
    ("s3", "get_object", {"Bucket": "nobodys", "Key": "a/b"}, ("s3", "GetObject")),
    ("s3", "get_object_tagging", {"Bucket": "nobodys", "Key": "a"}, ("s3", "GetObjectTagging")),
    (
        "s3",
        "upload_part",
        {"Bucket": "nobodys", "Key": "a", "UploadId": "u", "PartNumber": 1},
        ("s3", "UploadPart"),
    ),
    ("logs", "describe_log_groups", {}, ("logs", "DescribeLogGroups")),
    ("sts", "get_caller_identity", {}, ("sts", "GetCallerIdentity")),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[1])
def test_neighbours_are_told_by_service_and_action(gluematch_server, account, log, asked):
    service, call, more, told = asked
    client = gluematch_server.client(service, account=account)
    with suppress(ClientError):
        getattr(client, call)(**more)
    ours = lambda: [json.loads(t) for t in list(log.texts) if account in t]
    until(ours, "a line of the account")
    assert {(line["service"], line["operation"]) for line in ours()} == {told}
    assert "nobodys" not in "".join(log.texts)


def test_an_error_is_told_by_type_and_place_under_its_request_and_never_quoted():
    lines = Lines()
    logger = logging.getLogger("gluematch.test")
    logger.addHandler(lines)
    text = logs.Text()
    token = identity.CURRENT.set("request-1")
    try:
        raise ValueError("Ann Smith, born 1970")
    except ValueError as error:
        record = logger.makeRecord(
            logger.name, logging.ERROR, "f", 1, "it failed\n%s", ("x",), (ValueError, error, None)
        )
        lines.handle(record)
        written = text.format(record)
    finally:
        identity.CURRENT.reset(token)
        logger.removeHandler(lines)
    (line,) = lines.of("request-1")
    assert line["error"] == "ValueError"
    assert line["places"][-1].endswith("never_quoted")
    assert written.startswith(line["time"])
    assert "ERROR gluematch.test it failed\\nx request_id=request-1 error=ValueError\n" in written
    assert "Ann" not in written + "".join(lines.texts)


def test_health_says_live_and_ready(gluematch_server):
    status, text, _ = fetched(f"{gluematch_server.url}/_gluematch/health")
    told = json.loads(text)
    assert (status, told["live"], told["ready"], told["reasons"]) == (200, True, True, [])
    for path in ("live", "ready"):
        assert fetched(f"{gluematch_server.url}/_gluematch/health/{path}")[0] == 200


def test_a_server_whose_data_directory_is_gone_lives_and_is_not_ready(tmp_path):
    kept, away = tmp_path / "kept", tmp_path / "away"
    with GlueServer(data_dir=kept) as server:
        kept.rename(away)
        status, text, _ = fetched(f"{server.url}/_gluematch/health")
        told = json.loads(text)
        assert (status, told["status"], told["live"], told["ready"]) == (
            503,
            "not ready",
            True,
            False,
        )
        gone = "The data directory cannot be written: No such file or directory."
        assert gone in told["reasons"]
        assert fetched(f"{server.url}/_gluematch/health/live")[0] == 200
        assert fetched(f"{server.url}/_gluematch/health/ready")[0] == 503
        away.rename(kept)
        assert fetched(f"{server.url}/_gluematch/health")[0] == 200


def test_a_catalog_that_fails_and_a_worker_that_is_stuck_or_gone_are_named(tmp_path):
    catalog = open_catalog(tmp_path / "catalog.sqlite")
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as other:
        other.execute("DROP TABLE task_runs")
    obstacles = lambda busy: Health(catalog, catalog, tmp_path, lambda: busy).obstacles()
    lost = "The catalog does not answer: OperationalError."
    assert obstacles(0.0) == [lost]
    assert obstacles(None) == [lost, "The worker has ended."]
    stuck = "The worker has not looked at its queue for 61 seconds."
    assert obstacles(LONGEST_TURN + 1) == [lost, stuck]
    catalog.close()


def test_requests_are_counted_by_operation_and_status(gluematch_server, glue):
    found = ("gluematch_requests_total", "GetDatabases", "glue", "200")
    before = figures(gluematch_server).get(found, 0)
    for _ in range(3):
        glue.get_databases()
    until(lambda: figures(gluematch_server)[found] == before + 3, "they are not counted")
    told = figures(gluematch_server)
    assert told["gluematch_request_seconds_count", "GetDatabases", "glue"] >= 3
    assert told["gluematch_open_connections",] >= 1
    assert told["gluematch_requests_in_flight",] >= 1
    assert told["process_resident_memory_bytes",] > 0


def test_a_stranger_cannot_make_series(gluematch_server):
    def ask(number):
        made_up = f"Made{number}Up"
        headers = {"X-Amz-Target": f"AWSGlue.{made_up}"}
        fetched(gluematch_server.url, headers, b"{}")
        signed = f"AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/{made_up.lower()}/aws4_request"
        fetched(f"{gluematch_server.url}/{made_up}", {"Authorization": signed})
        fetched(f"{gluematch_server.url}/_gluematch/{made_up}")
        fetched(f"{gluematch_server.url}/bucket-{made_up.lower()}/key?{made_up}")

    ask(0)
    until(lambda: ("gluematch_requests_total", "-", "glue", "400") in figures(gluematch_server), "")
    before = figures(gluematch_server).keys()
    for number in range(1, 4):
        ask(number)
    until(
        lambda: figures(gluematch_server)["gluematch_requests_total", "-", "glue", "400"] >= 4,
        "they are not counted",
    )
    after = figures(gluematch_server).keys()
    assert not [series for series in after if "made" in "".join(series).lower()]
    assert {series for series in after - before if "gluematch_requests_total" in series} <= {
        ("gluematch_requests_total", "metrics", "gluematch", "200")
    }


def test_runs_are_told_by_type_and_state(gluematch_server, glue):
    glue.create_crawler(
        Name="seen",
        Role="r",
        DatabaseName="seen",
        Targets={"S3Targets": [{"Path": "s3://no-such-bucket-here/"}]},
    )
    before = figures(gluematch_server).get(("gluematch_runs", "FAILED", "CRAWL"), 0)
    glue.start_crawler(Name="seen")
    until(
        lambda: (
            figures(gluematch_server).get(("gluematch_runs", "FAILED", "CRAWL")) == before + 1
            or figures(gluematch_server).get(("gluematch_runs", "COMPLETED", "CRAWL"), 0) > 0
        ),
        "the crawl is not counted",
    )
