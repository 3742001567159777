"""The lines of runs, in the neighbouring CloudWatch Logs: `aws logs get-log-events` reads them."""

import logging
from collections.abc import Sequence

from gluematch.models.scope import Scope
from gluematch.models.tasks.work import LogLine

log = logging.getLogger(__name__)


def write(scope: Scope, group: str, stream: str, lines: Sequence[LogLine]) -> None:
    """Add the lines at the end of the stream; group and stream are made when missing.

    A region that AWS has not has no such service: lines are lost, and our own log says so.
    """
    from moto.logs.models import logs_backends  # noqa: PLC0415  # half a second, not at start

    try:
        backend = logs_backends[scope.account][scope.region]
    except KeyError:
        log.warning("%s has no CloudWatch Logs: %d lines of %s", scope.region, len(lines), stream)
        return
    backend.ensure_log_group(group)
    backend.ensure_log_stream(group, stream)
    events = [
        {"timestamp": round(line.at.timestamp() * 1000), "message": line.text} for line in lines
    ]
    backend.put_log_events(group, stream, events)
