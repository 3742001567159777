"""The XML of a request, compared with the shape that botocore's model gives it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from botocore.model import OperationModel, Shape

from .refusals import Refused, malformed_xml

LARGEST = 8 * 2**20
_DEEPEST = 32
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NUMBER = re.compile(r"\s*-?[0-9]{1,18}\s*")
_ANY_TEXT = frozenset({"BucketLocationConstraint", "Event"})
"""Enumerations that moto knows better than the model."""


def check(operation: OperationModel, body: bytes, headers: Mapping[str, str]) -> ET.Element | None:
    """The document of a request, None where it has none. Raises Refused."""
    expected = _expected(operation)
    if expected is None:
        return None
    name, shape = expected
    if not body.strip():
        if _may_be_absent(operation.name, headers):
            return None
        if operation.name == "CompleteMultipartUpload":
            raise malformed_xml()
        raise Refused("MissingRequestBodyError", "Request Body is empty")
    if len(body) > LARGEST:
        raise Refused("MaxMessageLengthExceeded", "Your request was too big.")
    top = read(body)
    if local(top) != name or not _fits(top, shape):
        raise malformed_xml(
            "MalformedACLError" if name == "AccessControlPolicy" else "MalformedXML"
        )
    return top


def below(element: ET.Element, name: str) -> list[ET.Element]:
    """The elements of a name in another one, whatever their namespace."""
    return [each for each in element if local(each) == name]


def local(element: ET.Element) -> str:
    """The name of an element, without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _expected(operation: OperationModel) -> tuple[str, Shape] | None:
    """The document's name and shape."""
    shape = operation.input_shape
    if shape is None:
        return None
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if member.type_name != "structure":
            return None
        return member.serialization.get("name", payload), member
    if operation.name == "SelectObjectContent":
        return "SelectObjectContentRequest", shape
    return None


def _may_be_absent(operation: str, headers: Mapping[str, str]) -> bool:
    if operation in {"PutBucketAcl", "PutObjectAcl"}:
        return any(name == "x-amz-acl" or name.startswith("x-amz-grant-") for name in headers)
    return operation == "CreateBucket"


class _Builder(ET.TreeBuilder):
    """Builds trees that are not deep, of documents that declare nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: Any, attrs: Any) -> ET.Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise malformed_xml()
        return super().start(tag, attrs)

    def end(self, tag: Any) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise malformed_xml()


def read(body: bytes) -> ET.Element:
    """The document. Raises Refused where it is not XML, or too deep, or declares anything."""
    parser = ET.XMLParser(target=_Builder())  # noqa: S314  # nothing is declared, so nothing expands
    try:
        parser.feed(body.decode("utf-8-sig"))
        top: ET.Element = parser.close()
    except (ET.ParseError, ValueError):
        raise malformed_xml() from None
    return top


def _fits(element: ET.Element, shape: Any) -> bool:
    kind, text = shape.type_name, element.text or ""
    if kind == "structure":
        return _is_structure(element, shape)
    if kind == "list":
        name = shape.member.serialization.get("name", "member")
        return all(local(each) == name and _fits(each, shape.member) for each in element)
    if len(element):
        return False
    if kind in {"integer", "long"}:
        return _NUMBER.fullmatch(text) is not None
    if kind == "boolean":
        return text.strip().lower() in {"true", "false"}
    if kind == "timestamp":
        return _is_date(text.strip())
    words = getattr(shape, "enum", ())  # only texts have it
    return not words or shape.name in _ANY_TEXT or text.strip() in words


def _is_structure(element: ET.Element, shape: Any) -> bool:
    members = {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }
    seen: set[str] = set()
    for each in element:
        name, member = members.get(local(each), (None, None))
        if name is None or member is None:
            return False
        repeats = member.type_name == "list" and member.serialization.get("flattened")
        if (name in seen and not repeats) or not _fits(each, member.member if repeats else member):
            return False
        seen.add(name)
    for name, member in members.values():
        if member.serialization.get("xmlAttribute"):
            given = element.get(_TYPE)
            if given in member.enum:
                seen.add(name)
    return all(name in seen for name, member in members.values() if _has_to_be(shape, name, member))


def _has_to_be(shape: Any, name: str, member: Any) -> bool:
    """Whether a member has an element; an empty list that is flat has none."""
    return name in shape.required_members and not member.serialization.get("flattened")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
