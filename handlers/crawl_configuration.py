"""A crawler's Configuration, the JSON text in its settings: what it may say, and checking that."""

import json
from typing import Any

from gluematch.models.errors import InvalidInputException


def check_configuration(text: str) -> None:
    """Raise InvalidInputException for a text that is no Configuration of Glue's."""
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
