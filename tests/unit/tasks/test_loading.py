"""When the supervisor loads the engine: with the first work, or when it has been idle."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from board import Board
from waiting import until

from gluematch.models import processes
from gluematch.models.catalog.store import open_catalog
from gluematch.models.datasets.access import Access, AwsAccess
from gluematch.models.tasks import supervisor
from gluematch.models.tasks.children import Children
from gluematch.models.tasks.supervisor import Supervisor
from gluematch.models.tasks.work import Succeeded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

NOWHERE = AwsAccess("http://127.0.0.1:1", "us-east-1")


@contextmanager
def supervising(board: Board, folder: Path) -> Iterator[Callable[[], list[int]]]:
    """A supervisor that has begun; the function tells the fork servers that came of it."""
    before = processes.children(os.getpid())

    def forks() -> list[int]:
        return [
            pid
            for pid in processes.children(os.getpid()) - before
            if b"fork_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    catalog = open_catalog(folder / "catalog.db")
    access = Access(NOWHERE, NOWHERE)
    made = Supervisor(
        catalog,
        lambda _: access,
        board,
        board,
        kinds=[board],
        children=Children([], os.environ),
        slots=1,
    )
    made.start()
    try:
        yield forks
    finally:
        made.close()
    assert forks() == []
    catalog.close()


def test_who_has_no_work_yet_has_no_process_for_it(tmp_path: Path) -> None:
    board = Board()
    with supervising(board, tmp_path) as forks:
        until(lambda: board.held is not None, "the first look")
        assert forks() == []


def test_the_first_work_loads_the_engine(tmp_path: Path) -> None:
    board = Board()
    board.put("run", "doubles", 1)
    with supervising(board, tmp_path) as forks:
        assert board.outcome("run") == Succeeded(2)
        assert len(forks()) == 1


def test_the_engine_is_loaded_before_anybody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "IDLE_SECONDS", 0.01)
    with supervising(Board(), tmp_path) as forks:
        assert len(until(forks, "a fork server")) == 1
