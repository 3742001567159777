"""Job runs as a kind of work: what becomes of the row, whichever way a run ends."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gluematch.models.catalog import job_runs
from gluematch.models.catalog.job_runs import JobRun
from gluematch.models.catalog.store import Catalog, open_catalog
from gluematch.models.scope import Scope
from gluematch.models.tasks.job_runs import JobRuns
from gluematch.models.tasks.work import Failed, Outcome, Succeeded, TimedOut

SCOPE = Scope("123456789012", "us-east-1")
NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Any:
    opened = open_catalog(tmp_path / "catalog.db", durable=False)
    yield opened
    opened.close()


@pytest.fixture
def kind(tmp_path: Path) -> JobRuns:
    return JobRuns(tmp_path / "jobs", (), slots=1)


def record(catalog: Catalog, status: str = "RUNNING", max_retries: int = 0) -> None:
    settled = ({}, {"Arguments": {}}, 0, max_retries, None, None, 90, NOW, NOW, NOW, None)
    with catalog.within(SCOPE).begin() as tx:
        job_runs.create(tx, JobRun("jr_1", "job", status, *settled))


def concluded(catalog: Catalog, kind: JobRuns, outcome: Outcome) -> dict[str, JobRun]:
    (work,) = kind.open_works(catalog)
    with catalog.within(SCOPE).begin() as tx:
        kind.conclude(tx, work, outcome)
    return runs(catalog)


def runs(catalog: Catalog) -> dict[str, JobRun]:
    with catalog.within(SCOPE).read() as tx:
        return {run.run_id: run for run in job_runs.page(tx, "job", None, 9)}


def test_a_run_over_its_time_says_so_and_is_not_tried_again(
    catalog: Catalog, kind: JobRuns
) -> None:
    record(catalog, max_retries=3)
    (run,) = concluded(catalog, kind, TimedOut()).values()
    assert run.status == "TIMEOUT"
    assert run.error == "The run took longer than its timeout of 1.5 minutes."
    assert run.completed is not None


def test_a_result_that_comes_after_a_stop_changes_nothing(catalog: Catalog, kind: JobRuns) -> None:
    record(catalog, "STOPPING")
    (run,) = concluded(catalog, kind, Succeeded(None)).values()
    assert (run.status, run.error) == ("STOPPED", None)


def test_a_failure_with_retries_left_is_followed_by_another_run(
    catalog: Catalog, kind: JobRuns
) -> None:
    record(catalog, max_retries=1)
    found = concluded(catalog, kind, Failed("why"))
    again = found["jr_1_attempt_1"]
    assert (found["jr_1"].status, found["jr_1"].error) == ("FAILED", "why")
    assert (again.status, again.attempt, again.previous) == ("STARTING", 1, "jr_1")
    assert (again.claimed, again.completed, again.error) == (None, None, None)
    assert len(concluded(catalog, kind, Failed("why"))) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [("RUNNING", "FAILED"), ("STOPPING", "STOPPED"), ("STARTING", "STARTING")],
)
def test_after_a_crash_every_state_is_true(
    catalog: Catalog, kind: JobRuns, tmp_path: Path, before: str, after: str
) -> None:
    (tmp_path / "jobs" / "left").mkdir(parents=True)
    record(catalog, before)
    with catalog.connect() as connection:
        kind.recover(connection, set())
    assert runs(catalog)["jr_1"].status == after
    assert not [*(tmp_path / "jobs").iterdir()]


def test_what_another_server_runs_is_left_to_it(catalog, kind, tmp_path):
    place = tmp_path / "jobs" / "1-0"
    place.mkdir(parents=True)
    record(catalog, "RUNNING")
    with catalog.connect() as connection:
        kind.recover(connection, {"jr_1"})
    assert runs(catalog)["jr_1"].status == "RUNNING"
    assert place.exists()
