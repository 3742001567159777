"""Prefixes and wildcards of clients, compared without regular expressions.

Moto compiles what clients write: such a pattern may take for ever, and no other thread runs
meanwhile. Each of those places is replaced here; `tests/test_moto_sources.py` finds new ones.
"""

import re
from collections.abc import Sequence
from functools import cache, wraps
from typing import Any

_SIGN = re.compile(r"\\([*\\])|(\*)|(.)", re.DOTALL)


def replace_patterns(service: str) -> None:
    """From now on a service takes prefixes, wildcards and origins as texts."""
    found = {"sqs": _queues, "events": _rules, "s3": _origins}.get(service)
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
    from moto.events.models import EventPattern, EventsBackend  # noqa: PLC0415  # the same

    rules: Any = EventsBackend
    patterns: Any = EventPattern
    list_rules = rules.list_rules

    @wraps(list_rules)
    def with_prefix(backend: Any, prefix: str | None = None, **more: Any) -> Any:
        return list_rules(backend, prefix=prefix and re.escape(prefix), **more)

    def match(item: Any, pattern: Any) -> bool:
        return isinstance(item, str) and fits(item, split_pattern(str(pattern)))

    rules.list_rules = with_prefix
    patterns._wildcard_match = staticmethod(match)


@cache
def _origins() -> None:
    from moto.s3 import responses  # noqa: PLC0415  # the same

    def matches(origin_header: str, allowed_origins: list[str]) -> bool:
        return any(fits(origin_header, allowed.split("*")) for allowed in allowed_origins)

    found: Any = responses
    found.cors_matches_origin = matches  # moto's S3 finds it by this name
