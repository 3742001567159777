"""Which format an object has: the crawler's custom classifiers, then Glue's own in its order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.json_paths import JsonPath
from gluematch.models.datasets.objects import ObjectInfo, ObjectStore
from gluematch.models.datasets.type_limits import require_short

from . import delimited_text, ion_text, json_text, log_text, xml_text
from .custom import CustomClassifier
from .file_classifiers import FILE_CLASSIFIERS
from .formats import Format, Log, Unknown, Xml
from .samples import MEGABYTE, SHORT, Sample, longer, sample
from .seen import Seen
from .types import Columns, hive

JSON_LIMIT = 10 * MEGABYTE
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Classified:
    """An object, its format and columns, and an estimate of its number of records.

    `reason` says why the format is unknown, when it is.
    """

    info: ObjectInfo
    format: Format
    compression: str
    columns: Columns
    records: int
    reason: str = ""


def classify(
    store: ObjectStore, info: ObjectInfo, custom: Sequence[CustomClassifier] = ()
) -> Classified:
    """Read the beginning, or the footer, of an object and name its format.

    Raises ObjectStoreError; an object that fits no format is Unknown.
    """
    found = sample(store, info, SHORT)
    faults = [found.fault] if found.fault else []
    if found.compression == "none":
        for magic, classifier in FILE_CLASSIFIERS:
            if found.data.startswith(magic):
                try:
                    return _classified(found, _storable(classifier(store, found)))
                except FormatError as error:
                    faults.append(str(error))
    if not found.whole:
        found = longer(store, found)
    if _ends_within_json(found):
        found = _until_json_ends(store, found)
    seen = _ask_all(found, custom, faults)
    return _unknown(found, faults) if seen is None else _classified(found, seen)


def _ends_within_json(found: Sample, *, surely: bool = True) -> bool:
    text = None if found.whole else found.text
    return text is not None and json_text.is_cut(text, surely=surely)


def _until_json_ends(store: ObjectStore, found: Sample) -> Sample:
    """A sample that is long enough for the JSON value that it begins with, within limits."""
    while len(found.data) < JSON_LIMIT and _ends_within_json(found, surely=False):
        found = longer(store, found)
    return found


def _ask(classifier: CustomClassifier, found: Sample) -> Seen | None:
    """What a custom classifier says of a sample; None if nothing. Raises FormatError."""
    rules, text, whole = classifier.rules, found.text, found.whole
    if isinstance(rules, Xml):
        return xml_text.classify_by(rules, found)
    if not text:
        return None
    if isinstance(rules, Log):
        return log_text.classify_by(rules, text, whole=whole)
    if isinstance(rules, JsonPath):
        return json_text.classify_by(rules, text, whole=whole)
    return delimited_text.classify(text, whole=whole, rules=rules)


def _ask_all(found: Sample, custom: Sequence[CustomClassifier], faults: list[str]) -> Seen | None:
    """What the first classifier says that is certain, else the most certain of all."""
    best: Seen | None = None
    for classifier in _classifiers(custom):
        try:
            seen = classifier(found)
            if seen is not None:
                _storable(seen)
        except FormatError as error:
            faults.append(str(error))
            continue
        if seen is not None and (best is None or seen.certainty > best.certainty):
            best = seen
        if best is not None and best.certainty >= 1:
            break
    return best


def _storable(seen: Seen) -> Seen:
    """The same. Raises FormatError for a column whose type the catalog does not take."""
    for name, kind in seen.columns:
        require_short(name, hive(kind))
    return seen


def _classifiers(
    custom: Sequence[CustomClassifier],
) -> Iterator[Callable[[Sample], Seen | None]]:
    yield from (partial(_ask, one) for one in custom)
    yield _of_text(json_text.classify)
    yield xml_text.classify
    yield ion_text.classify
    yield _of_text(log_text.classify)
    yield _of_text(delimited_text.classify)


def _of_text(classifier: Callable[..., Seen | None]) -> Callable[[Sample], Seen | None]:
    def of_text(found: Sample) -> Seen | None:
        text = found.text
        return None if not text else classifier(text, whole=found.whole)

    return of_text


def _classified(found: Sample, seen: Seen) -> Classified:
    return Classified(
        info=found.info,
        format=seen.format,
        compression=found.compression,
        columns=_nameable(seen.columns),
        records=found.records_in_object(seen.records, round(len(found.data) * seen.share)),
    )


def _nameable(columns: Columns) -> Columns:
    """The columns whose names the catalog can hold: 1 to 255 characters on one line."""
    return tuple(
        (name, kind)
        for name, kind in columns
        if 1 <= len(name) <= LONGEST_NAME and not any(sign in name for sign in "\r\n\t")
    )


def _unknown(found: Sample, faults: Sequence[str]) -> Classified:
    plain = "its text is of no known format" if found.text else "it is not UTF-8 text"
    reason = "; ".join(dict.fromkeys(faults)) or plain
    return Classified(found.info, Unknown(), found.compression, (), 0, reason)
