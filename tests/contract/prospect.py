"""A bucket of its own and a crawler over it: what tests of crawls share."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from waiting import until

from gluematch.server.testing import GlueServer

ACCOUNTS = itertools.count(320_000_000_000)
ROLE = "arn:aws:iam::123456789012:role/service-role/Crawling"

PEOPLE = b"id,name,height\n1,Ann,1.7\n2,Bob,1.8\n"
PETS = b"pet,owner,legs\nRex,1,4\nTweety,2,2\n"


@dataclass
class Prospect:
    """The clients of one account, and the steps that tests of crawls take."""

    server: GlueServer
    account: str = field(default_factory=lambda: str(next(ACCOUNTS)))

    def __post_init__(self) -> None:
        # Bucket names belong to one account at a time, as on AWS.
        self.bucket = f"prospect-{self.account}"
        self.uri = f"s3://{self.bucket}/"
        self.glue = self.server.client("glue", account=self.account)
        self.s3 = self.server.client("s3", account=self.account)
        self.logs = self.server.client("logs", account=self.account)
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, **objects: bytes) -> None:
        """Objects by their keys."""
        for key, data in objects.items():
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def drop(self, *keys: str) -> None:
        for key in keys:
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def create(self, path: str = "", name: str = "crawler", **settings: Any) -> None:
        """A crawler of one S3 target; `exclusions` and `sample` are the target's."""
        target: dict[str, Any] = {"Path": f"s3://{self.bucket}/{path}"}
        if "exclusions" in settings:
            target["Exclusions"] = settings.pop("exclusions")
        if "sample" in settings:
            target["SampleSize"] = settings.pop("sample")
        settings.setdefault("Targets", {"S3Targets": [target]})
        if "configuration" in settings:
            settings["Configuration"] = json.dumps({"Version": 1.0, **settings["configuration"]})
            del settings["configuration"]
        self.glue.create_crawler(Name=name, **{"Role": ROLE, "DatabaseName": "db", **settings})

    def run(self, name: str = "crawler") -> dict[str, Any]:
        """Start a crawl, wait for its end, and give its record in the history."""
        self.glue.start_crawler(Name=name)
        return self.ended(name)

    def ended(self, name: str = "crawler") -> dict[str, Any]:
        until(lambda: self.crawler(name)["State"] == "READY", "the end of a crawl")
        return self.glue.list_crawls(CrawlerName=name)["Crawls"][0]

    def crawl(self, path: str = "", **settings: Any) -> dict[str, dict[str, Any]]:
        """Crawl once, and give the tables by their names."""
        self.create(path, **settings)
        record = self.run()
        assert record["State"] == "COMPLETED", record
        return self.tables()

    def crawler(self, name: str = "crawler") -> dict[str, Any]:
        return self.glue.get_crawler(Name=name)["Crawler"]

    def tables(self, database: str = "db") -> dict[str, dict[str, Any]]:
        listed = self.glue.get_tables(DatabaseName=database)["TableList"]
        return {table["Name"]: table for table in listed}

    def partitions(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        listed = self.glue.get_partitions(DatabaseName="db", TableName=table)["Partitions"]
        return {tuple(one["Values"]): one for one in listed}

    def lines(self, name: str = "crawler") -> list[str]:
        events = self.logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=name)
        return [event["message"] for event in events["events"]]


def columns(table: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and types of a table's, or a partition's, columns."""
    return [(one["Name"], one["Type"]) for one in table["StorageDescriptor"]["Columns"]]


def changes(record: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The counts of a crawl's Summary."""
    return {
        entity: {action: json.loads(text)["Count"] for action, text in actions.items()}
        for entity, actions in json.loads(record["Summary"]).items()
    }
