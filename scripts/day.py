"""A day goes by in minutes: schedules fire, runs come and go, what they made is deleted. A server
whose clock we set takes as much memory and as many handles at the end as after the first hours."""

import argparse
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from own_server import memory
from soaked import ANSWERS, PEOPLE, TABLE

from gluematch.models import clock
from gluematch.server.testing import GlueServer

WARM_UP = 3
PATIENCE = 300.0
MOST_GROWTH = 1.1
ROLE = "arn:aws:iam::123456789012:role/day"
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}
SCRIPT = "print('a line of a script')"


@dataclass
class Watch:
    """A clock that stands still until it is set."""

    instant: datetime = datetime(2026, 11, 28, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present instant."""
        return self.instant


@dataclass(frozen=True)
class Taken:
    """What the server takes: megabytes of all its processes, handles and threads of its own."""

    mb: float
    handles: int
    threads: int


def main(words: Sequence[str] | None = None) -> int:
    """0 if it ends where it began."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    given = parser.parse_args(words)
    watch, found = Watch(), list[Taken]()
    with (
        TemporaryDirectory() as folder,
        clock.told_by(watch),
        GlueServer(data_dir=Path(folder) / "data", workers=1) as server,
    ):
        s3, glue, logs = (server.client(name) for name in ("s3", "glue", "logs"))
        furnish(s3, glue)
        for number in range(given.hours):
            hour(watch, glue, logs, number)
            found.append(taken())
            print(f"  {watch.instant:%H:%M} {found[-1]}", flush=True)
    first, last = found[min(WARM_UP, len(found)) - 1], found[-1]
    print(f"after {WARM_UP} hours {first}, after {given.hours} {last}")
    fine = last.mb <= MOST_GROWTH * first.mb and last.handles <= first.handles
    return 0 if fine and last.threads <= first.threads else 1


def furnish(s3: Any, glue: Any) -> None:
    """What stays all day: two schedules, and the data."""
    s3.create_bucket(Bucket="day")
    for key, body in (("people/p.csv", PEOPLE), ("answers.csv", ANSWERS), ("s.py", SCRIPT)):
        s3.put_object(Bucket="day", Key=key, Body=body)
    often, hourly = "cron(0/10 * * * ? *)", "cron(5 * * * ? *)"
    for name, when in (("often", often), ("hourly", hourly), ("idle", "")):
        glue.create_crawler(
            Name=name,
            Role=ROLE,
            DatabaseName=name,
            Targets={"S3Targets": [{"Path": "s3://day/people/"}]},
            Schedule=when,
        )


def hour(watch: Watch, glue: Any, logs: Any, number: int) -> None:
    """An hour: schedules fire every ten minutes, then runs of all kinds, then all is deleted."""
    for _ in range(6):
        watch.instant += timedelta(minutes=10)
        stir(glue)
        until(lambda: at_rest(glue, watch.instant), "the crawls of a schedule")
    name = f"hour-{number}"
    transform = teach(glue, name)
    glue.create_job(
        Name=name,
        Role=ROLE,
        Command={"Name": "pythonshell", "ScriptLocation": "s3://day/s.py"},
    )
    run = glue.start_job_run(JobName=name)["JobRunId"]
    of_job = lambda: glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"]  # noqa: E731
    until(lambda: of_job() in ENDED, "a run of a job")
    glue.delete_job(JobName=name)
    glue.delete_ml_transform(TransformId=transform)
    glue.delete_database(Name=name)
    for group in logs.describe_log_groups()["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])


def teach(glue: Any, name: str) -> str:
    """A table and a transform that learns, matches nothing and is evaluated."""
    glue.create_database(DatabaseInput={"Name": name})
    serde = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    storage = {
        "Columns": [{"Name": column, "Type": kind} for column, kind in TABLE],
        "Location": "s3://day/people/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
    }
    described = {"classification": "csv", "skip.header.line.count": "1"}
    table = {"Name": "people", "StorageDescriptor": storage, "Parameters": described}
    glue.create_table(DatabaseName=name, TableInput=table)
    transform: str = glue.create_ml_transform(
        Name=name,
        Role=ROLE,
        InputRecordTables=[{"DatabaseName": name, "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )["TransformId"]
    asked = {"TransformId": transform}
    for start in (
        lambda: glue.start_import_labels_task_run(**asked, InputS3Path="s3://day/answers.csv"),
        lambda: glue.start_ml_evaluation_task_run(**asked),
        lambda: glue.start_export_labels_task_run(**asked, OutputS3Path="s3://day/out/"),
    ):
        run = start()["TaskRunId"]
        until(partial(ended, glue, transform, run), "a task run")
    return transform


def ended(glue: Any, transform: str, run: str) -> bool:
    """Whether a task run has."""
    return glue.get_ml_task_run(TransformId=transform, TaskRunId=run)["Status"] in ENDED


def stir(glue: Any) -> None:
    """Have the worker look at the clock, which we have set."""
    glue.update_crawler(Name="idle", Description="the same")


def at_rest(glue: Any, now: datetime) -> bool:
    """Whether what is due by now has begun, and ended."""
    crawlers = {crawler["Name"]: crawler for crawler in glue.get_crawlers()["Crawlers"]}
    last = crawlers["often"].get("LastCrawl")
    begun = last is not None and last["StartTime"] >= now
    return begun and all(crawler["State"] == "READY" for crawler in crawlers.values())


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something. Raises AssertionError."""
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        pause.wait(0.05)


def taken() -> Taken:
    """What the server takes now, with this program around it."""
    gc.collect()
    handles = len(os.listdir("/proc/self/fd"))
    return Taken(round(memory(os.getpid()), 1), handles, threading.active_count())


if __name__ == "__main__":
    sys.exit(main())
