"""Every constraint that botocore's model puts on a request, each with a request that breaks it.

Written against the model alone: nothing of the server's own reading of it is used here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

URL_OF_TOKENS = r"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]"
ONE_SIGN = r"[^\r\n]"
FITTING: dict[str, tuple[str, str | None]] = {
    URL_OF_TOKENS: ("https://a.b", "a b"),
    r"^(https?):\/\/[^\s/$.?#].[^\s]*$": ("https://a.b", "a b"),
    r"^[\x20-\x7E]*$": ("x", "\n"),
    r"^([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_=]+)\.([a-zA-Z0-9_\-\+\/=]*)": ("a.b.c", "a b"),
    r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:secretsmanager:.*$": (
        "arn:aws:secretsmanager:x",
        "arn:aws:s3:x",
    ),
    r"^arn:aws(-(cn|us-gov|iso(-[bef])?))?:iam::[0-9]{12}:role/.+": (
        "arn:aws:iam::123456789012:role/r",
        "arn:aws:iam::1:role/r",
    ),
    r"^$|arn:aws[a-z0-9-]*:kms:.*": ("arn:aws:kms:x", "arn:aws:s3:x"),
    r"\S+": ("x", "a b"),
    r".*": ("x", "\n"),
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*": ("x", "\n"),
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*": ("x", "\x00"),
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\t]*": ("x", "\n"),
    ONE_SIGN: ("x", "\n"),
    r"arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*": ("arn:aws:glue:x", "arn:aws:s3:x"),
    r"[a-zA-Z0-9-_$#.]+": ("x", "a b"),
    r"[\p{L}\p{N}\p{P}]*": ("x", "a+b"),
    r"^((\w+\.)+\w+|auto)$": ("1.0", "1"),
    r"^([2-3]|3[.]9)$": ("3", "3.6"),
    r"^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]?[0-9]|2[0-3])$": ("Sun:1", "Sun:24"),
    r"^[A-Z\_]+$": ("X", "x"),
    r"^[A-Za-z0-9]+$": ("x", "a b"),
    r"[A-Za-z0-9_-]*": ("x", "a b"),
    r"[*A-Za-z0-9_-]*": ("x", "a b"),
    r"([^\r\n])*": ("x", "\n"),
    r"([\u0009\u000B\u000C\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF])*": ("x", "\n"),
    r"([\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\s])*": ("x", "\x00"),
    r"([\u0020-\u007E\r\s\n])*": ("x", "\x00"),
    r"[\s\S]*": ("x", None),
    r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}": (
        "01234567-89ab-cdef-0123-456789abcdef",
        "X1234567-89ab-cdef-0123-456789abcdef",
    ),
}
"""For each pattern in our requests: a text that fits it, and one that does not, if there is any."""

OPEN = {"ConnectionPropertyKey"}
"""Enumerations that do not bind: docs/decisions/validation.md."""

WRONG_TYPES = {
    "string": (5, "NUMBER_VALUE can not be converted to a String"),
    "boolean": ("x", "STRING_VALUE can not be converted to a Boolean"),
    "integer": ("x", "STRING_VALUE can not be converted to an Integer"),
    "long": ("x", "STRING_VALUE can not be converted to a Long"),
    "double": ("x", "STRING_VALUE can not be converted to a Double"),
    "timestamp": ("x", "STRING_VALUE can not be converted to a Date"),
    "blob": (5, "NUMBER_VALUE can not be converted to a Blob"),
    "structure": ("x", "Expected structure or null"),
    "list": ({}, "Start of structure or map found where not expected."),
    "map": ([], "Start of list found where not expected"),
}


@dataclass(frozen=True)
class Site:
    """One broken demand: the request, and the one refusal that must follow."""

    request: Any
    path: str
    code: str
    text: str


@dataclass(frozen=True)
class Frame:
    """Where a value sits: how to build a whole valid request around it, and its path."""

    path: str
    around: Any

    def inside(self, path: str, around: Any) -> "Frame":
        return Frame(path, lambda value: self.around(around(value)))


def sites(shape: Shape) -> Iterator[Site]:
    """All sites of an operation's input."""
    yield from _sites(shape, Frame("", lambda value: value), frozenset())


def fitting(shape: Shape) -> Any:
    """The least value that a shape allows."""
    if isinstance(shape, StructureShape):
        return {name: fitting(shape.members[name]) for name in shape.required_members}
    least = int(shape.metadata.get("min", 0))
    if isinstance(shape, ListShape):
        return [fitting(shape.member)] * least
    if isinstance(shape, MapShape):
        return {fitting(shape.key) + "k" * n: fitting(shape.value) for n in range(least)}
    return _scalar(shape, least)


def _scalar(shape: Shape, least: int) -> Any:
    rules = shape.metadata
    if shape.type_name != "string":
        return {"boolean": True, "timestamp": 0, "blob": ""}.get(shape.type_name, least)
    if "enum" in rules:
        return rules["enum"][0]
    if "pattern" in rules:
        return FITTING[rules["pattern"]][0]
    return "x" * max(least, 1)


def _sites(shape: Shape, frame: Frame, above: frozenset[str]) -> Iterator[Site]:
    if shape.name in above or getattr(shape, "is_document_type", False):
        return  # a document is any JSON value: nothing breaks it
    if frame.path:
        wrong, text = WRONG_TYPES[shape.type_name]
        yield Site(frame.around(wrong), "", "SerializationException", text)
    below = above | {shape.name}
    if isinstance(shape, StructureShape):
        yield from _structure_sites(shape, frame, below)
        return
    for value, text in _violations(shape):
        yield Site(frame.around(value), frame.path, "ValidationException", text)
    if isinstance(shape, ListShape):
        more = fitting(shape)[1:]
        inner = frame.inside(f"{frame.path}.1.member", lambda value: [value, *more])
        yield from _collection_sites(shape.member, "Member", frame, inner, below)
    elif isinstance(shape, MapShape):
        key = fitting(shape.key)
        keyed = frame.inside(frame.path, lambda value: {value: fitting(shape.value)})
        yield from _each(shape.key, "Map keys", frame.path, keyed)
        inner = frame.inside(f"{frame.path}.{key}.member", lambda value: {key: value})
        yield from _collection_sites(shape.value, "Map value", frame, inner, below)


def _structure_sites(shape: StructureShape, frame: Frame, below: frozenset[str]) -> Iterator[Site]:
    whole = fitting(shape)
    for name, member in shape.members.items():
        lowered = name[0].lower() + name[1:]
        path = f"{frame.path}.{lowered}" if frame.path else lowered
        if name in shape.required_members:
            without = {other: value for other, value in whole.items() if other != name}
            request = frame.around(without)
            yield Site(request, path, "ValidationException", "Member must not be null")
        inner = frame.inside(path, lambda value, name=name: {**whole, name: value})
        yield from _sites(member, inner, below)


def _collection_sites(
    member: Shape, which: str, frame: Frame, inner: Frame, below: frozenset[str]
) -> Iterator[Site]:
    if member.type_name in {"structure", "list", "map"}:
        yield from _sites(member, inner, below)
        return
    wrong, text = WRONG_TYPES[member.type_name]
    yield Site(inner.around(wrong), "", "SerializationException", text)
    yield from _each(member, which, frame.path, inner)


def _each(member: Shape, which: str, path: str, inner: Frame) -> Iterator[Site]:
    """Scalars inside a collection: the refusal speaks of the collection and lists all demands."""
    texts = ", ".join(_texts(member))
    for value, _ in _violations(member):
        text = f"{which} must satisfy constraint: [{texts}]"
        yield Site(inner.around(value), path, "ValidationException", text)


def _texts(shape: Shape) -> list[str]:
    rules = shape.metadata
    what = "length" if shape.type_name == "string" else "value"
    found = [
        f"Member must have {what} {words} than or equal to {rules[bound]}"
        for bound, words in (("max", "less"), ("min", "greater"))
        if bound in rules
    ]
    if "pattern" in rules:
        found.append(f"Member must satisfy regular expression pattern: {rules['pattern']}")
    if "enum" in rules and shape.name not in OPEN:
        found.append(f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]")
    return found


def _violations(shape: Shape) -> Iterator[tuple[Any, str]]:
    """Values that break exactly one demand of the shape itself, with AWS's words for it."""
    rules, kind = shape.metadata, shape.type_name
    if kind in {"integer", "long", "double"}:
        for bound, words, step in (("max", "less", 1), ("min", "greater", -1)):
            if bound in rules:
                limit = int(rules[bound])
                yield limit + step, f"Member must have value {words} than or equal to {limit}"
        return
    if "max" in rules and kind != "string":
        value = _longer(shape, rules["max"] + 1)
        yield value, f"Member must have length less than or equal to {rules['max']}"
    if "max" in rules and kind == "string" and _stretches(shape):
        longer = _scalar(shape, 1)
        yield (
            longer + longer[-1] * rules["max"],
            f"Member must have length less than or equal to {rules['max']}",
        )
    if rules.get("min") and _shrinks(shape):
        value = {"string": "", "list": [], "map": {}}[kind]
        yield value, f"Member must have length greater than or equal to {rules['min']}"
    if "pattern" in rules and (broken := FITTING[rules["pattern"]][1]) is not None:
        yield broken, f"Member must satisfy regular expression pattern: {rules['pattern']}"
    if kind == "string" and "enum" in rules and shape.name not in OPEN:
        yield "BOGUS", f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"


def _longer(shape: Shape, count: int) -> Any:
    if isinstance(shape, ListShape):
        return [fitting(shape.member)] * count
    assert isinstance(shape, MapShape)
    value = fitting(shape.value)
    return {f"{fitting(shape.key)}{number}": value for number in range(count)}


def _stretches(shape: Shape) -> bool:
    """Whether a longer text still fits the pattern, so that only the length is wrong."""
    pattern = shape.metadata.get("pattern", "")
    free = "{12}" not in pattern and pattern != ONE_SIGN
    return free and "enum" not in shape.metadata


def _shrinks(shape: Shape) -> bool:
    """Whether the empty value fits the pattern, so that only the length is wrong."""
    pattern = shape.metadata.get("pattern", "*")
    return pattern.endswith("*") and not pattern.startswith("arn")
