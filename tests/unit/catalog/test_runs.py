"""Rows of runs: claimed once, moved only from where they are, found again after a crash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from gluematch.models import clock
from gluematch.models.catalog import crawlers, crawls, task_runs
from gluematch.models.errors import EntityNotFoundException
from gluematch.models.scope import Scope

NOW = datetime(2024, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.both_stores
HERE, THERE = Scope("111111111111", "us-east-1"), Scope("222222222222", "eu-west-1")


def run(name, minute=0, status="STARTING", **more):
    started = NOW + timedelta(minutes=minute)
    values = {
        "transform_id": "t",
        "task_run_id": name,
        "task_type": "EVALUATION",
        "status": status,
        "request": {"ReplaceAllLabels": False},
        "error": None,
        "attempt": 0,
        "timeout_minutes": 2880,
        "progress": 0.0,
        "started": started,
        "claimed": None,
        "modified": started,
        "completed": None,
    }
    return task_runs.TaskRun(**values | more)


def crawl(name, minute=0, **more):
    started = NOW + timedelta(minutes=minute)
    return crawls.Crawl(name, "people", "RUNNING", started, None, {}, None, **more)


def test_a_run_comes_back_as_it_was_written(scoped):
    with scoped.begin() as tx:
        task_runs.create(tx, run("r"))
    with scoped.read() as tx:
        assert task_runs.get(tx, "t", "r") == run("r")
        with pytest.raises(EntityNotFoundException) as error:
            task_runs.get(tx, "another", "r")
    assert error.value.message == (
        "No ML Task Run found for r: in account 123456789012 for transform another."
    )


def test_runs_of_a_transform_come_newest_first(scoped):
    with scoped.begin() as tx:
        for name, minute in (("a", 1), ("b", 3), ("c", 2)):
            task_runs.create(tx, run(name, minute))
        found = [one.task_run_id for one in task_runs.of_transform(tx, "t")]
    assert found == ["b", "c", "a"]


def test_a_run_advances_only_from_an_expected_status(scoped):
    with scoped.begin() as tx:
        task_runs.create(tx, run("r"))
        assert not task_runs.advance(tx, "r", ["RUNNING"], status="SUCCEEDED")
        assert task_runs.advance(tx, "r", ["STARTING"], status="RUNNING", claimed=NOW, progress=0.5)
        assert not task_runs.advance(tx, "r", ["STARTING"], status="RUNNING")
        assert not task_runs.advance(tx, "nobody", ["STARTING"], status="RUNNING")
        found = task_runs.get(tx, "t", "r")
    assert (found.status, found.claimed, found.progress) == ("RUNNING", NOW, 0.5)
    assert found.modified > NOW


def test_a_run_is_claimed_by_one_of_many(scoped):
    with scoped.begin() as tx:
        task_runs.create(tx, run("r"))

    def claim(_):
        with scoped.begin() as tx:
            return task_runs.advance(tx, "r", ["STARTING"], status="RUNNING")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_active_runs_are_those_that_have_not_ended(scoped):
    with scoped.begin() as tx:
        for status in ("STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED"):
            task_runs.create(tx, run(status, status=status))
        task_runs.create(tx, run("other", transform_id="t2"))
        assert (task_runs.active(tx, "t"), task_runs.active(tx)) == (3, 4)


def test_the_worker_finds_runs_of_every_scope_oldest_first(catalog):
    with catalog.within(HERE).begin() as tx:
        task_runs.create(tx, run("b", 2))
        task_runs.create(tx, run("running", 0, status="RUNNING"))
        task_runs.create(tx, run("done", 0, status="FAILED"))
    with catalog.within(THERE).begin() as tx:
        task_runs.create(tx, run("a", 1))
        task_runs.create(tx, run("stopping", 3, status="STOPPING"))
    with catalog.look() as connection:
        waiting = [(scope, one.task_run_id) for scope, one in task_runs.claimable(connection)]
        left = [(scope, one.task_run_id) for scope, one in task_runs.stranded(connection)]
    assert waiting == [(THERE, "a"), (HERE, "b")]
    assert left == [(HERE, "running"), (THERE, "stopping")]


def test_seconds_of_execution_count_from_the_claim_to_the_end():
    assert run("r").execution_seconds == 0
    assert run("r", claimed=NOW, completed=NOW + timedelta(seconds=61.9)).execution_seconds == 61
    still = run("r", claimed=clock.now() - timedelta(seconds=5))
    assert 5 <= still.execution_seconds < 60


def test_a_crawl_is_claimed_once_and_closed_once(catalog):
    with catalog.within(HERE).begin() as tx:
        crawls.add(tx, crawl("c"))
    with catalog.look() as connection:
        assert [(s, c.crawl_id) for s, c in crawls.claimable(connection)] == [(HERE, "c")]
        assert crawls.stranded(connection) == []
    with catalog.within(HERE).begin() as tx:
        assert crawls.claim(tx, "c")
        assert not crawls.claim(tx, "c")
    with catalog.look() as connection:
        assert crawls.claimable(connection) == []
        assert [(s, c.crawl_id) for s, c in crawls.stranded(connection)] == [(HERE, "c")]
    ended = NOW + timedelta(minutes=1)
    with catalog.within(HERE).begin() as tx:
        summary = {"TABLE": {"ADD": ["people"]}}
        assert crawls.close(tx, "c", "COMPLETED", summary=summary, error=None, ended=ended)
        assert not crawls.close(tx, "c", "FAILED", summary={}, error="late", ended=ended)
        found = crawls.get(tx, "c")
    assert (found.state, found.summary, found.error) == ("COMPLETED", summary, None)
    assert found.ended == ended
    with catalog.look() as connection:
        assert crawls.stranded(connection) == []


def test_crawls_come_newest_first(scoped):
    with scoped.begin() as tx:
        for name, minute in (("a", 1), ("b", 3), ("c", 2)):
            crawls.add(tx, crawl(name, minute))
        assert [one.crawl_id for one in crawls.of_crawler(tx, "people")] == ["b", "c", "a"]
        assert [one.crawl_id for one in crawls.of_crawler(tx, "people", 1)] == ["b"]
        assert crawls.of_crawler(tx, "others") == []
        with pytest.raises(EntityNotFoundException):
            crawls.get(tx, "nobody")


def test_a_crawler_changes_state_only_from_an_expected_one(scoped):
    with scoped.begin() as tx:
        crawlers.create(tx, "people", {"Role": "r"})
        assert not crawlers.set_state(tx, "people", ["RUNNING"], "STOPPING")
        assert crawlers.set_state(tx, "people", ["READY"], "RUNNING")
        assert crawlers.get(tx, "people").state == "RUNNING"
        assert (crawlers.count(tx), crawlers.count(tx, "READY")) == (1, 0)
