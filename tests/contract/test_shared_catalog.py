"""A catalog in PostgreSQL, and servers that share it; these tests start a real one."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from database_servers import PostgreSQL
from foreman import Foreman
from programs import serving
from waiting import until

from gluematch.models import clock
from gluematch.models.catalog.store import CatalogError
from gluematch.models.tasks import heart
from gluematch.server.testing import GlueServer

pytestmark = pytest.mark.xdist_group("dear")
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


def test_servers_of_one_database_stop_each_others_runs_and_take_over_those_of_the_dead(
    url: str, hurry: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GlueServer() as buckets:
        foreman = Foreman(buckets)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", foreman.account)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        elsewhere = ["--database-url", url, "--s3-endpoint-url", buckets.url]
        with serving(tmp_path, *elsewhere) as program:
            where = f"catalog at postgresql://{url.rpartition('@')[2]}, buckets at {buckets.url}"
            assert f"({where})" in program.said
            foreman.glue = program.client("glue", account=foreman.account)
            foreman.job(WAITS_AT_FIRST, MaxRetries=1, ExecutionProperty={"MaxConcurrentRuns": 2})
            stopped, killed = foreman.start(), foreman.start()
            for run_id in (stopped, killed):
                until(lambda run_id=run_id: state(foreman, run_id) == "RUNNING", "the run")
            with GlueServer(database_url=url, s3_endpoint_url=buckets.url) as survivor:
                foreman.glue = survivor.client("glue", account=foreman.account)
                foreman.glue.batch_stop_job_run(JobName="job", JobRunIds=[stopped])
                until(lambda: state(foreman, stopped) == "STOPPED", "its end at the other server")
                assert state(foreman, killed) == "RUNNING"
                os.kill(program.process.pid, signal.SIGKILL)
                until(lambda: hurry() or state(foreman, killed) == "FAILED", "the lease to run out")
                assert "The server stopped" in foreman.show(killed)["ErrorMessage"]
                again = f"{killed}_attempt_1"
                until(lambda: state(foreman, again) == "SUCCEEDED", "the next attempt")


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
