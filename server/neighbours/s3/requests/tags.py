"""Documents of tags, read as S3 reads them: a set may be empty, and no key is there twice."""

from typing import Any
from xml.etree import ElementTree as ET

from moto.s3.exceptions import DuplicateTagKeys, NoSystemTags
from moto.s3.responses import S3Response

from . import documents


def stand_in() -> None:
    """Let moto's S3 read tags so from now on."""
    answers: Any = S3Response
    answers._tagging_from_xml = answers._bucket_tagging_from_body = _tags


def _tags(response: S3Response) -> dict[str, str]:
    top = documents.read(response.body or b"")
    found: dict[str, str] = {}
    for each in (tag for given in documents.below(top, "TagSet") for tag in given):
        key, value = _text(each, "Key"), _text(each, "Value")
        if key in found:
            raise DuplicateTagKeys
        if key.startswith("aws:"):
            raise NoSystemTags
        found[key] = value
    return found


def _text(tag: ET.Element, name: str) -> str:
    return next((each.text or "" for each in documents.below(tag, name)), "")
