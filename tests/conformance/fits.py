"""Whether JSON from the wire fits a shape of botocore's model: members, types, every constraint."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (int, float),
    "blob": (str,),
}
PAIRS = {r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff", r"[\p{L}\p{N}\p{P}]*": r"\S*"}


def faults(shape: Shape, value: Any, path: str = "answer") -> Iterator[str]:
    """What is wrong with `value`, if anything."""
    kind = {"structure": dict, "map": dict, "list": list}.get(shape.type_name)
    if kind is None:
        yield from _scalar_faults(shape, value, path)
    elif not isinstance(value, kind):
        yield f"{path} is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structure_faults(shape, value, path)
    else:
        yield from _collection_faults(shape, value, path)


def _structure_faults(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path} has an unknown member {n}" for n in value if n not in shape.members)
    yield from (f"{path} lacks {n}" for n in shape.required_members if n not in value)
    for name in value.keys() & shape.members.keys():
        yield from faults(shape.members[name], value[name], f"{path}.{name}")


def _collection_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    yield from _length_faults(shape, value, path)
    if isinstance(shape, ListShape):
        for number, item in enumerate(value):
            yield from faults(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from faults(shape.key, key, f"{path} key")
            yield from faults(shape.value, item, f"{path}.{key}")


def _scalar_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kinds = TYPES[shape.type_name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield f"{path} is {value!r}, no {shape.type_name}"
        return
    rules = shape.metadata
    if shape.type_name != "string":
        if not rules.get("min", value) <= value <= rules.get("max", value):
            yield f"{path} is {value}, out of its bounds"
        return
    yield from _length_faults(shape, value, path)
    if value not in rules.get("enum", [value]):
        yield f"{path} is {value!r}, none of the enum's"
    pattern = rules.get("pattern", r"[\s\S]*")
    for java, python in PAIRS.items():
        pattern = pattern.replace(java, python)
    if not re.fullmatch(pattern, value):
        yield f"{path} is {value!r}, which does not match {pattern}"


def _length_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    rules = shape.metadata
    if not rules.get("min", 0) <= len(value) <= rules.get("max", len(value)):
        yield f"{path} has length {len(value)}, out of its bounds"
