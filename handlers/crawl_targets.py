"""The targets of a crawler: each kind checked and completed as GetCrawler shows it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gluematch.models.datasets.globs import GlobError, check_glob
from gluematch.models.datasets.objects import ObjectStoreError
from gluematch.models.errors import InvalidInputException

from .registry import Call

Settings = Mapping[str, Any]

S3_PATH = r"s3://[^/]+"
QUEUE = r"arn:[^:]+:sqs:[^:]+:\d{12}:[^:]+"
KINDS = (
    "S3Targets",
    "JdbcTargets",
    "MongoDBTargets",
    "DynamoDBTargets",
    "CatalogTargets",
    "DeltaTargets",
    "IcebergTargets",
    "HudiTargets",
)
"""All lists that Targets may have, in the order of the service model."""


def targets(given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """All target lists, the empty ones too, each target as it is kept and shown.

    Raises InvalidInputException for a target that cannot be crawled, and if no list is given.
    """
    for kind in KINDS:
        if given.get(kind) and kind not in CHECKS:
            raise InvalidInputException(
                f"{kind} are not supported by this server: it crawls {', '.join(CHECKS)}."
            )
    if not given:
        raise InvalidInputException("A crawler needs at least one target.")
    if given.get(CATALOG) and any(given.get(kind) for kind in KINDS if kind != CATALOG):
        raise InvalidInputException("Catalog targets cannot be mixed with other targets.")
    return {kind: [CHECKS[kind](one) for one in given.get(kind) or ()] for kind in KINDS}


def check_queues(kept: Mapping[str, Any]) -> None:
    """Raise InvalidInputException unless every target has a queue whose events it can follow."""
    others = [kind for kind in KINDS if kept[kind] and kind != "S3Targets"]
    if others:
        raise InvalidInputException(f"CRAWL_EVENT_MODE is not supported for {', '.join(others)}.")
    for target in kept["S3Targets"]:
        if "EventQueueArn" not in target:
            raise InvalidInputException(
                f"CRAWL_EVENT_MODE needs an EventQueueArn for the target {target['Path']}."
            )


def require_allowed(call: Call, kept: Mapping[str, Any]) -> None:
    """Raise InvalidInputException for a path in S3 that this server's runs must not reach."""
    paths = [target["Path"] for target in kept["S3Targets"]]
    paths += [path for target in kept["DeltaTargets"] for path in target["DeltaTables"]]
    paths += [path for target in kept["IcebergTargets"] for path in target["Paths"]]
    for path in paths:
        try:
            call.objects.require_target(path)
        except ObjectStoreError as error:
            raise InvalidInputException(f"{error}.") from None


def _s3(target: Settings) -> dict[str, Any]:
    path = target.get("Path", "")
    if not re.match(S3_PATH, path):
        raise InvalidInputException(
            f"The path of an S3 target has to be of the form s3://bucket/prefix, not {path!r}."
        )
    if not 1 <= target.get("SampleSize", 1) <= 249:
        raise InvalidInputException("SampleSize has to be between 1 and 249.")
    for name in ("EventQueueArn", "DlqEventQueueArn"):
        if name in target and not re.fullmatch(QUEUE, target[name]):
            raise InvalidInputException(f"{target[name]!r} is not the ARN of an SQS queue.")
    return {**target, "Exclusions": _exclusions(target)}


def _jdbc(target: Settings) -> dict[str, Any]:
    if not target.get("ConnectionName"):
        raise InvalidInputException("A JDBC target needs the name of a connection.")
    path = target.get("Path", "")
    if not re.fullmatch(r"/?[^/]+(/[^/]+){1,2}/?", path):
        raise InvalidInputException(
            "The path of a JDBC target has to be of the form database/schema/table or "
            f"database/table, with % for any characters, not {path!r}."
        )
    listed = {METADATA: list(target.get(METADATA) or ())}
    return {**target, **listed, "Exclusions": _exclusions(target)}


def _dynamodb(target: Settings) -> dict[str, Any]:
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", target.get("Path", "")):
        raise InvalidInputException("The path of a DynamoDB target has to be the name of a table.")
    if not 0.1 <= target.get("scanRate", 1.0) <= 1.5:
        raise InvalidInputException("scanRate has to be between 0.1 and 1.5.")
    return dict(target)


def _delta(target: Settings) -> dict[str, Any]:
    return {**target, "DeltaTables": _paths(target, "DeltaTables", "Delta")}


def _iceberg(target: Settings) -> dict[str, Any]:
    if not 1 <= target.get("MaximumTraversalDepth", 1) <= 20:
        raise InvalidInputException("MaximumTraversalDepth has to be between 1 and 20.")
    listed = {"Paths": _paths(target, "Paths", "Iceberg"), "Exclusions": _exclusions(target)}
    return {**target, **listed}


def _exclusions(target: Settings) -> list[str]:
    patterns = list(target.get("Exclusions") or ())
    try:
        for pattern in patterns:
            check_glob(pattern)
    except GlobError as error:
        raise InvalidInputException(str(error)) from None
    return patterns


def _paths(target: Settings, name: str, kind: str) -> list[str]:
    paths = list(target.get(name) or ())
    if not paths or not all(re.match(S3_PATH, path) for path in paths):
        raise InvalidInputException(
            f"{name} of {kind} targets have to be one or more of the form s3://bucket/prefix."
        )
    return paths


CATALOG = "CatalogTargets"
METADATA = "EnableAdditionalMetadata"
CHECKS: Mapping[str, Callable[[Settings], dict[str, Any]]] = {
    "S3Targets": _s3,
    "JdbcTargets": _jdbc,
    "DynamoDBTargets": _dynamodb,
    "DeltaTargets": _delta,
    "IcebergTargets": _iceberg,
    CATALOG: dict,
}
"""By the kinds that this server crawls: the target as it is kept, or InvalidInputException."""
