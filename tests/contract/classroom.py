"""An account of its own with a table of people, of whom it is known who is whom."""

import csv
import io
import itertools
import json
import random
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.testing import GlueServer

ACCOUNTS = itertools.count(300_000_000_000)
NUMBERS = itertools.count(1)
COLUMNS = [
    ("id", "bigint"),
    ("first", "string"),
    ("last", "string"),
    ("city", "string"),
    ("born", "bigint"),
]
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"}

FIRST = ("Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo", "Mia")
LAST = ("Smith", "Miller", "Jones", "Brown", "Davis", "Wilson", "Moore", "Taylor", "Clark", "King")
CITY = ("Ulm", "Bonn", "Kiel", "Trier", "Jena", "Mainz")


@dataclass(frozen=True)
class Person:
    """A row of the table, and whose row it is."""

    cells: tuple[str, ...]
    who: str


def people(persons: int, seed: int = 1) -> list[Person]:
    """One to three rows for each person, with misspelt names in some of them."""
    chance = random.Random(seed)
    rows: list[Person] = []
    for person in range(persons):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        city, born = chance.choice(CITY), str(chance.randint(1930, 2005))
        for _ in range(chance.choice([1, 2, 2, 3])):
            written = first if chance.random() < 0.6 else first[:-1] + chance.choice("aeiou")
            surname = last if chance.random() < 0.8 else last + "e"
            rows.append(Person((str(len(rows) + 1), written, surname, city, born), str(person)))
    return rows


@dataclass
class Classroom:
    """The clients of one account, its table, and steps that many tests take."""

    server: GlueServer
    persons: int = 60
    account: str = field(default_factory=lambda: str(next(ACCOUNTS)))
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        client = self.server.client
        self.glue = client("glue", account=self.account, region=self.region)
        self.s3 = client("s3", account=self.account, region=self.region)
        self.logs = client("logs", account=self.account, region=self.region)
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": "db"})
        self.add_table("people", self.rows)

    @property
    def bucket(self) -> str:
        """Bucket names are unique among all accounts."""
        return f"aws-glue-{self.account}"

    @cached_property
    def rows(self) -> list[Person]:
        return people(self.persons)

    def add_table(self, name: str, rows: list[Person]) -> None:
        cells = [[column for column, _ in COLUMNS], *(row.cells for row in rows)]
        self.put(f"{name}/{name}.csv", csv_text(cells))
        self.glue.create_table(
            DatabaseName="db", TableInput=table_input(name, COLUMNS, f"s3://{self.bucket}/{name}/")
        )

    def put(self, key: str, data: str | bytes) -> str:
        body = data.encode() if isinstance(data, str) else data
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def objects(self, prefix: str) -> dict[str, str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        keys = [entry["Key"] for entry in listed]
        return {key: self.read(key).decode() for key in keys}

    def read(self, key: str) -> bytes:
        data: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return data

    def transform(self, name: str | None = None, **more: Any) -> str:
        name = name or f"people-{next(NUMBERS)}"
        made = self.glue.create_ml_transform(**transform_request(name, **more))
        transform_id: str = made["TransformId"]
        return transform_id

    def tune(self, transform_id: str, **parameters: Any) -> None:
        found = {"PrimaryKeyColumnName": "id", **parameters}
        self.glue.update_ml_transform(
            TransformId=transform_id,
            Parameters={"TransformType": "FIND_MATCHES", "FindMatchesParameters": found},
        )

    def run(self, transform_id: str, run_id: str) -> dict[str, Any]:
        return self.glue.get_ml_task_run(TransformId=transform_id, TaskRunId=run_id)

    def finished(self, transform_id: str, run_id: str) -> dict[str, Any]:
        """The run, once it has ended."""

        def ended() -> dict[str, Any] | None:
            found = self.run(transform_id, run_id)
            return found if found["Status"] in ENDED else None

        found: dict[str, Any] = until(ended, f"{run_id} to end")
        return found

    def succeeded(self, transform_id: str, run_id: str) -> dict[str, Any]:
        found = self.finished(transform_id, run_id)
        assert found["Status"] == "SUCCEEDED", found.get("ErrorString")
        return found

    def log(self, run_id: str) -> list[str]:
        events = self.logs.get_log_events(
            logGroupName="/aws-glue/mlTransform", logStreamName=run_id, startFromHead=True
        )
        return [event["message"] for event in events["events"]]

    def generate(self, transform_id: str, folder: str = "sets") -> list[list[str]]:
        """The rows of a fresh labelling set file, header first."""
        before = self.objects(f"{folder}/")
        started = self.glue.start_ml_labeling_set_generation_task_run(
            TransformId=transform_id, OutputS3Path=f"s3://{self.bucket}/{folder}/"
        )
        self.succeeded(transform_id, started["TaskRunId"])
        after = self.objects(f"{folder}/")
        (fresh,) = after.keys() - before.keys()
        return csv_rows(after[fresh])

    def answered(self, rows: list[list[str]]) -> str:
        """A labelling set file as a person who knows everybody gives it back."""
        known = {row.cells[0]: row.who for row in self.rows}
        place = rows[0].index("id")
        return csv_text([rows[0], *([r[0], known[r[place]], *r[2:]] for r in rows[1:])])

    def start_import(self, transform_id: str, text: str | bytes, **more: Any) -> str:
        path = self.put("answers/labels.csv", text)
        started = self.glue.start_import_labels_task_run(
            TransformId=transform_id, InputS3Path=path, **more
        )
        run_id: str = started["TaskRunId"]
        return run_id

    def imported(self, transform_id: str, text: str | bytes, **more: Any) -> str:
        """The id of an import that has succeeded."""
        run_id = self.start_import(transform_id, text, **more)
        self.succeeded(transform_id, run_id)
        return run_id

    @cached_property
    def lesson(self) -> str:
        """A label file that teaches enough, the same for every transform of the table."""
        return self.answered(self.generate(self.transform("lesson"), "lesson"))

    def taught(self, name: str | None = None, **more: Any) -> str:
        """A transform that is READY."""
        transform_id = self.transform(name, **more)
        self.imported(transform_id, self.lesson)
        return transform_id

    def labels(self, *rows: tuple[str, str, int]) -> str:
        """A label file of (set, label, place of the row in the table, from 1)."""
        header = ["labeling_set_id", "label", *(name for name, _ in COLUMNS)]
        cells = ([s, label, *self.rows[place - 1].cells] for s, label, place in rows)
        return csv_text([header, *cells])

    def get(self, route: str) -> tuple[int, dict[str, Any]]:
        """Status and answer of a route of our own that is read."""
        return self.post(route, None)

    def post(self, route: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer of a route of our own."""
        credential = f"{self.account}/20260101/{self.region}/glue/aws4_request"
        request = urllib.request.Request(
            f"{self.server.url}/_gluematch/{route}",
            None if body is None else json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
                "SignedHeaders=host, Signature=0",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


def transform_request(name: str = "people", **more: Any) -> dict[str, Any]:
    """A CreateMLTransform request; a member given as None is left out."""
    request = {
        "Name": name,
        "InputRecordTables": [{"DatabaseName": "db", "TableName": "people"}],
        "Parameters": {
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
        "Role": "AWSGlueServiceRole-people",
        **more,
    }
    return {key: value for key, value in request.items() if value is not None}


def table_input(name: str, columns: list[tuple[str, str]], location: str) -> dict[str, Any]:
    """A TableInput as a crawler writes it for CSV files with a header."""
    return {
        "Name": name,
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": location,
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"field.delim": ","},
            },
        },
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
    }


def csv_text(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def csv_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def refusal(call: Any, /, **request: Any) -> tuple[str, str]:
    """Code and message of the error, a client's fault, that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
