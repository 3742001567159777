"""Bodies of requests as Hypothesis makes them up from botocore's shapes: well-formed, nearly so,
and noise. Names are few, so that requests meet what others have made."""

import json
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

NAMES = ("people", "a", "b")
DEEPEST = 5
HINTS = {
    "CatalogId": ("123456789012",),
    "Role": ("arn:aws:iam::123456789012:role/soak", "soak"),
    "RoleArn": ("arn:aws:iam::123456789012:role/soak",),
    "ResourceArn": (
        "arn:aws:glue:us-east-1:123456789012:crawler/people",
        "arn:aws:glue:us-east-1:123456789012:job/a",
    ),
    "Schedule": ("cron(0 12 * * ? *)", ""),
    "ScriptLocation": ("s3://plain/script.py",),
    "InputS3Path": ("s3://plain/answers.csv", "s3://plain/people/people.csv"),
    "OutputS3Path": ("s3://plain/out/",),
    "Path": ("s3://plain/people/", "s3://plain/", "people"),
    "Location": ("s3://plain/people/",),
    "Expression": ("year = 2020", "b IN ('a', 'b')"),
    "DatabaseNames": NAMES,
    "TransformType": ("FIND_MATCHES",),
    "VersionId": ("0", "1"),
    "GlueVersion": ("4.0",),
    "PythonVersion": ("3.9",),
    "Values": ("2020", "a"),
    "PartitionValues": ("2020", "a"),
    "PrimaryKeyColumnName": ("id",),
    "TableName": ("people", "a"),
    "DatabaseName": ("people", "a"),
    "Type": ("string", "bigint"),
    "NextToken": ("", "e30="),
}
"""What members of these names hold, where they are well-formed."""

WANTED = frozenset(
    {
        "TableInput",
        "S3Targets",
        "Path",
        "StorageDescriptor",
        "Columns",
        "FindMatchesParameters",
        "PrimaryKeyColumnName",
        "ScriptLocation",
    }
)
"""Members that need not be there, and without which little is done."""

HOSTILE_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "x" * 70_000,
    "../../etc/passwd",
    "s3://people",
    "s3://no-such-bucket/",
    "s3://plain/../../x",
    "arn:aws:glue:us-east-1:123456789012:database/people",
    "arn:aws:s3:::plain",
    "'; DROP TABLE databases; --",
    "%" * 300,
    "(a+)+$",
    "((a{1000}){1000}){1000}",
    "cron(99 99 99 99 99 99)",
    "year = 2020 AND (",
    "(" * 3000,
    "\u202e\u0000\ufeff",
    "{}",
    "null",
    "1e999999999",
)
HOSTILE_VALUES = (None, True, 0, -1, 2**31, 2**63, 2**70, 1e308, 10**400, [], {}, [[]], "0")


def bodies(shape: Shape | None, known: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Bodies for an operation's input; `known` are ids that the server knows."""
    if shape is None:
        return mostly(st.just(b""), noise())
    fine = values(shape, "", known, 0)
    return mostly(fine.map(_json), spoilt(fine).map(_json) | noise(), of=3)


def mostly(
    fine: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], of: int = 10
) -> st.SearchStrategy[Any]:
    """One in so many is odd."""
    return st.sampled_from([fine] * (of - 1) + [odd]).flatmap(lambda chosen: chosen)


def values(shape: Shape, name: str, known: tuple[str, ...], depth: int) -> st.SearchStrategy[Any]:
    """Values of a shape, for a member of that name, that keep to what the model says, or nearly."""
    if isinstance(shape, StructureShape):
        return _structures(shape, known, depth)
    most = 0 if depth > DEEPEST else 2
    if isinstance(shape, ListShape):
        least = min(most, shape.metadata.get("min", 0))
        return st.lists(values(shape.member, name, known, depth + 1), min_size=least, max_size=most)
    if isinstance(shape, MapShape):
        inner = values(shape.value, name, known, depth + 1)
        return st.dictionaries(_texts(shape.key, name, known), inner, max_size=most)
    if shape.type_name == "string":
        return _texts(shape, name, known)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in ("integer", "long"):
        return st.integers(shape.metadata.get("min", 0), shape.metadata.get("max", 1000))
    if shape.type_name in ("double", "float", "timestamp"):
        return st.floats(0, 1) | st.integers(0, 2**32)
    return st.binary(max_size=20).map(lambda data: data.hex())


def _structures(
    shape: StructureShape, known: tuple[str, ...], depth: int
) -> st.SearchStrategy[Any]:
    """All that must be there, and at most two of what may."""

    def member(name: str) -> st.SearchStrategy[Any]:
        inner = shape.members[name]
        return st.deferred(lambda: values(inner, name, known, depth + 1))

    must = {*shape.required_members, *WANTED.intersection(shape.members)}
    needed = st.fixed_dictionaries({name: member(name) for name in sorted(must)})
    optional = [name for name in shape.members if name not in must]
    if not optional or depth > DEEPEST:
        return needed
    pairs = st.sampled_from(optional).flatmap(lambda n: st.tuples(st.just(n), member(n)))
    more = st.lists(pairs, max_size=2).map(dict)
    return st.builds(lambda these, those: {**these, **those}, needed, more)


def _texts(shape: Shape, name: str, known: tuple[str, ...]) -> st.SearchStrategy[str]:
    if choices := shape.metadata.get("enum"):
        return st.sampled_from(choices)
    fine = HINTS.get(name, NAMES)
    if name.endswith(("Id", "Ids")) and name not in HINTS:
        fine = known or fine
    odd = st.text(max_size=12) | st.sampled_from(HOSTILE_TEXTS)
    return mostly(st.sampled_from(fine), odd, of=25)


def spoilt(fine: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of which one member, somewhere, is something else."""
    wrong = st.sampled_from(HOSTILE_VALUES + HOSTILE_TEXTS)
    return st.builds(_spoil, fine, st.lists(st.integers(0, 5), min_size=1, max_size=4), wrong)


def _spoil(value: Any, path: list[int], wrong: Any) -> Any:
    if not path or not value or not isinstance(value, dict | list):
        return wrong
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    value[key] = _spoil(value[key], path[1:], wrong)
    return value


def noise() -> st.SearchStrategy[bytes]:
    """What is no request at all, or a very odd one."""
    deep = st.integers(1, 20_000).map(lambda n: b"[" * n + b"]" * n)
    nested = st.integers(1, 5_000).map(lambda n: b'{"a":' * n + b"1" + b"}" * n)
    odd = st.sampled_from(
        (b"", b"null", b"NaN", b'{"a":NaN}', b'{"Name":"a","Name":"b"}', b'"x"', b"\xff\xfe{}")
    )
    return st.one_of(st.binary(max_size=200), deep, nested, odd)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()
