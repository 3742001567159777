"""A script's place inside a test: the names that it imports, a context, an account of its own."""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from classroom import Classroom

import gluematch.models.jobs.spark

RUNTIME = Path(gluematch.models.jobs.spark.__file__).parent / "runtime"

PYSPARK_LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


class Desk:
    """Where a test writes what a script would: `glue` is its GlueContext."""

    def __init__(self, room: Classroom, spark: Any, patch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.bucket = room.bucket
        patch.setenv("AWS_ENDPOINT_URL", room.server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", room.account)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        patch.setenv("AWS_DEFAULT_REGION", room.region)
        self.patch = patch
        patch.syspath_prepend(str(RUNTIME))
        self.spark = spark
        self.glue = self.begin("desk", "jr_desk")

    def begin(self, job: str, run: str) -> Any:
        """The GlueContext of a run of a job."""
        from awsglue.context import GlueContext

        self.patch.setenv("GLUEMATCH_JOB_NAME", job)
        self.patch.setenv("GLUEMATCH_JOB_RUN_ID", run)
        return GlueContext(self.spark.sparkContext)

    def put(self, key: str, data: str | bytes) -> str:
        """The folder of an object that was put there."""
        return self.room.put(key, data).rpartition("/")[0] + "/"

    def frame(self, key: str, data: str | bytes, form: str, **options: Any) -> Any:
        """A DynamicFrame of one object."""
        self.put(key, data)
        return self.glue.create_dynamic_frame.from_options(
            "s3", {"paths": [f"s3://{self.bucket}/{key}"]}, form, options
        )

    def write(self, frame: Any, folder: str, form: str, **more: Any) -> dict[str, bytes]:
        """What a frame became in S3, by key."""
        connection = {"path": f"s3://{self.bucket}/{folder}", **more.pop("connection", {})}
        self.glue.write_dynamic_frame.from_options(
            frame=frame,
            connection_type="s3",
            connection_options=connection,
            format=form,
            format_options=more,
        )
        listed = self.room.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{folder}/")
        return {one["Key"]: self.room.read(one["Key"]) for one in listed.get("Contents", [])}


def desk_of(room: Classroom, spark: Any) -> Iterator[Desk]:
    """A desk for a module's tests; what pyspark leaves behind is swept up at their end."""
    with pytest.MonkeyPatch.context() as patch:
        yield Desk(room, spark, patch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def rows(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame as dicts."""
    return [row.asDict(recursive=True) for row in frame.toDF().collect()]
