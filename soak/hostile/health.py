"""Measures how soon a server's health answers, from a process of its own, every 50 ms.

A probe that waits misses the ticks meanwhile. Each missed tick counts as the time that a probe
begun then would have waited, so that one long pause is not one sample among many.
"""

import http.client
import select
import subprocess
import sys
import time

INTERVAL = 0.05
PATIENCE = 10.0
"""Seconds after which a probe counts as unanswered, with that latency."""

_PATH = "/_gluematch/health/live"


class Probe:
    """A running process that probes one server."""

    def __init__(self, host: str, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, host, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def stop(self) -> list[float]:
        """End it; the seconds of every tick."""
        text, _ = self._process.communicate()
        return with_missed_ticks([float(line) for line in text.split()])


def with_missed_ticks(latencies: list[float]) -> list[float]:
    """Add a latency for each tick at which a longer probe was still waiting."""
    found = []
    for latency in latencies:
        missed = range(int(latency / INTERVAL) + 1)
        found += [latency - number * INTERVAL for number in missed]
    return found


def percentile(latencies: list[float], share: float) -> float:
    """The latency that this share of all is at or below; 0 without any."""
    ordered = sorted(latencies)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def main() -> None:
    """Probe until standard input ends, then print the seconds of each probe."""
    host, port = sys.argv[1], int(sys.argv[2])
    latencies = []
    print("begun", flush=True)
    pause = 0.0
    while not select.select([sys.stdin], [], [], pause)[0]:
        begun = time.monotonic()
        answered = _answers(host, port)
        spent = time.monotonic() - begun
        latencies.append(spent if answered else max(spent, PATIENCE))
        pause = max(0.0, INTERVAL - spent)
    print(*latencies, sep="\n")


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", _PATH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
