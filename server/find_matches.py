"""`gluematch find-matches`: ask a running server to match a table, and follow the run.

A client like any other: it posts to the server's route, signed where credentials are found,
and follows with GetMLTaskRun and the run's log.
"""

import argparse
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from .client import INTERRUPTED, Refused, Server
from .progress_bar import ProgressBar

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_logs import CloudWatchLogsClient

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
_PAUSE = 0.5


def add_arguments(parser: argparse.ArgumentParser, endpoint_url: str) -> None:
    """Declare the command's flags."""
    add = parser.add_argument
    add("--transform-id", required=True, metavar="ID", help="a transform that is READY")
    add("--output", required=True, metavar="S3_PATH", help="such as s3://bucket/path/")
    add(
        "--format",
        choices=("csv", "json", "parquet"),
        default="csv",
        help="its format (%(default)s)",
    )
    add("--confidence", action="store_true", help="write match_confidence_score as well")
    add("--database", help="match a table of this database ...")
    add("--table", help="... and this name, instead of the transform's own")
    add("--follow", action="store_true", help="show how far it is, until its end")
    add("--endpoint-url", default=endpoint_url, metavar="URL", help="the server (%(default)s)")
    add("--region", help="the region of the transform, else as the AWS CLI finds it")


def run(given: argparse.Namespace, default_region: str) -> int:
    """Do what the flags say; the exit code. Raises Refused."""
    try:
        server = Server.reached(given.endpoint_url, given.region, default_region)
        task_run = server.post("find-matches", _request(given))["TaskRunId"]
    except BotoCoreError as error:
        raise Refused(str(error)) from None
    try:
        print(task_run, flush=True)
        if not given.follow:
            return 0
        return _follow(server, given.transform_id, task_run, given.output)
    except KeyboardInterrupt:
        cancel = f"glue cancel-ml-task-run --transform-id {given.transform_id}"
        words = f"aws --endpoint-url {server.url} {cancel} --task-run-id {task_run}"
        print(f"\nThe run goes on. To cancel it:\n  {words}", file=sys.stderr)
        return INTERRUPTED
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"the run {task_run} cannot be followed any more: {error}") from None


def _request(given: argparse.Namespace) -> dict[str, Any]:
    if (given.database is None) != (given.table is None):
        raise Refused("--database and --table go together")
    request = {
        "TransformId": given.transform_id,
        "OutputS3Path": given.output,
        "Format": given.format,
        "ComputeMatchConfidenceScores": given.confidence,
    }
    if given.table is not None:
        request["InputTable"] = {"DatabaseName": given.database, "TableName": given.table}
    return request


def _follow(server: Server, transform: str, task_run: str, output: str) -> int:
    glue: GlueClient = server.client("glue")
    lines = _Lines(server.client("logs"), task_run)
    bar = ProgressBar(sys.stderr)
    pause = threading.Event()
    while True:
        found = glue.get_ml_task_run(TransformId=transform, TaskRunId=task_run)
        for line in lines.new(found.get("LogGroupName")):
            bar.show(line)
        if found["Status"] in ENDED:
            break
        pause.wait(_PAUSE)
    bar.end()
    if found["Status"] == "SUCCEEDED":
        print(f"Matched: {output}", file=sys.stderr)
        return 0
    why = found.get("ErrorString") or "no reason given"
    print(f"gluematch: the run ended {found['Status']}: {why}", file=sys.stderr)
    return 1


class _Lines:
    """The lines of a run's log that have not been read yet."""

    def __init__(self, logs: "CloudWatchLogsClient", stream: str) -> None:
        self._logs = logs
        self._stream = stream
        self._token: str | None = None

    def new(self, group: str | None) -> Iterator[str]:
        if group is None:
            return
        more = {} if self._token is None else {"nextToken": self._token}
        try:
            answer = self._logs.get_log_events(
                logGroupName=group,
                logStreamName=self._stream,
                startFromHead=True,
                **more,  # type: ignore[arg-type]  # a token is the only thing in it
            )
        except self._logs.exceptions.ResourceNotFoundException:
            return  # nothing has been said yet
        self._token = answer["nextForwardToken"]
        for event in answer["events"]:
            yield event["message"]
