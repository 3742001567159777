"""Task runs as a kind of work, over a real catalog and without processes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gluematch.models import clock, ids
from gluematch.models.catalog import labels, task_runs, trained, transforms
from gluematch.models.catalog.labels import LabelRow
from gluematch.models.catalog.store import Catalog, ScopedCatalog, open_catalog
from gluematch.models.catalog.task_runs import TaskRun
from gluematch.models.catalog.transforms import Transform
from gluematch.models.scope import Scope
from gluematch.models.tasks.child import body_named
from gluematch.models.tasks.imports import Model, Result
from gluematch.models.tasks.runs import TaskRuns
from gluematch.models.tasks.work import (
    CRASHED,
    Failed,
    State,
    Stopped,
    Succeeded,
    TimedOut,
    Work,
    WorkError,
)
from gluematch.models.tasks.worker import BODIES

SCOPE = Scope("123456789012", "eu-central-1")
KIND = TaskRuns()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Catalog]:
    catalog = open_catalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


@pytest.fixture
def catalog(store: Catalog) -> ScopedCatalog:
    return store.within(SCOPE)


def add_transform(catalog: ScopedCatalog, name: str = "people", key: str = "id") -> str:
    now = clock.now()
    document = {
        "Parameters": {"FindMatchesParameters": {"PrimaryKeyColumnName": key}},
        "InputRecordTables": [{"DatabaseName": "db", "TableName": "people"}],
    }
    columns = (("id", "bigint"), ("name", "string"))
    made = Transform(ids.transform_id(), name, document, "NOT_READY", columns, 0, None, now, now)
    with catalog.begin() as tx:
        transforms.create(tx, made)
    return made.transform_id


def add_run(
    catalog: ScopedCatalog,
    transform_id: str,
    task_type: str = "IMPORT_LABELS",
    status: str = "STARTING",
    **request: Any,
) -> str:
    now = clock.now() - timedelta(seconds=5)
    if task_type == "IMPORT_LABELS":
        request.setdefault("InputS3Path", "s3://bucket/labels.csv")
    request = {name: value for name, value in request.items() if value is not None}
    claimed = None if status == "STARTING" else now
    run = TaskRun(
        transform_id, ids.task_run_id(), task_type, status, request, None, 0, 60, 0.0,
        now, claimed, now, None,
    )  # fmt: skip
    with catalog.begin() as tx:
        task_runs.create(tx, run)
    return run.task_run_id


def get(catalog: ScopedCatalog, transform_id: str, run_id: str) -> TaskRun:
    with catalog.read() as tx:
        return task_runs.get(tx, transform_id, run_id)


def works(store: Catalog) -> dict[str, Work]:
    return {work.work_id: work for work in KIND.open_works(store)}


def claim(store: Catalog, run_id: str) -> bool:
    with store.within(SCOPE).begin() as tx:
        return KIND.claim(tx, works(store)[run_id])


@pytest.mark.parametrize("body", BODIES)
def test_every_body_that_is_named_is_there(body: str) -> None:
    assert callable(body_named(body))


def test_open_rows_are_works_and_closed_ones_are_not(
    store: Catalog, catalog: ScopedCatalog
) -> None:
    transform = add_transform(catalog)
    made = {
        status: add_run(catalog, transform, status=status, MaxRetries=2)
        for status in ("STARTING", "RUNNING", "STOPPING", "SUCCEEDED", "FAILED", "STOPPED")
    }
    found = works(store)
    assert {made[status]: found[made[status]].state for status in list(made)[:3]} == {
        made["STARTING"]: State.WAITING,
        made["RUNNING"]: State.RUNNING,
        made["STOPPING"]: State.STOPPING,
    }
    assert len(found) == 3
    work = found[made["STARTING"]]
    assert (work.scope, work.retries, work.timeout) == (SCOPE, 2, timedelta(minutes=60))
    assert (work.log_group, work.log_stream) == ("/aws-glue/mlTransform", made["STARTING"])


def test_after_a_crash_rows_tell_what_happened(store: Catalog, catalog: ScopedCatalog) -> None:
    transform = add_transform(catalog)
    ran = add_run(catalog, transform, status="RUNNING")
    stopping = add_run(catalog, transform, status="STOPPING")
    waiting = add_run(catalog, transform)
    relearning = add_run(catalog, transform, status="RUNNING", InputS3Path=None)
    elsewhere = add_run(catalog, transform, status="RUNNING")
    with store.connect() as connection:
        KIND.recover(connection, {elsewhere})
    run = get(catalog, transform, ran)
    assert (run.status, run.error) == ("FAILED", CRASHED)
    assert run.completed is not None
    assert get(catalog, transform, stopping).status == "STOPPED"
    assert get(catalog, transform, waiting).status == "STARTING"
    assert get(catalog, transform, relearning).status == "STARTING"
    assert get(catalog, transform, elsewhere).status == "RUNNING"


def test_a_row_is_claimed_once(store: Catalog, catalog: ScopedCatalog) -> None:
    transform = add_transform(catalog)
    run_id = add_run(catalog, transform, "EVALUATION")
    work = works(store)[run_id]
    with catalog.begin() as tx:
        assert KIND.claim(tx, work)
        assert not KIND.claim(tx, work)
    run = get(catalog, transform, run_id)
    assert run.status == "RUNNING"
    assert run.claimed is not None


@pytest.mark.parametrize("task_type", ["IMPORT_LABELS", "LABELING_SET_GENERATION"])
def test_runs_that_build_on_each_other_go_one_at_a_time(
    store: Catalog, catalog: ScopedCatalog, task_type: str
) -> None:
    transform, other = add_transform(catalog), add_transform(catalog, "other")
    first, second = (add_run(catalog, transform, task_type) for _ in range(2))
    third = add_run(catalog, other, task_type)
    evaluation = add_run(catalog, transform, "EVALUATION")
    assert claim(store, first)
    assert not claim(store, second)
    assert claim(store, third)
    assert claim(store, evaluation)
    with catalog.begin() as tx:
        KIND.conclude(tx, works(store)[first], Failed("no"))
    assert claim(store, second)


def learned(key: str = "id") -> Result:
    rows = tuple(LabelRow("s", "A", str(n), {"id": str(n), "name": "n"}) for n in range(2))
    return Result(rows, 0, Model({"version": 1}, b""), key)


def test_a_result_is_applied_with_the_end_of_its_run(
    store: Catalog, catalog: ScopedCatalog
) -> None:
    transform = add_transform(catalog)
    run_id = add_run(catalog, transform)
    assert claim(store, run_id)
    with catalog.begin() as tx:
        lines = KIND.conclude(tx, works(store)[run_id], Succeeded(learned()))
    assert lines[0] == "The transform has 2 labelled rows and is READY"
    run = get(catalog, transform, run_id)
    assert (run.status, run.progress) == ("SUCCEEDED", 1.0)
    with catalog.read() as tx:
        found = transforms.get(tx, transform)
        assert (found.status, found.label_count) == ("READY", 2)
        assert trained.get(tx, transform) is not None
        assert labels.count(tx, transform) == 2


def test_a_run_that_was_cancelled_keeps_nothing_of_its_result(
    store: Catalog, catalog: ScopedCatalog
) -> None:
    transform = add_transform(catalog)
    run_id = add_run(catalog, transform)
    assert claim(store, run_id)
    work = works(store)[run_id]
    with catalog.begin() as tx:
        task_runs.advance(tx, run_id, ("RUNNING",), status="STOPPING")
        KIND.conclude(tx, work, Succeeded(learned()))
    assert get(catalog, transform, run_id).status == "STOPPED"
    with catalog.read() as tx:
        assert labels.count(tx, transform) == 0


def test_labels_read_under_a_primary_key_of_the_past_are_not_kept(
    store: Catalog, catalog: ScopedCatalog
) -> None:
    transform = add_transform(catalog, key="name")
    run_id = add_run(catalog, transform)
    with (
        catalog.begin() as tx,
        pytest.raises(WorkError, match="primary key of the transform changed"),
    ):
        KIND.conclude(tx, works(store)[run_id], Succeeded(learned("id")))


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        (Failed("no such key"), "FAILED", "no such key"),
        (Stopped(), "STOPPED", None),
        (TimedOut(), "TIMEOUT", "The run took longer than its timeout of 60 minutes."),
    ],
)
def test_other_ends_are_written_down(
    store: Catalog, catalog: ScopedCatalog, outcome: Any, status: str, error: str | None
) -> None:
    transform = add_transform(catalog)
    run_id = add_run(catalog, transform, "EVALUATION")
    assert claim(store, run_id)
    with catalog.begin() as tx:
        lines = KIND.conclude(tx, works(store)[run_id], outcome)
    run = get(catalog, transform, run_id)
    assert (run.status, run.error) == (status, error)
    assert lines[-1].startswith(f"EVALUATION {status} after ")


def test_the_end_of_a_run_whose_transform_was_deleted_is_silent(
    store: Catalog, catalog: ScopedCatalog
) -> None:
    transform = add_transform(catalog)
    run_id = add_run(catalog, transform)
    assert claim(store, run_id)
    work = works(store)[run_id]
    with catalog.begin() as tx:
        transforms.delete(tx, transform)
        assert KIND.conclude(tx, work, Succeeded(learned())) == [
            "The transform was deleted, and this run with it"
        ]
    assert works(store) == {}
