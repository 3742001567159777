"""A bucket of its own for scripts, and jobs that run them: what tests of job runs share."""

import itertools
import textwrap
from dataclasses import dataclass, field
from typing import Any

from waiting import until

from gluematch.server.testing import GlueServer

ACCOUNTS = itertools.count(330_000_000_000)
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}


@dataclass
class Foreman:
    """The clients of one account, and the steps that tests of job runs take."""

    server: GlueServer
    account: str = field(default_factory=lambda: str(next(ACCOUNTS)))
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        self.bucket = f"foreman-{self.account}"
        make = self.server.client
        self.glue = make("glue", account=self.account, region=self.region)
        self.s3 = make("s3", account=self.account, region=self.region)
        self.logs = make("logs", account=self.account, region=self.region)
        where = {"LocationConstraint": self.region}
        more = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": where}
        self.s3.create_bucket(Bucket=self.bucket, **more)

    def put(self, key: str, data: str | bytes) -> str:
        body = textwrap.dedent(data).encode() if isinstance(data, str) else data
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def job(self, script: str, name: str = "job", kind: str = "pythonshell", **more: Any) -> str:
        place = self.put(f"{name}.py", script)
        command = {"Name": kind, "ScriptLocation": place, "PythonVersion": "3"}
        self.glue.create_job(Name=name, Role="any", Command=command, **more)
        return name

    def start(self, name: str = "job", **more: Any) -> str:
        run_id: str = self.glue.start_job_run(JobName=name, **more)["JobRunId"]
        return run_id

    def show(self, run_id: str, name: str = "job") -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
        return run

    def ended(self, run_id: str, name: str = "job") -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            run = self.show(run_id, name)
            return run if run["JobRunState"] in ENDED else None

        found: dict[str, Any] = until(look, "the end of a run")
        return found

    def run(self, name: str = "job", **more: Any) -> dict[str, Any]:
        return self.ended(self.start(name, **more), name)

    def has(self, group: str, stream: str) -> bool:
        try:
            found = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)
        except self.logs.exceptions.ResourceNotFoundException:
            return False
        return bool(found["logStreams"])

    def printed(self, run_id: str, group: str = "/aws-glue/jobs/output") -> list[str]:
        if not self.has(group, run_id):
            return []
        pages, token = [], None
        while True:
            more = {} if token is None else {"nextToken": token}
            page = self.logs.get_log_events(
                logGroupName=group, logStreamName=run_id, startFromHead=True, **more
            )
            pages += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token or not page["events"]:
                return pages
            token = page["nextForwardToken"]
