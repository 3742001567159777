"""A catalog in PostgreSQL, and servers that share it; these tests start a real one."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from database_servers import PostgreSQL
from foreman import Foreman, until
from programs import serving

from gluematch.models import clock
from gluematch.models.catalog.store import CatalogError
from gluematch.models.tasks import heart
from gluematch.server.testing import GlueServer

pytestmark = pytest.mark.xdist_group("databases")
AT_ONCE = Config(retries={"max_attempts": 0})
WAITS_AT_FIRST = """
    import sys, threading
    if "_attempt_" not in sys.argv[sys.argv.index("--JOB_RUN_ID") + 1]:
        threading.Event().wait()
"""


@pytest.fixture
def url(postgresql_server: PostgreSQL) -> str:
    """The URL of an empty database."""
    return postgresql_server.database()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Hearts of this process beat quickly; by a call their clock goes on by a second."""
    now = [datetime(2026, 1, 1, tzinfo=UTC)]

    def go_on() -> None:
        now[0] += timedelta(seconds=1)

    monkeypatch.setattr(heart, "BEAT_SECONDS", 0.05)
    with clock.told_by(lambda: now[0]):
        yield go_on


def state(foreman: Foreman, run_id: str) -> str:
    return str(foreman.show(run_id)["JobRunState"])


def test_servers_of_one_database_show_the_same_and_stop_each_others_runs(
    url: str, hurry: Callable[[], None]
) -> None:
    with (
        GlueServer(database_url=url) as one,
        GlueServer(database_url=url, s3_endpoint_url=one.url) as other,
    ):
        foreman = Foreman(one)
        there = other.client("glue", account=foreman.account)
        foreman.job(WAITS_AT_FIRST)
        assert there.get_job(JobName="job")["Job"]["Name"] == "job"
        run_id = there.start_job_run(JobName="job")["JobRunId"]
        until(lambda: state(foreman, run_id) == "RUNNING", "the run at the other server")
        foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])
        until(lambda: state(foreman, run_id) == "STOPPED", "its end")


def test_the_run_of_a_server_that_was_killed_is_taken_over(
    url: str, hurry: Callable[[], None], tmp_path: Path
) -> None:
    with GlueServer(database_url=url) as survivor:
        foreman = Foreman(survivor)
        foreman.job(WAITS_AT_FIRST, MaxRetries=1)
        elsewhere = ["--database-url", url, "--s3-endpoint-url", survivor.url]
        with serving(tmp_path, *elsewhere) as program:
            there = program.client("glue", account=foreman.account)
            run_id = there.start_job_run(JobName="job")["JobRunId"]
            until(lambda: state(foreman, run_id) == "RUNNING", "the run at the other server")
            os.kill(program.process.pid, signal.SIGKILL)
            until(lambda: hurry() or state(foreman, run_id) == "FAILED", "the lease to run out")
        assert "The server stopped" in foreman.show(run_id)["ErrorMessage"]
        again = f"{run_id}_attempt_1"
        until(lambda: state(foreman, again) == "SUCCEEDED", "the next attempt, at the survivor")


def test_a_server_that_starts_again_takes_its_runs_up_at_once(url: str, tmp_path: Path) -> None:
    def served() -> Any:
        return serving(tmp_path, "--database-url", url)

    with served() as program:
        where = url.rpartition("@")[2]
        assert f"(catalog at postgresql://{where}, buckets in {tmp_path})" in program.said
        foreman = Foreman(program)  # type: ignore[arg-type]  # url and client are all it needs
        foreman.job(WAITS_AT_FIRST)
        run_id = foreman.start()
        until(lambda: state(foreman, run_id) == "RUNNING", "the run")
        os.kill(program.process.pid, signal.SIGKILL)
    with served() as program:
        foreman.glue = program.client("glue", account=foreman.account)
        until(lambda: state(foreman, run_id) == "FAILED", "the run of the time before to end")
        assert program.client("s3", account=foreman.account).list_buckets()["Buckets"]


def test_a_database_that_is_away_is_an_error_of_the_server_and_nothing_is_lost(
    postgresql_server: PostgreSQL, url: str, hurry: Callable[[], None]
) -> None:
    with GlueServer(database_url=url) as server:
        foreman = Foreman(server)
        glue = server.client("glue", account=foreman.account, config=AT_ONCE)
        foreman.job(WAITS_AT_FIRST)
        run_id = foreman.start()
        until(lambda: state(foreman, run_id) == "RUNNING", "the run")
        postgresql_server.stop()
        away = pytest.raises(glue.exceptions.InternalServiceException, match="does not answer")
        with away as refused:
            glue.get_job(JobName="job")
        with away:
            glue.create_database(DatabaseInput={"Name": "people"})
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        postgresql_server.start()
        glue.create_database(DatabaseInput={"Name": "people"})
        assert state(foreman, run_id) == "RUNNING"
        foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[run_id])
        until(lambda: state(foreman, run_id) == "STOPPED", "its end")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("keeper:", "stranger:"), "authentication failed"),
        (("/store", "/nowhere"), "does not exist"),
        (("127.0.0.1", "127.0.0.9"), "refused"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told_without_its_password(
    url: str, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(CatalogError, match=told) as error:
        GlueServer(database_url=url.replace(*change)).__enter__()
    secret = url.partition("keeper:")[2].partition("@")[0]
    assert secret not in str(error.value)
    assert "postgresql://" in str(error.value)
