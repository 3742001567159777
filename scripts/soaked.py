"""Things that the soak writes: each knows what the server has acknowledged, and what may be there.

A thing belongs to one thread. A change that was not acknowledged may have come about or not; what
is found then is what counts from there on. Anything else that is found is a loss.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from random import Random
from typing import Any

from botocore.exceptions import ClientError

Value = Any
Step = tuple[Value, Callable[[], Any]]
TABLE = [("id", "bigint"), ("first", "string"), ("last", "string")]
PEOPLE = "id,first,last\n1,Ann,Smith\n2,Ann,Smyth\n3,Bob,Jones\n4,Bob,Jonas\n"
ANSWERS = (
    "labeling_set_id,label,id,first,last\n"
    "a,x,1,Ann,Smith\na,x,2,Ann,Smyth\na,y,3,Bob,Jones\na,y,4,Bob,Jonas\n"
)


class Lost(Exception):
    """Something that was acknowledged is not there, or something else is."""


@dataclass(frozen=True, slots=True)
class Clients:
    """What one server is asked through; `aws` has the clients of other services, by name."""

    s3: Any
    glue: Any
    aws: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Thing(ABC):
    """One name on the server; `may_be` are all the values that it may have."""

    name: str
    may_be: list[Value] = field(default_factory=lambda: [None])

    def change(self, clients: Clients, chance: Random) -> None:
        """Ask for a change; when this returns, it is acknowledged."""
        wanted, ask = self.step(clients, chance)
        self.may_be.append(wanted)
        ask()
        self.may_be = [self.may_be[-1]]

    def check(self, clients: Clients) -> None:
        """Raises Lost where the server has anything else than it may have."""
        found = self.found(clients)
        if found not in self.may_be:
            raise Lost(f"{self.name} is {found!r}, not one of {self.may_be!r}")
        self.may_be = [found]

    @abstractmethod
    def step(self, clients: Clients, chance: Random) -> Step:
        """The value that a change leads to, and what asks for it."""

    @abstractmethod
    def found(self, clients: Clients) -> Value:
        """The value that the server has now."""


class Database(Thing):
    """Its description, or None."""

    def step(self, clients: Clients, chance: Random) -> Step:
        glue, now = clients.glue, self.may_be[0]
        text = f"{chance.random()}"
        told = {"Name": self.name, "Description": text}
        if now is None:
            return text, lambda: glue.create_database(DatabaseInput=told)
        if chance.random() < 0.3:
            return None, lambda: glue.delete_database(Name=self.name)
        return text, lambda: glue.update_database(Name=self.name, DatabaseInput=told)

    def found(self, clients: Clients) -> Value:
        try:
            return clients.glue.get_database(Name=self.name)["Database"]["Description"]
        except clients.glue.exceptions.EntityNotFoundException:
            return None


class Object(Thing):
    """The digest of its bytes, or None."""

    bucket = "plain"

    def step(self, clients: Clients, chance: Random) -> Step:
        s3, where = clients.s3, {"Bucket": self.bucket, "Key": self.name}
        if self.may_be[0] is not None and chance.random() < 0.3:
            if chance.random() < 0.5:
                return None, lambda: s3.delete_object(**where)
            doomed = {"Objects": [{"Key": self.name}]}
            return None, lambda: s3.delete_objects(Bucket=self.bucket, Delete=doomed)
        body = chance.randbytes(chance.choice([0, 10, 5_000, 300_000]))
        return _digest(body), lambda: s3.put_object(**where, Body=body)

    def found(self, clients: Clients) -> Value:
        return _object(clients.s3, self.bucket, self.name)


class Versions(Thing):
    """The digests of all versions and `-` for delete markers, oldest first, or None."""

    bucket = "versions"

    def step(self, clients: Clients, chance: Random) -> Step:
        s3, now = clients.s3, self.may_be[0] or ()
        where = {"Bucket": self.bucket, "Key": self.name}
        if now and chance.random() < 0.2:
            return (*now, "-"), lambda: s3.delete_object(**where)
        body = chance.randbytes(chance.choice([10, 5_000]))
        return (*now, _digest(body)), lambda: s3.put_object(**where, Body=body)

    def found(self, clients: Clients) -> Value:
        listed = clients.s3.list_object_versions(Bucket=self.bucket, Prefix=self.name)
        known = {one["VersionId"]: "-" for one in listed.get("DeleteMarkers", [])}
        for one in listed.get("Versions", []):
            where = {"Bucket": self.bucket, "Key": self.name, "VersionId": one["VersionId"]}
            known[one["VersionId"]] = _digest(clients.s3.get_object(**where)["Body"].read())
        # Several in one second: their number tells, and which is the latest.
        return tuple(sorted(known.values())) or None

    def check(self, clients: Clients) -> None:
        found = self.found(clients)
        for value in self.may_be:
            if found == (tuple(sorted(value)) if value else None):
                self.may_be = [value]
                return
        raise Lost(f"{self.name} has {found!r}, not one of {self.may_be!r}")


@dataclass
class Upload(Thing):
    """The digest of the object, and that of the part that an upload in progress has."""

    bucket = "plain"
    upload: str = ""
    may_be: list[Value] = field(default_factory=lambda: [(None, None)])

    def step(self, clients: Clients, chance: Random) -> Step:
        s3, (whole, part) = clients.s3, self.may_be[0]
        where = {"Bucket": self.bucket, "Key": self.name}
        if part is None:

            def begin() -> None:
                self.upload = s3.create_multipart_upload(**where)["UploadId"]
                self.may_be = [(whole, "")]

            return (whole, None), begin
        of = {**where, "UploadId": self.upload}
        if not part or chance.random() < 0.3:
            body = chance.randbytes(chance.choice([10, 300_000]))
            ask = lambda: s3.upload_part(**of, PartNumber=1, Body=body)  # noqa: E731
            return (whole, _digest(body)), ask
        if chance.random() < 0.2:
            return (whole, None), lambda: s3.abort_multipart_upload(**of)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
        return (part, None), lambda: s3.complete_multipart_upload(**of, MultipartUpload=parts)

    def found(self, clients: Clients) -> Value:
        whole = _object(clients.s3, self.bucket, self.name)
        if not self.upload:
            return whole, None
        of = {"Bucket": self.bucket, "Key": self.name, "UploadId": self.upload}
        try:
            parts = clients.s3.list_parts(**of).get("Parts", [])
        except clients.s3.exceptions.NoSuchUpload:
            return whole, None
        return whole, parts[0]["ETag"].strip('"') if parts else ""


@dataclass
class Imports:
    """The imports of labels into one transform: all that were acknowledged are known, and end."""

    transform: str
    acknowledged: list[str] = field(default_factory=list)

    def change(self, clients: Clients, _chance: Random) -> None:
        """Start one more, unless as many run as may."""
        try:
            started = clients.glue.start_import_labels_task_run(
                TransformId=self.transform, InputS3Path=f"s3://{Object.bucket}/answers.csv"
            )
        except clients.glue.exceptions.ResourceNumberLimitExceededException:
            return
        self.acknowledged.append(started["TaskRunId"])

    def check(self, clients: Clients) -> None:
        """Raises Lost where a run that was acknowledged is not known."""
        if lost := set(self.acknowledged) - self.states(clients).keys():
            raise Lost(f"runs that are not there: {lost}")

    def states(self, clients: Clients) -> dict[str, str]:
        """The state of each run, by its id."""
        found: dict[str, str] = {}
        token: dict[str, str] = {}
        while True:
            page = clients.glue.get_ml_task_runs(TransformId=self.transform, **token)
            found |= {run["TaskRunId"]: run["Status"] for run in page["TaskRuns"]}
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}


def furnish(clients: Clients) -> Imports:
    """Make the buckets, the table and the transform that the things need."""
    s3, glue = clients.s3, clients.glue
    for bucket in (Object.bucket, Versions.bucket):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=Versions.bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=Object.bucket, Key="people/people.csv", Body=PEOPLE)
    s3.put_object(Bucket=Object.bucket, Key="answers.csv", Body=ANSWERS)
    glue.create_database(DatabaseInput={"Name": "people"})
    serde = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in TABLE],
        "Location": f"s3://{Object.bucket}/people/",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
    }
    about = {"classification": "csv", "skip.header.line.count": "1"}
    told = {"Name": "people", "StorageDescriptor": storage, "Parameters": about}
    glue.create_table(DatabaseName="people", TableInput=told)
    made = glue.create_ml_transform(
        Name="people",
        Role="arn:aws:iam::123456789012:role/soak",
        InputRecordTables=[{"DatabaseName": "people", "TableName": "people"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
    )
    return Imports(made["TransformId"])


def _object(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return _digest(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None


def _digest(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()
