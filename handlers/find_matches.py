"""Matching a whole table: what Glue does in a job, here a task run of the transform."""

from collections.abc import Mapping
from typing import Any

from gluematch.models.catalog import tables, transforms
from gluematch.models.catalog.tables import Table
from gluematch.models.catalog.transforms import Transform
from gluematch.models.datasets.objects import split_uri
from gluematch.models.errors import InvalidInputException, MLTransformNotReadyException

from . import run_requests
from .registry import Call, route
from .task_runs import NOT_READY

ADDED = ("match_id", "match_confidence_score")


@route("find-matches")
def find_matches(call: Call, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Start a FIND_MATCHES run; Glue's own operations follow and cancel it."""
    with call.catalog.read() as tx:
        transforms.get(tx, request["TransformId"])
    run_requests.check_output(call, request["OutputS3Path"])
    with call.catalog.begin() as tx:
        transform = transforms.get(tx, request["TransformId"])
        if transform.status != "READY":
            raise MLTransformNotReadyException(NOT_READY)
        asked = request.get("InputTable")
        named = transform.table if asked is None else (asked["DatabaseName"], asked["TableName"])
        check_table(transform, tables.get(tx, *named), request["OutputS3Path"])
        run_requests.check_limits(tx, transform.transform_id)
        settings = {
            "OutputS3Path": request["OutputS3Path"],
            "Format": request.get("Format", "csv"),
            "ComputeMatchConfidenceScores": request.get("ComputeMatchConfidenceScores", False),
            "InputTable": {"DatabaseName": named[0], "TableName": named[1]},
        }
        run = run_requests.record(tx, transform, "FIND_MATCHES", settings)
    call.wake()
    return {"TaskRunId": run}


def check_table(transform: Transform, table: Table, output: str) -> None:
    """Refuse a table that the transform does not fit, and output among the table's own data."""
    names = [name.lower() for name, _ in (*table.columns, *table.partition_keys)]
    missing = [name for name, _ in transform.columns if name not in names]
    if missing:
        raise InvalidInputException(
            f"Table {table.name} lacks columns of the transform: {', '.join(missing)}."
        )
    taken = [name for name in ADDED if name in names]
    if taken:
        raise InvalidInputException(
            f"Table {table.name} has a column {taken[0]} already. "
            "Match the table that it was made from, or one without that column."
        )
    if table.location and _lies_within(output, table.location):
        raise InvalidInputException(
            f"The output path lies within table {table.name}, at {table.location}: "
            "the next run would read its own output. Choose another path."
        )


def _lies_within(path: str, location: str) -> bool:
    inner = split_uri(path.rstrip("/") + "/")
    try:
        outer = split_uri(location.rstrip("/") + "/")
    except ValueError:
        return False  # not in S3: the run will say that it cannot read the table
    return inner[0] == outer[0] and inner[1].startswith(outer[1])
