"""What the benchmarks measure by: seconds and memory of stages, and scores of large tables."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass
class Meter:
    """Seconds, processor seconds and peak memory of each stage; give `report` as a progress
    callback."""

    stages: dict[str, list[float]] = field(default_factory=dict)
    _stage: str | None = None
    _since: tuple[float, float] = (0.0, 0.0)

    def report(self, _fraction: float, stage: str) -> None:
        if stage != self._stage:
            self.close()
            self._stage, self._since = stage, now()
            forget_peak()

    def close(self) -> None:
        """End the last stage."""
        if self._stage is not None:
            known = self.stages.setdefault(self._stage, [0.0, 0.0, 0.0])
            for k, (at, then) in enumerate(zip(now(), self._since, strict=True)):
                known[k] += at - then
            known[2] = max(known[2], peak_gb())
        self._stage = None

    def lines(self) -> list[str]:
        """One line for each stage."""
        form = "    {:24} {:8.1f} s {:8.1f} s of processor {:6.2f} GB"
        return [form.format(name, *known) for name, known in self.stages.items()]

    def peak(self) -> float:
        """The most memory that any stage held, in GB."""
        return max((gb for *_, gb in self.stages.values()), default=0.0)


def now() -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    return time.perf_counter(), time.process_time()


def forget_peak() -> None:
    """Let the system measure this process's peak memory anew, where it can (Linux)."""
    if os.path.exists("/proc/self/clear_refs"):
        Path("/proc/self/clear_refs").write_text("5")


def peak_gb() -> float:
    """Peak resident memory since `forget_peak`, in GB; NaN where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def measured(name: str, action: Callable[[Meter], Any]) -> tuple[Any, dict[str, Any]]:
    """What the action answers, and what it took; its stages are printed."""
    meter = Meter()
    start = now()
    answer = action(meter)
    meter.close()
    seconds, worked = (at - then for at, then in zip(now(), start, strict=True))
    print(f"{name}: {seconds:.1f} s, {worked:.1f} s of processor", *meter.lines(), sep="\n")
    took = {"seconds": seconds, "processor": worked, "gb": meter.peak()}
    return answer, {f"{name}_{what}": value for what, value in took.items()}


def score(found: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs of rows, counted by groups."""
    both = np.unique(found.astype(np.int64) << 32 | truth, return_counts=True)[1]
    sizes = (both, np.bincount(found), np.bincount(truth))
    right, said, true = (float((s.astype(np.int64) * (s - 1) // 2).sum()) for s in sizes)
    return right / max(said, 1), right / max(true, 1), 2 * right / max(said + true, 1)
