"""The cores of the machine: work spread over them by threads, for loops that let other threads
run, and linear algebra kept on one.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from .arrays import AnyArray, Progress, no_progress

_LEAST_PART = 20_000
_PARTS_PER_CORE = 8
_here = threading.local()
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def single_threaded_blas(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """`function`, with its linear algebra on one core: the matrices of a fit are so small that
    sharing them out takes longer than the sums do."""

    @wraps(function)
    def alone(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        with threadpool_limits(limits=1, user_api="blas"):
            return function(*given, **named)

    return alone


def parallel_ranges(
    count: int,
    loop: Callable[[int, int], None],
    least: int = _LEAST_PART,
    *,
    most: int | None = None,
    progress: Progress = no_progress,
    stage: str = "",
) -> None:
    """Call `loop(start, stop)` for parts that together are 0 to `count`, on all cores; no
    part but the last is smaller than `least`, none larger than `most`.

    What is itself a part of spread work goes on in its own thread. `progress` hears of each
    part of `stage` that is done, and may raise: then no further part begins.
    """
    cores = os.cpu_count() or 1
    size = max(least, -(-count // (cores * _PARTS_PER_CORE)))
    size = size if most is None else min(size, most)
    starts = range(0, count, size)
    if len(starts) <= 1 or getattr(_here, "busy", False):
        for start in starts:
            loop(start, min(start + size, count))
        return
    with ThreadPoolExecutor(cores, initializer=_mark) as pool:
        waiting = [pool.submit(loop, s, min(s + size, count)) for s in starts]
        try:
            for place, done in enumerate(waiting):
                done.result()
                if stage:
                    progress((place + 1) / len(waiting), stage)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def concatenate(parts: Sequence[AnyArray]) -> AnyArray:
    """The arrays, at least one, end to end, copied on all cores."""
    start = np.cumsum([0, *map(len, parts)])
    whole = np.empty(int(start[-1]), dtype=parts[0].dtype)

    def copy(s: int, e: int) -> None:
        for k in range(s, e):
            whole[start[k] : start[k + 1]] = parts[k]

    parallel_ranges(len(parts), copy, 1)
    return whole


def parallel_each(
    count: int, task: Callable[[int], None], *, alone: bool, progress: Progress, stage: str
) -> None:
    """Call `task(k)` for each k below `count`, on all cores; one after another if each is to be
    `alone`, for it spreads its own work. `progress` hears of each that is done."""
    if not alone:
        parallel_ranges(count, lambda k, _: task(k), 1, most=1, progress=progress, stage=stage)
        return
    for k in range(count):
        task(k)
        progress((k + 1) / count, stage)


def single_core(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """`function` as one of many that other processes run beside it: what it spreads goes on in
    its own thread, and its linear algebra on one core."""

    @wraps(function)
    def alone(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        before = getattr(_here, "busy", False)
        _here.busy = True
        try:
            return single_threaded_blas(function)(*given, **named)
        finally:
            _here.busy = before

    return alone


def _mark() -> None:
    _here.busy = True
