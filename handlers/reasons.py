"""Reasons in the open: why rows match, and the model that decides it."""

import io
import threading
import time
from collections.abc import Mapping
from typing import Any

from gluematch.models import clock, errors, ids
from gluematch.models.catalog import explanations, trained, transforms
from gluematch.models.catalog.explanations import Explanation
from gluematch.models.errors import (
    ConcurrentRunsExceededException,
    GlueError,
    InvalidInputException,
    MLTransformNotReadyException,
)

from .registry import Call, route
from .task_runs import NOT_READY

PATIENCE = 25.0  # seconds, less than clients and proxies usually wait for an answer
MOST_OPEN = 10
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


@route("transforms/{TransformId}/explain", method="GET")
def explain_matches(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Why the rows of the primary keys are in their groups, once a child has found it out.

    What takes longer is RUNNING, and is asked for again by its `ExplanationId`.
    """
    transform_id, asked = request["TransformId"], request.get("ExplanationId")
    with call.catalog.read() as tx:
        transforms.get(tx, transform_id)
    if asked is None:
        asked = _ask(call, transform_id, _keys(request))
    found = _awaited(call, transform_id, asked)
    if found.error is not None:
        refusal: type[GlueError] = getattr(errors, found.error["Code"])
        raise refusal(found.error["Message"])
    return {
        "TransformId": transform_id,
        "ExplanationId": asked,
        "Status": "SUCCEEDED" if found.document is not None else "RUNNING",
        "Progress": round(100 * found.progress) if found.document is None else 100,
        **(found.document or {}),
    }


@route("transforms/{TransformId}/model", method="GET")
def get_transform_model(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The trained model as a document, with its trees if they are asked for; of what people
    said only how much it remembers."""
    transform_id = request["TransformId"]
    with call.catalog.read() as tx:
        transforms.get(tx, transform_id)
        model = trained.get(tx, transform_id)
    if model is None:
        raise MLTransformNotReadyException(NOT_READY)
    answer = {
        "TransformId": transform_id,
        "TrainedOn": model.trained.timestamp(),
        "Model": model.document,
    }
    if request.get("Trees") != "true":
        return answer
    import numpy as np  # noqa: PLC0415  # a server that is asked for no trees does without

    with np.load(io.BytesIO(model.arrays), allow_pickle=False) as arrays:
        names = sorted(name for name in arrays.files if not name.startswith("memory_"))
        return {**answer, "Trees": {name: arrays[name].tolist() for name in names}}


def _keys(request: Mapping[str, Any]) -> tuple[str, ...]:
    """`ids=a,b`, or `id=a&id=b` for keys that may have a comma."""
    listed = [key for key in request.get("ids", "").split(",") if key]
    keys = (*listed, *request.get("id", ()))
    if not 1 <= len(keys) <= 2 or len(set(keys)) < len(keys):
        raise InvalidInputException(
            "Name one primary key, to explain its group, or two different ones: ?ids=a,b, or "
            "?id=a&id=b for keys that have a comma."
        )
    return keys


def _ask(call: Call, transform_id: str, keys: tuple[str, ...]) -> str:
    with call.catalog.begin() as tx:
        if transforms.get(tx, transform_id).status != "READY":
            raise MLTransformNotReadyException(NOT_READY)
        if explanations.unanswered(tx) >= MOST_OPEN:
            raise ConcurrentRunsExceededException(
                f"{MOST_OPEN} explanations are being worked out: ask again when they are done."
            )
        explanation = ids.unique()
        question = Explanation(explanation, transform_id, "WAITING", keys, 0.0, clock.now())
        explanations.ask(tx, question)
    call.wake()
    return explanation


def _awaited(call: Call, transform_id: str, explanation_id: str) -> Explanation:
    """The explanation once it is done, or after PATIENCE seconds as far as it is."""
    end, pause, never = time.monotonic() + PATIENCE, _SHORTEST_PAUSE, threading.Event()
    while True:
        with call.catalog.read() as tx:
            found = explanations.get(tx, transform_id, explanation_id)
        left = end - time.monotonic()
        if found.status not in explanations.OPEN or left <= 0:
            return found
        never.wait(min(pause, left))
        pause = min(1.5 * pause, _LONGEST_PAUSE)
