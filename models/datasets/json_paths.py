"""JSON paths as Glue's classifiers take them: `$`, `.name`, `.*`, `['name']`, `[n]`, `[*]`."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

RECORD = "record"
"""The column of values that are no objects, as the guide's examples name it."""

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]\s'\"]+)|\[(?P<at>[0-9]{1,9}|\*)\]|\[(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\]"
)


@dataclass(frozen=True, slots=True)
class JsonPath:
    """The steps from a document to its records: names, positions, or None for all members."""

    text: str
    steps: tuple[str | int | None, ...]

    def records(self, documents: Iterable[Any]) -> Iterator[dict[str, Any]]:
        """The objects that the path leads to; other values under the name `record`."""
        for document in documents:
            for found in self._select(document, 0):
                yield found if isinstance(found, dict) else {RECORD: found}

    def _select(self, value: Any, at: int) -> Iterator[Any]:
        if at == len(self.steps):
            yield value
            return
        for member in _members(value, self.steps[at]):
            yield from self._select(member, at + 1)


def json_path(text: str) -> JsonPath:
    """The path that a text writes. Raises ValueError, which says where it ends to make sense."""
    if not text.startswith("$"):
        raise ValueError(f"the JSON path {text!r} does not begin with $")
    steps: list[str | int | None] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            raise ValueError(f"the JSON path {text!r} makes no sense from {text[position:]!r} on")
        steps.append(_step(step))
        position = step.end()
    return JsonPath(text, tuple(steps))


def _step(found: re.Match[str]) -> str | int | None:
    if found["quoted"] is not None:
        return found["quoted"]
    if "*" in (found["name"], found["at"]):
        return None
    return found["name"] or int(found["at"])


def _members(value: Any, step: str | int | None) -> Iterable[Any]:
    if isinstance(value, dict):
        if step is None:
            return value.values()
        return (value[step],) if step in value else ()
    if isinstance(value, list):
        if step is None:
            return value
        return (value[step],) if isinstance(step, int) and step < len(value) else ()
    return ()
