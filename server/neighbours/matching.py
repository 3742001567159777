"""Prefixes and wildcards of clients, compared without regular expressions.

Moto compiles what clients write: such a pattern may take for ever, and no other thread runs
meanwhile. Each of those places is replaced here; `tests/test_moto_sources.py` finds new ones.
"""

import re
from collections.abc import Sequence
from functools import cache, wraps
from typing import Any

_SIGN = re.compile(r"\\([*\\])|(\*)|(.)", re.DOTALL)
_PATH = re.compile(r"\$(\.[A-Za-z0-9_-]+|\[[0-9]{1,6}\]|\['[^']*'\])*")
LONGEST_EXPRESSION = 4096
"""Bytes of an expression, by DynamoDB's quotas."""


def replace_patterns(service: str) -> None:
    """From now on a service takes prefixes, wildcards and origins as texts."""
    found = {"sqs": _queues, "events": _rules, "s3": _origins, "dynamodb": _updates}.get(service)
    if found is not None:
        found()


def fits(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text is these pieces, with anything between each two of them."""
    first, *rest = pieces
    if not rest:
        return text == first
    *middle, last = rest
    place, end = len(first), len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or place > end:
        return False
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def split_pattern(pattern: str) -> list[str]:
    """A pattern of EventBridge in pieces, which `*` parts, unless a backslash is before it."""
    pieces = [""]
    for escaped, star, other in _SIGN.findall(pattern):
        if star:
            pieces.append("")
        else:
            pieces[-1] += escaped or other
    return pieces


@cache
def _queues() -> None:
    from moto.sqs.models import SQSBackend  # noqa: PLC0415  # slow, and only where it is asked

    queues: Any = SQSBackend
    list_queues = queues.list_queues

    @wraps(list_queues)
    def with_prefix(backend: Any, queue_name_prefix: str) -> Any:
        return list_queues(backend, queue_name_prefix and re.escape(queue_name_prefix))

    queues.list_queues = with_prefix


@cache
def _rules() -> None:
    from moto.events.exceptions import ValidationException  # noqa: PLC0415  # the same
    from moto.events.models import EventPattern, EventsBackend  # noqa: PLC0415  # the same

    rules: Any = EventsBackend
    patterns: Any = EventPattern
    list_rules = rules.list_rules

    @wraps(list_rules)
    def with_prefix(backend: Any, prefix: str | None = None, **more: Any) -> Any:
        return list_rules(backend, prefix=prefix and re.escape(prefix), **more)

    def match(item: Any, pattern: Any) -> bool:
        return isinstance(item, str) and fits(item, split_pattern(str(pattern)))

    put_targets = rules.put_targets

    @wraps(put_targets)
    def with_plain_paths(backend: Any, *values: Any, **named: Any) -> Any:
        for target in named.get("targets") or values[-1]:
            paths = (target.get("InputTransformer") or {}).get("InputPathsMap") or {}
            for path in (*paths.values(), target.get("InputPath") or "$"):
                if not isinstance(path, str) or not _PATH.fullmatch(path):
                    why = f"Invalid JSONPath {str(path)[:100]} in target {target.get('Id')}."
                    raise ValidationException(why)
        return put_targets(backend, *values, **named)

    rules.list_rules = with_prefix
    rules.put_targets = with_plain_paths
    patterns._wildcard_match = staticmethod(match)


@cache
def _origins() -> None:
    from moto.s3 import responses  # noqa: PLC0415  # the same

    def matches(origin_header: str, allowed_origins: list[str]) -> bool:
        return any(fits(origin_header, allowed.split("*")) for allowed in allowed_origins)

    found: Any = responses
    found.cors_matches_origin = matches  # moto's S3 finds it by this name

    def region(authorization: str) -> str | None:
        parts = authorization.rpartition("Credential=")[2].split("/", 4)
        return parts[2] if "Credential=" in authorization and len(parts) == 5 else None

    found.extract_region_from_aws_authorization = region  # moto's takes cubic time


@cache
def _updates() -> None:
    """Update expressions are bounded as at AWS: moto searches them in quadratic time."""
    from moto.dynamodb.exceptions import MockValidationException  # noqa: PLC0415  # the same
    from moto.dynamodb.parsing import expressions  # noqa: PLC0415  # the same

    parser: Any = expressions.UpdateExpressionParser  # type: ignore[attr-defined]  # untyped
    make = parser.make

    @wraps(make)
    def bounded(expression_str: str) -> Any:
        size = len(expression_str.encode())
        if size > LONGEST_EXPRESSION:
            why = "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size;"
            raise MockValidationException(f"{why} expression size: {size}")
        return make(expression_str)

    parser.make = staticmethod(bounded)
