"""What keeps a script from being started."""

from pathlib import Path

import pytest

from gluematch.models.datasets.access import Access, AwsAccess
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.jobs.launching import Job
from gluematch.models.jobs.staging import CannotRun, Order, stage

NOWHERE = AwsAccess("http://127.0.0.1:1", "us-east-1", "111122223333", "secret")


def staged(kind: str, place: str, where: Path, *, spark: bool) -> None:
    command = {"Name": kind, "ScriptLocation": place}
    order = Order(Job("j", "j_1", "jr_1"), command, {}, where / "run")
    stage(order, ObjectStore(NOWHERE), Access(NOWHERE, NOWHERE), has_spark=spark)


def test_a_glueetl_job_without_pyspark_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"pip install 'gluematch\[spark\]'"):
        staged("glueetl", "s3://bucket/script.py", tmp_path, spark=False)


@pytest.mark.parametrize(
    "place", ["", "script.py", "s3://bucket", "s3://bucket/folder/", "s3://b/.."]
)
def test_a_place_that_is_none_is_refused_in_words(place: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="is not the place of a file"):
        staged("pythonshell", place, tmp_path, spark=True)
