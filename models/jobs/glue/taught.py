"""A transform in a script's hands: the model that the server gives, and the run that tells
of it."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gluematch.models.matching.training.matcher import Matcher

from .server import Server
from .surroundings import Surroundings

REPORT_SECONDS = 2.0
CANCELLED = ("STOPPING", "STOPPED")


class Cancelled(Exception):
    """The task run was cancelled while it went on."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What a transform knows: `columns` are names and Hive types, `labels` (set, label, key)."""

    transform_id: str
    primary_key: str
    columns: tuple[tuple[str, str], ...]
    precision_recall: float
    accuracy_cost: float
    matcher: Matcher
    labels: tuple[tuple[str, str, str], ...]


@contextmanager
def used(
    around: Surroundings, transform_id: str
) -> Iterator[tuple[Taught, Callable[[float, str], None]]]:
    """The transform, and a progress report that raises Cancelled; its task run lasts as long as
    the block. Raises EntityNotFoundException and MLTransformNotReadyException."""
    server = Server(around.server)
    job = {"JobName": around.job_name, "JobRunId": around.job_run_id}
    answer = server.post(f"transforms/{transform_id}/uses", job)
    route = f"transforms/{transform_id}/uses/{answer['TaskRunId']}"
    try:
        yield _taught(answer), _reporter(server, route)
    except Cancelled:
        server.post(route, {"Status": "STOPPED"})
        raise
    except BaseException as error:
        # The message may quote a record; the script's own log has it.
        ended = {"Status": "FAILED", "ErrorString": f"The job failed: {type(error).__name__}."}
        server.post(route, ended)
        raise
    server.post(route, {"Status": "SUCCEEDED"})


def _taught(answer: dict[str, Any]) -> Taught:
    return Taught(
        answer["TransformId"],
        answer["PrimaryKeyColumnName"],
        tuple((one["Name"], one["Type"]) for one in answer["Columns"]),
        answer["PrecisionRecallTradeoff"],
        answer["AccuracyCostTradeoff"],
        Matcher.from_parts(answer["Model"], base64.b64decode(answer["Arrays"])),
        tuple((one["Set"], one["Label"], one["Key"]) for one in answer["Labels"]),
    )


def _reporter(server: Server, route: str) -> Callable[[float, str], None]:
    last = time.monotonic()

    def report(fraction: float, stage: str) -> None:
        nonlocal last
        del stage
        if time.monotonic() - last < REPORT_SECONDS:
            return
        last = time.monotonic()
        if server.post(route, {"Progress": fraction})["Status"] in CANCELLED:
            raise Cancelled("The task run of this matching was cancelled.")

    return report
