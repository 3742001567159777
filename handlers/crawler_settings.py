"""A crawler's settings: checked, completed with Glue's defaults, and shown as GetCrawler does."""

import re
from collections.abc import Mapping
from typing import Any

from gluematch.models.errors import InvalidInputException

from .crawl_configuration import check_configuration
from .crawl_targets import CATALOG, check_queues, targets

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

ONLY_LOG = (
    'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only '
    "LOG DeleteBehavior value and LOG UpdateBehavior value."
)


LOG_ONLY_FOR_CATALOG = (
    "The SchemaChangePolicy for Catalog targets can have only LOG DeleteBehavior value."
)
FIXED_TARGETS = (
    'The Amazon S3 targets of a crawler that is to "Crawl new folders only" cannot be changed.'
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
        new["Targets"] = targets(request["Targets"])
    # The role comes back by its name, whichever way it was given.
    new["Role"] = re.sub(r"^arn:[^:]+:iam::\d*:role/", "", new["Role"])
    kept = {name: value for name, value in new.items() if value not in ("", None)}
    _check(kept)
    if old and _crawls_new_folders(old) and _crawls_new_folders(kept):
        _check_fixed(old["Targets"], kept["Targets"])
    return kept


def _check_fixed(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    if old["S3Targets"] != new["S3Targets"]:
        raise InvalidInputException(FIXED_TARGETS)


def _crawls_new_folders(document: Mapping[str, Any]) -> bool:
    return bool(document["RecrawlPolicy"]["RecrawlBehavior"] == "CRAWL_NEW_FOLDERS_ONLY")


def _check(new: Mapping[str, Any]) -> None:
    recrawl = new["RecrawlPolicy"]["RecrawlBehavior"]
    if recrawl == "CRAWL_EVENT_MODE":
        check_queues(new["Targets"])
    if _crawls_new_folders(new) and set(new["SchemaChangePolicy"].values()) != {"LOG"}:
        raise InvalidInputException(ONLY_LOG)
    if new["Targets"][CATALOG] and new["SchemaChangePolicy"]["DeleteBehavior"] != "LOG":
        raise InvalidInputException(LOG_ONLY_FOR_CATALOG)
    check_configuration(new.get("Configuration", "{}"))
