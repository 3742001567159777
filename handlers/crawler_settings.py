"""A crawler's settings: checked, completed with Glue's defaults, and shown as GetCrawler does."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gluematch.models.errors import InvalidInputException

TARGETS = (
    "S3Targets",
    "JdbcTargets",
    "MongoDBTargets",
    "DynamoDBTargets",
    "CatalogTargets",
    "DeltaTargets",
    "IcebergTargets",
    "HudiTargets",
)
DEFAULTS: Mapping[str, Any] = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    },
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
}
ALONE = frozenset(
    {
        "Role",
        "DatabaseName",
        "Description",
        "TablePrefix",
        "Configuration",
        "CrawlerSecurityConfiguration",
    }
)
"""Settings that replace what was there, and that an empty text removes."""

CRON = re.compile(r"cron\(\s*\S+(\s+\S+){5}\s*\)")
ONLY_LOG = (
    'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only '
    "LOG DeleteBehavior value and LOG UpdateBehavior value."
)


def settings(old: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The settings after a request: `old` where it is silent, the defaults where both are.

    Raises InvalidInputException for what cannot be done.
    """
    new = {**DEFAULTS, **old}
    for name in ALONE & request.keys():
        new[name] = request[name]
    for name in DEFAULTS.keys() & request.keys():
        given = request[name]
        new[name] = {**DEFAULTS[name], **given} if isinstance(given, Mapping) else list(given)
    if "Targets" in request:
        new["Targets"] = _targets(request["Targets"])
    if "Schedule" in request:
        new["Schedule"] = _schedule(request["Schedule"])
    # The role comes back by its name, whichever way it was given.
    new["Role"] = re.sub(r"^arn:[^:]+:iam::\d*:role/", "", new["Role"])
    kept = {name: value for name, value in new.items() if value not in ("", None)}
    _check(kept)
    return kept


def _check(new: Mapping[str, Any]) -> None:
    for name in new["Classifiers"]:
        raise InvalidInputException(
            f"Classifier {name} does not exist: this server has built-in classifiers only."
        )
    recrawl = new["RecrawlPolicy"]["RecrawlBehavior"]
    if recrawl == "CRAWL_EVENT_MODE":
        raise InvalidInputException("CRAWL_EVENT_MODE is not supported by this server.")
    if recrawl == "CRAWL_NEW_FOLDERS_ONLY" and set(new["SchemaChangePolicy"].values()) != {"LOG"}:
        raise InvalidInputException(ONLY_LOG)
    _check_configuration(new.get("Configuration", "{}"))


def _targets(given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """All target lists, the empty ones too, each S3 target with its exclusions."""
    for kind in TARGETS:
        if given.get(kind) and kind != "S3Targets":
            raise InvalidInputException(
                f"{kind} are not supported by this server: it crawls S3Targets."
            )
    listed = given.get("S3Targets") or ()
    if not listed:
        raise InvalidInputException("A crawler needs at least one target.")
    targets: dict[str, list[dict[str, Any]]] = {kind: [] for kind in TARGETS}
    for target in listed:
        _check_target(target)
        targets["S3Targets"].append({**target, "Exclusions": list(target.get("Exclusions", ()))})
    return targets


def _check_target(target: Mapping[str, Any]) -> None:
    path = target.get("Path", "")
    if not re.match(r"s3://[^/]+", path):
        raise InvalidInputException(
            f"The path of an S3 target has to be of the form s3://bucket/prefix, not {path!r}."
        )
    if not 1 <= target.get("SampleSize", 1) <= 249:
        raise InvalidInputException("SampleSize has to be between 1 and 249.")


def _schedule(expression: str) -> dict[str, str] | None:
    """A schedule that is kept and shown, and does not fire: docs/decisions/crawler.md."""
    if not expression:
        return None
    if not CRON.fullmatch(expression):
        raise InvalidInputException(
            f"The schedule {expression!r} is not of the form cron(minutes hours day-of-month "
            "month day-of-week year)."
        )
    return {"ScheduleExpression": expression, "State": "NOT_SCHEDULED"}


def _check_configuration(text: str) -> None:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInputException("The Configuration is not a JSON object.")
    if found and found.get("Version") != 1.0:
        raise InvalidInputException("The Configuration has to say Version 1.0.")
    for *path, kinds, wanted in CONFIGURABLE:
        value: Any = found
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and not (isinstance(value, kinds) and wanted(value)):
            raise InvalidInputException(
                f"The Configuration's {'.'.join(path)} cannot be {json.dumps(value)}."
            )


def _any(_: Any) -> bool:
    return True


def _positive(value: int) -> bool:
    return value > 0 and not isinstance(value, bool)


CONFIGURABLE: tuple[tuple[Any, ...], ...] = (
    ("CrawlerOutput", dict, _any),
    ("CrawlerOutput", "Partitions", dict, _any),
    ("CrawlerOutput", "Partitions", "AddOrUpdateBehavior", str, {"InheritFromTable"}.__contains__),
    ("CrawlerOutput", "Tables", dict, _any),
    ("CrawlerOutput", "Tables", "AddOrUpdateBehavior", str, {"MergeNewColumns"}.__contains__),
    ("CrawlerOutput", "Tables", "TableThreshold", int, _positive),
    ("Grouping", dict, _any),
    ("Grouping", "TableGroupingPolicy", str, {"CombineCompatibleSchemas"}.__contains__),
    ("Grouping", "TableLevelConfiguration", int, _positive),
    ("CreatePartitionIndex", bool, _any),
)
"""Where the Configuration says what, of which type, and which values do."""
