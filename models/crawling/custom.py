"""Custom classifiers: from the documents that the catalog keeps to rules.

A server reads them; what they say of a sample, `classifiers.py` finds out in a child.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gluematch.models.catalog import classifiers
from gluematch.models.catalog.store import Transaction
from gluematch.models.datasets.json_paths import JsonPath, json_path

from .delimited_text import DELIMITERS, CsvRules
from .formats import Log, Xml

Rules = Log | Xml | JsonPath | CsvRules


@dataclass(frozen=True, slots=True)
class CustomClassifier:
    """A name, and what its kind of classifier goes by."""

    name: str
    rules: Rules


def custom_classifiers(tx: Transaction, names: Sequence[str]) -> tuple[CustomClassifier, ...]:
    """The named classifiers in this order. Raises EntityNotFoundException."""
    found = [classifiers.get(tx, name) for name in names]
    return tuple(CustomClassifier(one.name, RULES[one.kind](one.document)) for one in found)


def _grok(document: Mapping[str, Any]) -> Log:
    custom = document.get("CustomPatterns", "")
    return Log(document["Classification"], document["GrokPattern"], custom)


def _xml(document: Mapping[str, Any]) -> Xml:
    return Xml(document["RowTag"], document["Classification"])


def _json(document: Mapping[str, Any]) -> JsonPath:
    return json_path(document["JsonPath"])


def _csv(document: Mapping[str, Any]) -> CsvRules:
    delimiter = document.get("Delimiter")
    serde = document.get("Serde", "None")
    types = document.get("CustomDatatypes") if document.get("CustomDatatypeConfigured") else None
    # A quote symbol needs the SerDe that knows of quotes; else the file's quotes decide.
    unsaid = True if "QuoteSymbol" in document else None
    return CsvRules(
        delimiters=(delimiter,) if delimiter else DELIMITERS,
        quote=document.get("QuoteSymbol", '"'),
        header=document.get("ContainsHeader", "UNKNOWN"),
        names=tuple(document.get("Header", ())),
        trimmed=not document.get("DisableValueTrimming", False),
        single_column=document.get("AllowSingleColumn", False),
        types=None if types is None else frozenset(types),
        open_csv=unsaid if serde == "None" else serde == "OpenCSVSerDe",
    )


RULES: Mapping[str, Callable[[Mapping[str, Any]], Rules]] = {
    "GrokClassifier": _grok,
    "XMLClassifier": _xml,
    "JsonClassifier": _json,
    "CsvClassifier": _csv,
}
