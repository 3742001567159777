"""The supervisor with real children: whatever they do, their rows say what became of them."""

import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from board import PATIENCE, Board

from gluematch.models.catalog import leases
from gluematch.models.catalog.leases import Server
from gluematch.models.catalog.store import open_catalog
from gluematch.models.datasets.access import Access, AwsAccess
from gluematch.models.errors import OperationTimeoutException
from gluematch.models.scope import Scope
from gluematch.models.tasks.children import Children
from gluematch.models.tasks.recovery import after_itself
from gluematch.models.tasks.supervisor import Supervisor
from gluematch.models.tasks.work import (
    CRASHED,
    Failed,
    LogLine,
    Outcome,
    Stopped,
    Succeeded,
    TimedOut,
)


def access_for(scope: Scope) -> Access:
    """Nowhere: these bodies reach for nothing."""
    nowhere = AwsAccess("http://127.0.0.1:1", scope.region)
    return Access(nowhere, nowhere)


MEMORY = 200 * 2**20


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def supervisor(board: Board, tmp_path: Path) -> Iterator[Supervisor]:
    catalog = open_catalog(tmp_path / "catalog.db")
    made = Supervisor(
        catalog,
        access_for,
        board,
        board,
        kinds=[board],
        children=Children(["decimal", "task_bodies"], os.environ),
        slots=2,
        run_memory=MEMORY,
    )
    made.start()
    yield made
    made.close()
    catalog.close()


def process_is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def gone(pid: int) -> bool:
    """Whether the process ends, waiting for it a little."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


def test_a_body_gives_its_result_its_log_and_its_progress(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("run", "doubles", 21)
    supervisor.wake()
    assert board.outcome("run") == Succeeded(42)
    board.wait_until(lambda: "the end" in board.lines["run"])
    assert board.lines["run"] == ["doubling begins", "50%: doubling", "the end"]
    assert board.reached == [(0.5, "doubling")]


def test_the_last_lines_are_written_before_the_row_says_that_the_run_has_ended(
    board: Board, tmp_path: Path
) -> None:
    catalog = open_catalog(tmp_path / "catalog.db")
    goes_on: list[tuple[str, bool]] = []

    class Watched(Board):
        def write(self, scope: Scope, group: str, stream: str, lines: Sequence[LogLine]) -> None:
            with catalog.look() as connection:
                held = stream in leases.holders(connection)
            goes_on.extend((line.text, held) for line in lines)

    supervisor = Supervisor(
        catalog,
        access_for,
        Watched(),
        board,
        kinds=[board],
        children=Children(["task_bodies"], os.environ),
        slots=1,
    )
    board.put("run", "doubles", 21)
    supervisor.start()
    board.wait_until(lambda: "run" in board.settled)
    supervisor.close()
    catalog.close()
    assert goes_on[-1] == ("the end", True)


def test_other_services_are_told_of_a_row_that_is_closed_for_good(
    supervisor: Supervisor, board: Board
) -> None:
    board.refusals = 1
    board.put("run", "doubles", 21)
    supervisor.wake()
    board.wait_until(lambda: "run" in board.settled)
    assert board.settled["run"] == (Succeeded(42), "http://127.0.0.1:1")
    assert board.refusals == 0


def test_what_waits_already_is_started_without_a_call(board: Board, tmp_path: Path) -> None:
    board.put("run", "doubles", 1)
    catalog = open_catalog(tmp_path / "catalog.db")
    supervisor = Supervisor(
        catalog,
        access_for,
        board,
        board,
        kinds=[board],
        children=Children([], os.environ),
        slots=1,
    )
    supervisor.start()
    assert board.outcome("run") == Succeeded(2)
    supervisor.close()
    assert board.held == set()
    catalog.close()


def test_what_a_timetable_begins_is_started_in_time_without_a_call(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("first", "doubles", 1)
    board.alarm = (time.monotonic() + 0.2, "second")
    supervisor.wake()
    assert board.outcome("second") == Succeeded(16)


def test_a_child_is_a_nice_process_that_knows_no_main_module(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("run", "describes_itself")
    supervisor.wake()
    outcome = board.outcome("run")
    assert isinstance(outcome, Succeeded)
    assert outcome.result == {
        "nice": 5,
        "interrupt": True,
        "group": True,
        "main": None,
        "preloaded": True,
        "endpoint": "http://127.0.0.1:1",
    }


def test_a_body_that_refuses_says_why(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "refuses", "line 3: no set.")
    supervisor.wake()
    assert board.outcome("run") == Failed("line 3: no set.")


def test_an_unforeseen_error_is_placed_and_quotes_no_record(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("run", "breaks", "Ann Smith")
    supervisor.wake()
    outcome = board.outcome("run")
    assert isinstance(outcome, Failed)
    assert "ValueError at task_bodies.py" in outcome.message
    assert "Ann" not in outcome.message + "".join(board.lines["run"])


@pytest.mark.parametrize(
    ("body", "inputs", "words"),
    [
        ("exhausts_memory", None, "needs more memory"),
        ("leaves", 3, "exit status 3"),
        ("missing_body", None, "AttributeError"),
        ("doubles", "unprepared", "The table is gone."),
    ],
)
def test_other_ends_are_failures_in_words(
    board: Board, supervisor: Supervisor, body: str, inputs: Any, words: str
) -> None:
    board.put("run", body, inputs)
    supervisor.wake()
    outcome = board.outcome("run")
    assert isinstance(outcome, Failed)
    assert words in outcome.message


def test_a_result_that_cannot_be_applied_fails_the_run(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("run", "doubles", "late")
    supervisor.wake()
    assert board.outcome("run") == Failed("The primary key changed.")


@pytest.mark.parametrize(("body", "outcome"), [("doubles", Succeeded), ("leaves", Failed)])
def test_a_row_that_cannot_be_closed_now_is_closed_later(
    board: Board, supervisor: Supervisor, body: str, outcome: type[Outcome]
) -> None:
    board.refusals = 2
    board.put("run", body, 4)
    supervisor.wake()
    assert isinstance(board.outcome("run"), outcome)
    assert board.refusals == 0


def test_a_timeout_of_thousands_of_years_is_fine(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "doubles", 1, timeout=timedelta(minutes=2**31 - 1))
    supervisor.wake()
    assert board.outcome("run") == Succeeded(2)


def test_a_killed_child_fails_its_run_alone(board: Board, supervisor: Supervisor) -> None:
    board.put("victim", "tells_its_pid_and_stays")
    board.put("other", "tells_its_pid_and_stays")
    supervisor.wake()
    pid = int(board.said("victim", "pid"))
    other = int(board.said("other", "pid"))
    os.kill(pid, signal.SIGKILL)
    outcome = board.outcome("victim")
    assert isinstance(outcome, Failed)
    assert "signal 9" in outcome.message
    assert process_is_there(other)
    board.stop("other")
    supervisor.wake()
    assert board.outcome("other") == Stopped()


@pytest.mark.parametrize("body", ["tells_its_pid_and_stays", "ignores_signals_and_stays"])
def test_a_stopped_run_leaves_no_process(board: Board, supervisor: Supervisor, body: str) -> None:
    board.put("run", body)
    supervisor.wake()
    pid = int(board.said("run", "pid"))
    board.stop("run")
    supervisor.wake()
    assert board.outcome("run") == Stopped()
    assert not process_is_there(pid)


def test_what_a_child_has_started_ends_with_it(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "starts_a_process_and_stays")
    supervisor.wake()
    helper = int(board.said("run", "helper"))
    os.kill(int(board.said("run", "pid")), signal.SIGKILL)
    board.outcome("run")
    assert gone(helper)


def test_a_fresh_start_ends_runs_whatever_they_do_and_then_their_rows(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("one", "tells_its_pid_and_stays")
    board.put("two", "ignores_signals_and_stays")
    supervisor.wake()
    pids = [int(board.said(name, "pid")) for name in ("one", "two")]
    left = []

    def empty() -> None:
        left.extend(pid for pid in pids if process_is_there(pid))
        board.drop("one")
        board.drop("two")

    supervisor.start_over(empty)
    assert left == []
    board.put("next", "doubles", 21)
    supervisor.wake()
    assert board.outcome("next") == Succeeded(42)
    assert board.outcomes.keys() == {"next"}


def test_a_fresh_start_that_fails_says_so_and_stops_nobody_else(
    board: Board, supervisor: Supervisor
) -> None:
    def empty() -> None:
        raise OperationTimeoutException("The catalog is busy.")

    with pytest.raises(OperationTimeoutException):
        supervisor.start_over(empty)
    board.put("next", "doubles", 21)
    supervisor.wake()
    assert board.outcome("next") == Succeeded(42)


def test_a_run_whose_row_is_gone_is_ended(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "tells_its_pid_and_stays")
    supervisor.wake()
    pid = int(board.said("run", "pid"))
    board.drop("run")
    supervisor.wake()
    assert gone(pid)


def test_a_run_stopped_before_it_began_never_begins(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "doubles", 1)
    board.stop("run")
    supervisor.wake()
    assert board.outcome("run") == Stopped()
    board.wait_until(lambda: "run" in board.lines)
    assert board.lines["run"] == ["the end"]


def test_a_run_over_its_time_is_ended(board: Board, supervisor: Supervisor) -> None:
    board.put("run", "tells_its_pid_and_stays", timeout=timedelta(seconds=1.5))
    supervisor.wake()
    pid = int(board.said("run", "pid"))
    assert board.outcome("run") == TimedOut()
    assert not process_is_there(pid)


@pytest.mark.parametrize("body", ["takes_memory_and_stays", "has_memory_taken_and_stays"])
def test_a_run_that_takes_too_much_memory_fails_alone(
    board: Board, supervisor: Supervisor, body: str
) -> None:
    board.put("other", "tells_its_pid_and_stays")
    board.put("greedy", body, 2 * MEMORY)
    supervisor.wake()
    other = int(board.said("other", "pid"))
    outcome = board.outcome("greedy")
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith("The run took more than 200 MB of memory, and was ended.")
    assert process_is_there(other)
    board.stop("other")
    supervisor.wake()
    assert board.outcome("other") == Stopped()


def test_a_failed_run_is_tried_again_as_often_as_asked(
    board: Board, supervisor: Supervisor, tmp_path: Path
) -> None:
    board.put("luck", "fails_until_the_file_is_there", str(tmp_path / "there"), retries=2)
    board.put("none", "refuses", "no", retries=1)
    supervisor.wake()
    assert board.outcome("luck") == Succeeded("at last")
    assert board.outcome("none") == Failed("no")
    assert "Attempt 1 of 3 failed: not yet" in board.lines["luck"]
    assert "Attempt 2 of 2 begins." in board.lines["none"]


def test_no_more_runs_go_on_than_there_are_slots(board: Board, supervisor: Supervisor) -> None:
    for name in ("one", "two", "three"):
        board.put(name, "tells_its_pid_and_stays")
    supervisor.wake()
    board.said("one", "pid")
    board.said("two", "pid")
    assert "three" not in board.lines
    board.stop("one")
    supervisor.wake()
    assert board.said("three", "pid")


def test_the_fork_servers_death_fails_its_runs_and_the_next_ones_work(
    board: Board, supervisor: Supervisor
) -> None:
    board.put("run", "tells_its_pid_and_stays")
    supervisor.wake()
    pid = int(board.said("run", "pid"))
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    outcome = board.outcome("run")
    assert isinstance(outcome, Failed)
    assert "has died" in outcome.message
    assert gone(pid)
    board.put("next", "doubles", 3)
    supervisor.wake()
    assert board.outcome("next") == Succeeded(6)


def test_closing_ends_the_children_and_says_so_in_their_rows(board: Board, tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path / "catalog.db")
    supervisor = Supervisor(
        catalog,
        access_for,
        board,
        board,
        kinds=[board],
        children=Children([], os.environ),
        slots=1,
    )
    board.put("run", "ignores_signals_and_stays")
    supervisor.start()
    pid = int(board.said("run", "pid"))
    supervisor.close()
    supervisor.wake()
    assert board.outcomes == {"run": Failed(CRASHED)}
    assert gone(pid)
    catalog.close()


SCRIPT = """
    import os, sys, threading
    sys.path.insert(0, {here!r})
    from pathlib import Path
    import test_supervisor as t
    board = t.Board()
    catalog = t.open_catalog(Path({folder!r}) / "catalog.db")
    supervisor = t.Supervisor(
        catalog, t.access_for, board, board,
        kinds=[board], children=t.Children([], os.environ), slots=1,
    )
    board.put("first", "doubles", 4)
    supervisor.start()
    print(board.outcome("first").result, flush=True)
    board.put("run", "tells_its_pid_and_stays")
    supervisor.wake()
    print(board.said("run", "pid"), flush=True)
    threading.Event().wait()
"""


def test_a_script_without_a_guard_may_start_children_and_its_death_ends_them(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    here = str(Path(__file__).parent)
    script.write_text(textwrap.dedent(SCRIPT).format(here=here, folder=str(tmp_path)))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == "8\n"
            pid = int(server.stdout.readline())
        finally:
            server.kill()
    assert gone(pid)


def test_of_two_servers_one_does_a_run_and_the_other_leaves_it(
    board: Board, supervisor: Supervisor, tmp_path: Path
) -> None:
    catalog = open_catalog(tmp_path / "catalog.db")
    with catalog.connect() as connection:
        leases.take(connection, "theirs", "another")
    board.put("theirs", "doubles", 1)
    board.put("ours", "doubles", 2)
    supervisor.wake()
    assert board.outcome("ours") == Succeeded(4)
    assert "theirs" not in board.outcomes
    dead = Server("another", 0, keeps_buckets=False)
    with catalog.connect() as connection:
        leases.join(connection, dead.name, keeps_buckets=False)
    supervisor.bury(dead)
    assert board.outcome("theirs") == Succeeded(2)
    catalog.close()


def test_a_run_whose_lease_is_lost_is_ended_and_its_outcome_dropped(
    board: Board, supervisor: Supervisor, tmp_path: Path
) -> None:
    board.put("run", "tells_its_pid_and_stays")
    supervisor.wake()
    pid = int(board.said("run", "pid"))
    catalog = open_catalog(tmp_path / "catalog.db")
    with catalog.connect() as connection:
        leases.take(connection, "run", "the only one")
        leases.release(connection, "run", "the only one")
        leases.take(connection, "run", "another")
    supervisor.wake()
    assert gone(pid)
    board.put("next", "doubles", 3)
    supervisor.wake()
    assert board.outcome("next") == Succeeded(6)
    assert "run" not in board.outcomes
    with catalog.look() as connection:
        assert leases.holders(connection)["run"] == "another"
    catalog.close()


def test_a_server_that_starts_sees_to_its_own_runs_of_before_and_to_no_others(
    board: Board, tmp_path: Path
) -> None:
    catalog = open_catalog(tmp_path / "catalog.db")
    with catalog.connect() as connection:
        leases.take(connection, "ours", "one")
        leases.take(connection, "theirs", "another")
    after_itself(catalog, [board], "one")
    assert board.held == {"theirs"}
    catalog.close()


def test_a_run_that_was_taken_and_is_not_there_does_not_hang(
    board: Board, supervisor: Supervisor, tmp_path: Path
) -> None:
    board.put("first", "doubles", 1)
    supervisor.wake()
    board.outcome("first")
    catalog = open_catalog(tmp_path / "catalog.db")
    with catalog.connect() as connection:
        leases.take(connection, "run", "the only one")
    catalog.close()
    board.put("run", "doubles", 1)
    supervisor.wake()
    assert isinstance(board.outcome("run"), Failed)
