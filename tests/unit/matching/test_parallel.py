"""Work spread over cores: all of it is done, once, and it can be stopped."""

import threading

import numpy as np
import pytest

from gluematch.models.matching.kernels.parallel import parallel_ranges


@pytest.mark.parametrize("most", [None, 7])
def test_every_part_is_done_once(most: int | None) -> None:
    done = np.zeros(1000, dtype=np.int64)

    def loop(start: int, end: int) -> None:
        assert most is None or end - start <= most
        done[start:end] += 1

    parallel_ranges(1000, loop, 5, most=most)
    assert done.tolist() == [1] * 1000


def test_work_inside_spread_work_stays_in_its_thread() -> None:
    seen: list[bool] = []

    def loop(_start: int, _end: int) -> None:
        outer = threading.get_ident()
        parallel_ranges(10, lambda _s, _e: seen.append(threading.get_ident() == outer), 1)

    parallel_ranges(4, loop, 1)
    assert seen == [True] * 40


def test_progress_is_told_in_order_and_may_stop_the_work() -> None:
    told: list[float] = []

    def stop(fraction: float, stage: str) -> None:
        assert stage == "counting"
        told.append(fraction)
        if fraction >= 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        parallel_ranges(8, lambda _s, _e: None, 1, progress=stop, stage="counting")
    assert told == [0.125, 0.25, 0.375, 0.5]


def test_an_error_in_a_part_is_raised() -> None:
    def loop(start: int, _end: int) -> None:
        if start == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        parallel_ranges(8, loop, 1)
