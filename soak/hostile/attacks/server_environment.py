"""Secrets in the server's environment: no database of a client, and no script, receives them."""

import socket
import struct
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

from soak.hostile.attack import Attack, Figures
from soak.hostile.crawls import ROLE, seconds_until_ready
from soak.hostile.listener import listening, read_some
from soak.hostile.server import Server

CRAWL_SECONDS = 60.0
JOB_SECONDS = 120.0
_CANARY = "canary-of-the-server"
_VARIABLES = {
    "PGPASSWORD": f"{_CANARY}-password",
    "PGUSER": f"{_CANARY}-user",
    "PGDATABASE": f"{_CANARY}-database",
    "PGAPPNAME": f"{_CANARY}-application",
    "PGOPTIONS": f"-c application_name={_CANARY}-options",
    "MYSQL_PWD": f"{_CANARY}-mysql",
    "ANYTHING_SECRET": f"{_CANARY}-anything",
}
_SCRIPT = b"""import os
print("the script ran")
for name, value in os.environ.items():
    print(name, value)
"""


def prepare(server: Server, _random: Random) -> None:
    """Start it again with secrets in its environment, and a script for a job."""
    server.stop()
    server.environment = _VARIABLES
    server.start()
    server.client("s3").put_object(Bucket="kept", Key="script.py", Body=_SCRIPT)


def run(server: Server, _random: Random) -> Figures:
    """A connection without a password, in the environment and in a password file; then a job."""
    figures = Figures()
    _connect(server, "variables", figures)
    passwords = server.folder / "passwords"
    passwords.write_text(f"*:*:*:*:{_CANARY}-file\n")
    passwords.chmod(0o600)
    server.stop()
    server.environment = {"PGPASSFILE": str(passwords), "HOME": str(_home(server.folder))}
    server.start()
    _connect(server, "files", figures)
    server.stop()
    server.environment = _VARIABLES
    server.start()
    _run_job(server, figures)
    return figures


def _home(folder: Path) -> Path:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    path = home / ".pgpass"
    path.write_text(f"*:*:*:*:{_CANARY}-home\n")
    path.chmod(0o600)
    return home


def _connect(server: Server, name: str, figures: Figures) -> None:
    """TestConnection and a crawl against a listener that asks for a password in clear text."""
    glue = server.client("glue")
    with listening(_ask_for_password) as listener:
        properties = {
            "JDBC_CONNECTION_URL": f"jdbc:postgresql://127.0.0.1:{listener.port}/db",
            "USERNAME": "u",
        }
        figures.call(
            glue.create_connection,
            ConnectionInput={
                "Name": name,
                "ConnectionType": "JDBC",
                "ConnectionProperties": properties,
            },
        )
        figures.call(glue.test_connection, ConnectionName=name)
        target = {"ConnectionName": name, "Path": "db/public/%"}
        figures.call(
            glue.create_crawler,
            Name=name,
            Role=ROLE,
            DatabaseName=name,
            Targets={"JdbcTargets": [target]},
        )
        figures.call(glue.start_crawler, Name=name)
        if seconds_until_ready(glue, name, CRAWL_SECONDS) is None:
            figures.faults.append(f"a crawl of a database does not end in {CRAWL_SECONDS:.0f} s")
        received = [*listener.received]
    if not received:
        figures.faults.append("nothing connected to the listener: this attack shows nothing")
    if leaked := [text for text in received if _CANARY.encode() in text]:
        figures.faults.append(
            f"{len(leaked)} of {len(received)} connections ({name}) sent the server's secrets:"
            f" {leaked[0][-60:]!r}"
        )


def _ask_for_password(connection: socket.socket) -> bytes:
    """PostgreSQL's start: no encryption, a password in clear text, and then a refusal."""
    received = b""
    while part := read_some(connection):
        received += part
        if len(part) == 8:  # it asks for encryption
            connection.sendall(b"N")
            continue
        connection.sendall(b"R" + struct.pack("!ii", 8, 3))
        received += read_some(connection)
        fields = b"SFATAL\0C28P01\0Mno\0\0"
        connection.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)
        break
    return received


def _run_job(server: Server, figures: Figures) -> None:
    """A script that prints its environment."""
    glue = server.client("glue")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://kept/script.py"}
    figures.call(glue.create_job, Name="job", Role=ROLE, Command=command)
    run = figures.call(glue.start_job_run, JobName="job")
    if run is None:
        figures.faults.append("the job does not start")
        return
    state = _wait(lambda: glue.get_job_run(JobName="job", RunId=run["JobRunId"])["JobRun"])
    text = _log(server.client("logs"))
    if "the script ran" not in text:
        figures.faults.append(f"the script left no output, its run is {state}")
    if _CANARY in text:
        figures.faults.append("a job's script sees secrets of the server's environment")


def _wait(run: Any) -> str:
    end, pause = time.monotonic() + JOB_SECONDS, threading.Event()
    while (state := str(run()["JobRunState"])) not in _ENDED and time.monotonic() < end:
        pause.wait(0.5)
    return state


_ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}


def _log(logs: Any) -> str:
    """Every line of every log group."""
    found = []
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
            page = logs.get_log_events(
                logGroupName=name, logStreamName=stream["logStreamName"], startFromHead=True
            )
            found += [event["message"] for event in page["events"]]
    return "\n".join(found)


ATTACK = Attack(name="server_environment", run=run, prepare=prepare)
