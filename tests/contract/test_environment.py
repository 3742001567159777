"""The server's environment stays in the server: whom clients name as their database gets nothing of
it, and no job either."""

import json
import os

import pytest
from botocore.exceptions import ClientError
from prospect import ROLE, Prospect
from rogue_database import rogue_database
from self_signed import self_signed
from waiting import until

from gluematch.server.testing import GlueServer

SECRET = "catalog-top-secret"
HIDING_PLACES = ["PGPASSWORD", "PGPASSFILE", "~/.pgpass", "PGSERVICE", "the others"]


@pytest.fixture(params=HIDING_PLACES)
def hidden(request, tmp_path, monkeypatch):
    """A secret where libpq would find it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    passwords = tmp_path / ".pgpass"
    if request.param in {"PGPASSFILE", "~/.pgpass"}:
        passwords.write_text(f"*:*:*:*:{SECRET}\n")
        passwords.chmod(0o600)
    if request.param == "PGPASSFILE":
        passwords = passwords.rename(tmp_path / "elsewhere")
        monkeypatch.setenv("PGPASSFILE", str(passwords))
    if request.param == "PGSERVICE":
        services = tmp_path / "services"
        services.write_text(f"[catalog]\nuser={SECRET}\npassword={SECRET}\ndbname={SECRET}\n")
        monkeypatch.setenv("PGSERVICEFILE", str(services))
        monkeypatch.setenv("PGSERVICE", "catalog")
    if request.param == "PGPASSWORD":
        monkeypatch.setenv("PGPASSWORD", SECRET)
    if request.param == "the others":
        for name in ("PGUSER", "PGDATABASE", "PGAPPNAME", "PGCLIENTENCODING"):
            monkeypatch.setenv(name, SECRET)
        monkeypatch.setenv("PGOPTIONS", f"-c my.secret={SECRET}")


@pytest.fixture
def prospect(no_engine, hidden):
    """An account of a server that was started with that environment."""
    with GlueServer() as server:
        yield Prospect(server)


def link(prospect, rogue, **properties):
    given = {"JDBC_CONNECTION_URL": rogue.url, "USERNAME": "u"} | properties
    given = {name: value for name, value in given.items() if value is not None}
    prospect.glue.create_connection(
        ConnectionInput={"Name": "link", "ConnectionType": "JDBC", "ConnectionProperties": given}
    )


def test_a_database_of_a_client_gets_no_password_of_the_server(prospect):
    with rogue_database() as rogue:
        link(prospect, rogue)
        with pytest.raises(ClientError, match="password"):
            prospect.glue.test_connection(ConnectionName="link")
        assert b"user\0u\0" in rogue.received
        assert b"database\0db\0" in rogue.received
        before = len(rogue.received)
        prospect.create(Targets={"JdbcTargets": [{"ConnectionName": "link", "Path": "db/s/%"}]})
        assert prospect.run()["State"] == "FAILED"
        assert b"user\0u\0" in rogue.received[before:]
    assert SECRET.encode() not in rogue.received


def test_a_connection_without_a_user_is_refused_before_anything_is_sent(gluematch_server):
    prospect = Prospect(gluematch_server)
    with rogue_database() as rogue:
        link(prospect, rogue, USERNAME=None)
        with pytest.raises(ClientError, match="names no user: give USERNAME or SECRET_ID"):
            prospect.glue.test_connection(ConnectionName="link")
    assert rogue.received == b""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """By the name that each vouches for: the files of a certificate and of its key."""
    return {
        name: self_signed(tmp_path_factory.mktemp("tls"), name) for name in ("127.0.0.1", "9.9.9.9")
    }


def test_enforced_tls_sends_nothing_to_a_server_that_nobody_vouches_for(
    gluematch_server, certificates
):
    prospect = Prospect(gluematch_server)
    with rogue_database(certificates["127.0.0.1"]) as rogue:
        link(prospect, rogue, PASSWORD="of the client", JDBC_ENFORCE_SSL="true")
        with pytest.raises(ClientError, match="certificate verify failed"):
            prospect.glue.test_connection(ConnectionName="link")
    assert b"user" not in rogue.received


def test_enforced_tls_is_refused_by_a_server_without_it(gluematch_server):
    prospect = Prospect(gluematch_server)
    with rogue_database() as rogue:
        link(prospect, rogue, PASSWORD="of the client", JDBC_ENFORCE_SSL="true")
        with pytest.raises(ClientError, match="does not support SSL"):
            prospect.glue.test_connection(ConnectionName="link")
    assert b"user" not in rogue.received


@pytest.mark.parametrize("name", ["127.0.0.1", "9.9.9.9"])
def test_a_certificate_in_s3_vouches_for_the_name_that_it_has(gluematch_server, certificates, name):
    prospect = Prospect(gluematch_server)
    prospect.put(**{"root.pem": certificates[name][0].read_bytes()})
    root = {"JDBC_ENFORCE_SSL": "true", "CUSTOM_JDBC_CERT": f"{prospect.uri}root.pem"}
    with rogue_database(certificates[name]) as rogue:
        link(prospect, rogue, PASSWORD="of the client", **root)
        with pytest.raises(ClientError) as refusal:
            prospect.glue.test_connection(ConnectionName="link")
    reached = name == "127.0.0.1"
    assert (b"of the client" in rogue.received) is reached
    assert ("who are you" in str(refusal.value)) is reached


def test_what_is_no_certificate_is_named(gluematch_server):
    prospect = Prospect(gluematch_server)
    prospect.put(**{"root.pem": b"no certificate"})
    root = {"JDBC_ENFORCE_SSL": "true", "CUSTOM_JDBC_CERT": f"{prospect.uri}root.pem"}
    with rogue_database() as rogue:
        link(prospect, rogue, **root)
        with pytest.raises(ClientError, match="CUSTOM_JDBC_CERT is no certificate in PEM format"):
            prospect.glue.test_connection(ConnectionName="link")
    assert rogue.received == b""


SCRIPT = """
import json, os
print(json.dumps(dict(os.environ)))
"""
SECRETS = {
    "PGPASSWORD": SECRET,
    "GLUEMATCH_DATABASE_URL": "",
    "MY_TOKEN": SECRET,
    "HTTPS_PROXY": f"http://me:{SECRET}@127.0.0.1:1",
    "AWS_SESSION_TOKEN": SECRET,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_ACCESS_KEY_ID": SECRET,
}


def test_a_job_has_only_allowed_variables_of_the_server(no_engine, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_MINE", "yes")
    with GlueServer() as server:
        prospect = Prospect(server)
        prospect.put(**{"script.py": SCRIPT.encode()})
        command = {"Name": "pythonshell", "ScriptLocation": f"{prospect.uri}script.py"}
        prospect.glue.create_job(Name="job", Role=ROLE, Command=command)
        run = prospect.glue.start_job_run(JobName="job")["JobRunId"]

        def ended():
            found = prospect.glue.get_job_run(JobName="job", RunId=run)["JobRun"]
            return found["JobRunState"] not in {"STARTING", "RUNNING"} and found

        assert until(ended, "the run's end")["JobRunState"] == "SUCCEEDED"
        events = prospect.logs.get_log_events(
            logGroupName="/aws-glue/jobs/output", logStreamName=run
        )["events"]
    seen = json.loads("".join(event["message"] for event in events))
    assert SECRET not in str(seen)
    assert not {"MY_TOKEN", "HTTPS_PROXY", "PGPASSWORD", "GLUEMATCH_DATABASE_URL"} & seen.keys()
    assert seen["LC_MINE"] == "yes"
    assert seen["PATH"] == os.environ["PATH"]
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
