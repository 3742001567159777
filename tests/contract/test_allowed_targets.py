"""A server with --allow-s3-target and --allow-jdbc-target: what is refused, and in which words."""

import pytest
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.__main__ import main
from gluematch.server.testing import GlueServer

ACCOUNT = "430000000002"
URL = "jdbc:postgresql://127.0.0.1:{}/people"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """What was made before it was forbidden: crawlers and a connection."""
    folder = tmp_path_factory.mktemp("allowed")
    with GlueServer(data_dir=folder) as server:
        glue, s3 = server.client("glue", account=ACCOUNT), server.client("s3", account=ACCOUNT)
        for bucket in ("open", "closed"):
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key="people/p.csv", Body=b"id,name\n1,ann\n2,bob\n")
            targets = {"S3Targets": [{"Path": f"s3://{bucket}/people"}]}
            glue.create_crawler(Name=bucket, Role="r", DatabaseName="d", Targets=targets)
        glue.create_connection(ConnectionInput=connection("old", 1))
        targets = {"JdbcTargets": [{"ConnectionName": "old", "Path": "people/public/%"}]}
        glue.create_crawler(Name="jdbc", Role="r", DatabaseName="d", Targets=targets)
    return folder


@pytest.fixture(scope="module")
def glue(data_dir):
    allowed = {"allow_s3_targets": ("s3://open/people",), "allow_jdbc_targets": ("127.0.0.1:2",)}
    with GlueServer(data_dir=data_dir, **allowed) as server:
        yield server.client("glue", account=ACCOUNT)


def connection(name, port):
    login = {"JDBC_CONNECTION_URL": URL.format(port), "USERNAME": "u", "PASSWORD": "secret"}
    return {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": login}


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidInputException"
    assert "secret" not in error["Message"]
    return error["Message"]


def crawled(glue, name):
    glue.start_crawler(Name=name)

    def ended():
        crawler = glue.get_crawler(Name=name)["Crawler"]
        return crawler["State"] == "READY" and crawler.get("LastCrawl")

    return until(ended, "the crawl")


@pytest.mark.parametrize(
    "targets",
    [
        {"S3Targets": [{"Path": "s3://open/people"}, {"Path": "s3://closed/people"}]},
        {"S3Targets": [{"Path": "s3://open/people2"}]},
        {"S3Targets": [{"Path": "s3://open"}]},
        {"DeltaTargets": [{"DeltaTables": ["s3://closed/delta"], "WriteManifest": False}]},
        {"IcebergTargets": [{"Paths": ["s3://closed/iceberg"]}]},
    ],
)
def test_crawlers_of_other_places_are_neither_made_nor_changed(glue, targets):
    told = refused(glue.create_crawler, Name="new", Role="r", DatabaseName="d", Targets=targets)
    assert "is not among the S3 targets that this server allows (--allow-s3-target)." in told
    assert refused(glue.update_crawler, Name="open", Targets=targets) == told


def test_what_was_made_before_is_refused_when_it_runs(glue):
    found = crawled(glue, "closed")
    assert found["Status"] == "FAILED"
    assert "not among the S3 targets" in found["ErrorMessage"]
    found = crawled(glue, "jdbc")
    assert found["Status"] == "FAILED"
    assert found["ErrorMessage"].startswith("127.0.0.1:1 is not among the JDBC targets")
    assert crawled(glue, "open")["Status"] == "SUCCEEDED"


def test_connections_to_other_databases_are_neither_made_nor_tried(glue):
    told = refused(glue.create_connection, ConnectionInput=connection("new", 1))
    assert told == (
        "127.0.0.1:1 is not among the JDBC targets that this server allows (--allow-jdbc-target)."
    )
    assert refused(glue.test_connection, ConnectionName="old") == told
    glue.create_connection(ConnectionInput=connection("new", 2))
    assert refused(glue.update_connection, Name="new", ConnectionInput=connection("new", 1)) == told


def test_transforms_neither_read_nor_write_elsewhere(glue):
    columns = [{"Name": "id", "Type": "string"}, {"Name": "name", "Type": "string"}]
    glue.create_database(DatabaseInput={"Name": "of_transforms"})
    made = {}
    for bucket in ("open", "closed"):
        table = {
            "Name": bucket,
            "StorageDescriptor": {"Columns": columns, "Location": f"s3://{bucket}/people/"},
        }
        glue.create_table(DatabaseName="of_transforms", TableInput=table)
        made[bucket] = {
            "Name": bucket,
            "Role": "r",
            "InputRecordTables": [{"DatabaseName": "of_transforms", "TableName": bucket}],
            "Parameters": {
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
            },
        }
    assert "not among the S3 targets" in refused(glue.create_ml_transform, **made["closed"])
    transform = glue.create_ml_transform(**made["open"])["TransformId"]
    write = glue.start_ml_labeling_set_generation_task_run
    told = refused(write, TransformId=transform, OutputS3Path="s3://closed/out/")
    assert "not among the S3 targets" in told
    read = glue.start_import_labels_task_run
    told = refused(read, TransformId=transform, InputS3Path="s3://closed/labels.csv")
    assert "not among the S3 targets" in told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--allow-s3-target", "lake"], "s3://bucket/prefix"),
        (["--allow-jdbc-target", "jdbc:postgresql://h/d;x"], "a host or host:port"),
    ],
)
def test_patterns_that_make_no_sense_stop_the_start(words, complaint, capsys):
    assert main(["serve", "--ephemeral", "--port", "0", *words]) == 2
    assert complaint in capsys.readouterr().err
