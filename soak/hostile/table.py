"""The table of results, as text."""

from .attack import CLOSED, SILENT
from .health import percentile
from .runner import Result

_HEAD = (
    *("attack", "requests", "5xx", "closed", "silent", "acknowledged", "lost"),
    *("health p50/p99/max ms", "MB before/peak/after", "answers", "s"),
)


def table(results: list[Result]) -> str:
    """A line for each result, in columns."""
    rows = [_HEAD, *(_cells(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join(cells)


def _cells(result: Result) -> tuple[str, ...]:
    figures, memory = result.figures, result.memory
    shares = [percentile(result.latencies, share) for share in (0.5, 0.99, 1.0)]
    counts = (
        figures.requests,
        figures.server_errors,
        figures.statuses[CLOSED],
        figures.statuses[SILENT],
        figures.acknowledged,
        figures.lost,
    )
    return (
        result.name,
        *map(str, counts),
        "/".join(f"{1000 * latency:.0f}" for latency in shares),
        f"{memory.before:.0f}/{memory.peak:.0f}/{memory.after:.0f}" if memory else "restarted",
        "yes" if result.answers else "NO",
        f"{result.seconds:.0f}",
    )
