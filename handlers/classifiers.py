"""Custom classifiers: what a crawler asks before the built-in ones. Using them is the crawl's."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluematch.models.catalog import classifiers
from gluematch.models.catalog.classifiers import Classifier
from gluematch.models.catalog.store import Transaction
from gluematch.models.datasets.grok import GrokError, grok
from gluematch.models.datasets.json_paths import json_path
from gluematch.models.errors import InvalidInputException, ValidationException

from . import paging
from .registry import Call, operation

if TYPE_CHECKING:
    from types_boto3_glue import type_defs as glue

KINDS = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")
XML_NAME = re.compile(r"[^\W\d][\w.:-]*")
CSV_TYPES = (
    "BINARY",
    "BOOLEAN",
    "DATE",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "INT",
    "LONG",
    "SHORT",
    "STRING",
    "TIMESTAMP",
)


@operation
def create_classifier(
    call: Call, request: "glue.CreateClassifierRequestTypeDef"
) -> Mapping[str, Any]:
    """A new classifier of one kind."""
    kind, given = _only_kind(request)
    document = {member: value for member, value in given.items() if member != "Name"}
    _check(kind, document)
    with call.catalog.begin() as tx:
        classifiers.create(tx, given["Name"], kind, document)
    return {}


@operation
def update_classifier(
    call: Call, request: "glue.UpdateClassifierRequestTypeDef"
) -> Mapping[str, Any]:
    """Another definition for a classifier, which keeps its kind: its next version."""
    kind, given = _only_kind(request)
    with call.catalog.begin() as tx:
        old = classifiers.get(tx, given["Name"])
        if old.kind != kind:
            raise InvalidInputException(f"Classifier {old.name} is a {old.kind}, not a {kind}.")
        changed = {member: value for member, value in given.items() if member != "Name"}
        document = {**old.document, **changed}
        _check(kind, document)
        classifiers.update(tx, old, document)
    return {}


@operation
def delete_classifier(
    call: Call, request: "glue.DeleteClassifierRequestTypeDef"
) -> Mapping[str, Any]:
    """A classifier goes; crawlers that name it fail until they no longer do."""
    with call.catalog.begin() as tx:
        classifiers.delete(tx, request["Name"])
    return {}


@operation
def get_classifier(call: Call, request: "glue.GetClassifierRequestTypeDef") -> Mapping[str, Any]:
    """One classifier."""
    with call.catalog.read() as tx:
        return {"Classifier": _answer(classifiers.get(tx, request["Name"]))}


@operation
def get_classifiers(call: Call, request: "glue.GetClassifiersRequestTypeDef") -> Mapping[str, Any]:
    """All classifiers, by name."""
    page = paging.start("get_classifiers", request, refusal=ValidationException)
    with call.catalog.read() as tx:
        rows = classifiers.page(tx, page.after, page.probe)
    found = paging.cut(page, rows, lambda classifier: classifier.name)
    return {"Classifiers": list(map(_answer, found.items)), "NextToken": found.next_token}


def require_classifiers(tx: Transaction, settings: Mapping[str, Any]) -> None:
    """Raise InvalidInputException if a crawler's settings name a classifier that is not there."""
    names = settings["Classifiers"]
    found = classifiers.many(tx, names)
    if missing := [name for name in names if name not in found]:
        raise InvalidInputException(f"Classifier {missing[0]} does not exist.")


def _only_kind(request: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    kinds = [kind for kind in KINDS if request.get(kind) is not None]
    if len(kinds) != 1:
        raise InvalidInputException(f"Exactly one of {', '.join(KINDS)} has to be given.")
    return kinds[0], request[kinds[0]]


def _check(kind: str, document: Mapping[str, Any]) -> None:
    """Raise InvalidInputException for a definition that could never work."""
    try:
        if kind == "GrokClassifier":
            _check_grok(document)
        elif kind == "JsonClassifier":
            json_path(document["JsonPath"])
        elif kind == "XMLClassifier":
            _check_xml(document)
        else:
            _check_csv(document)
    except (GrokError, ValueError) as error:
        raise InvalidInputException(str(error)) from None


def _check_grok(document: Mapping[str, Any]) -> None:
    if not grok(document["GrokPattern"], document.get("CustomPatterns", "")).columns:
        raise ValueError("The grok pattern names no field.")


def _check_xml(document: Mapping[str, Any]) -> None:
    tag = document.get("RowTag", "")
    if not XML_NAME.fullmatch(tag):
        raise ValueError(f"RowTag has to be the name of an XML element, not {tag!r}.")


def _check_csv(document: Mapping[str, Any]) -> None:
    if document.get("Delimiter", ",") == document.get("QuoteSymbol", '"'):
        raise ValueError("Delimiter and QuoteSymbol have to differ.")
    unknown = sorted(set(document.get("CustomDatatypes", ())) - set(CSV_TYPES))
    if unknown:
        raise ValueError(f"CustomDatatypes are {', '.join(CSV_TYPES)}, not {unknown[0]}.")
    names = [name.strip().lower() for name in document.get("Header", ())]
    if len(set(names)) < len(names):
        raise ValueError("The names in Header have to differ, whatever their case.")


def _answer(classifier: Classifier) -> dict[str, Any]:
    return {
        classifier.kind: {
            **classifier.document,
            "Name": classifier.name,
            "CreationTime": classifier.created,
            "LastUpdated": classifier.updated,
            "Version": classifier.version,
        }
    }
