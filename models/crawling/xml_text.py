"""The XML classifier: rows by their tag, and the types of what is in them."""

from typing import Any

from gluematch.models.datasets.xml_rows import likely_row_tag, rows

from .formats import Xml
from .samples import Sample
from .seen import Seen
from .types import Array, Columns, Struct, Type, of_cell, union
from .types import merged as merged_type


def classify(found: Sample) -> Seen | None:
    """A document by the commonest element below its root; None if it is no XML.

    Raises FormatError for a document that begins like one.
    """
    if not _begins_like_xml(found.data):
        return None
    tag = likely_row_tag(found.data, whole=found.whole)
    return None if tag is None else classify_by(Xml(tag), found)


def classify_by(form: Xml, found: Sample) -> Seen | None:
    """A document by the row tag; None if it has no such rows. Raises FormatError."""
    if not _begins_like_xml(found.data):
        return None
    records, taken = rows(found.data, form.row_tag, whole=found.whole)
    if not records:
        return None
    columns = union(_columns(record) for record in records)
    return Seen(form, columns, len(records), taken / len(found.data))


def _begins_like_xml(data: bytes) -> bool:
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"<", b"\xff\xfe<\0", b"\xfe\xff\0<"))


def _columns(members: dict[str, Any]) -> Columns:
    return union([tuple((name.lower(), _type(value)) for name, value in members.items())])


def _type(value: Any) -> Type:
    if isinstance(value, dict):
        return Struct(_columns(value))
    if isinstance(value, list):
        element: Type = None
        for one in value:
            element = merged_type(element, _type(one))
        return Array(element)
    return None if value is None else of_cell(value)
