"""Job bookmarks: which objects earlier runs of the job have read, so that this one reads others.

https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html
The state lies in the server, one entry for each `transformation_ctx`: the newest time of change
among what was read, and the objects of just that time.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from .pieces import Piece
from .server import Server
from .surroundings import Surroundings

ENABLED, PAUSED = "job-bookmark-enable", "job-bookmark-pause"


class Bookmarks:
    """What a run may skip, and what it has read itself; without `begin` it reads everything."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._option = ""
        self._version = 0
        self._before: dict[str, Any] = {}
        self._read: dict[str, Any] = {}

    def begin(self, option: str) -> None:
        """Find out what earlier runs have read, if the job's option says so."""
        self._option = option
        if option not in (ENABLED, PAUSED):
            return
        glue = self._around.services.client("glue")
        try:
            entry = glue.get_job_bookmark(JobName=self._around.job_name)["JobBookmarkEntry"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            entry = {}
        self._version = entry.get("Version", 0)
        self._before = json.loads(entry.get("JobBookmark") or "{}")

    def fresh(self, context: str, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces that no earlier run has read in this `transformation_ctx`."""
        if self._option not in (ENABLED, PAUSED) or not context:
            return list(pieces)
        last = self._before.get(context)
        found = [piece for piece in pieces if last is None or _is_newer(piece, last)]
        newest = max((piece.info.modified for piece in found), default=None)
        if newest is None:
            self._read[context] = last
            return found
        uris = {piece.info.uri for piece in found if piece.info.modified == newest}
        if last is not None and _instant(last) == newest:
            uris |= set(last["uris"])
        self._read[context] = {"modified": newest.isoformat(), "uris": sorted(uris)}
        return found

    def commit(self) -> None:
        """Write down what was read. Raises VersionMismatchException if another run has done so
        meanwhile."""
        if self._option != ENABLED:
            return
        read = {context: state for context, state in self._read.items() if state is not None}
        Server(self._around.server).post(
            "job-bookmarks",
            {
                "JobName": self._around.job_name,
                "RunId": self._around.job_run_id,
                "JobBookmark": json.dumps({**self._before, **read}),
                "Version": self._version,
            },
        )


def _is_newer(piece: Piece, last: dict[str, Any]) -> bool:
    before = _instant(last)
    if piece.info.modified == before:
        return piece.info.uri not in last["uris"]
    return piece.info.modified > before


def _instant(last: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(last["modified"])
