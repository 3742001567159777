"""JSON bodies: strict, bounded, and read without keeping other requests waiting.

The standard library's scanner in C lets no other thread run until it has read all. So it reads only
what has few values. For the rest there is the library's scanner in Python, one body at a time.
"""

import json
import threading
from collections.abc import Mapping
from json import decoder, scanner
from typing import Any, NoReturn

from . import dialects, spec
from .dialects import Fault, Refusal
from .faults import SerializationException
from .own import ROOT

MOST_VALUES = 500_000
"""More values than the largest documented request has: BatchCreatePartition with 100 partitions of
1,000 columns has 300,000."""

MOST_FIELDS = 20_000
"""Fields of a form."""

_FEW = 20_000
_LARGE = 2**18
_TOO_MANY = Fault(
    json=("SerializationException", 400),
    form=("MalformedInput", 400),
    s3=("InvalidRequest", 400),
)
_one_at_a_time = threading.Lock()


class TooManyValues(ValueError):
    """A document has more than MOST_VALUES."""


def document(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds, its members unchecked. Raises SerializationException."""
    try:
        text = body.decode() if body.strip() else "{}"
        found = _parsed(text)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair?
    except TooManyValues as error:
        raise SerializationException(str(error)) from None
    except _Twice as error:
        raise SerializationException(str(error)) from None
    except (ValueError, RecursionError):
        raise SerializationException("The request body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise SerializationException("The request body is not a JSON object.")
    return found


def check_counts(environ: dict[str, Any]) -> None:
    """Raise Refusal for a body of another service that has more values than its parser should read
    at a time."""
    target, path = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("PATH_INFO", "")
    if target.startswith(spec.TARGET) or path.startswith(ROOT) or _size(environ) < _LARGE:
        return
    dialect, stream = dialects.of(environ), environ["wsgi.input"]
    if dialect == "s3" or not stream.seekable():
        return
    body = stream.read()
    stream.seek(0)
    if dialect == "form" and body.count(b"&") >= MOST_FIELDS:
        raise Refusal(_TOO_MANY, f"The form has more than {MOST_FIELDS} fields.")
    if dialect == "json" and _separators(body) > _FEW:
        try:
            _parsed(body.decode())
        except TooManyValues as error:
            raise Refusal(_TOO_MANY, str(error)) from None
        except (ValueError, RecursionError):
            return  # the service says so in its own words


class _Twice(ValueError):
    """A member is there twice, and two readers would take two different values."""


def _size(environ: Mapping[str, Any]) -> int:
    return int(environ.get("CONTENT_LENGTH") or 0)


def _separators(text: Any) -> int:
    comma, bracket, brace = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    return int(text.count(comma) + text.count(bracket) + text.count(brace))


def _parsed(text: str) -> Any:
    if _separators(text) <= _FEW:
        return _IN_C.decode(text)
    with _one_at_a_time:
        return _InPython().decode(text)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names: set[str] = set()
        twice = next(name for name, _ in pairs if name in names or names.add(name))  # type: ignore[func-returns-value]  # None is false
        raise _Twice(f"The member {twice[:100]!r} is there twice.")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_IN_C = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number)


class _InPython(json.JSONDecoder):
    """The library's decoder without its parts in C, which counts the values."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_members, parse_constant=_no_number)
        self._left = MOST_VALUES
        self.parse_array = self._array
        self.parse_object = self._object
        self._scan: Any = scanner.py_make_scanner(self)  # type: ignore[attr-defined]  # not in the stub
        self.scan_once = self._scan

    def _value(self, text: str, at: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooManyValues(f"The request body has more than {MOST_VALUES} values.")
        return self._scan(text, at)

    def _array(self, start: tuple[str, int], _scan: Any) -> Any:
        return decoder.JSONArray(start, self._value)  # type: ignore[attr-defined]  # not in the stub

    def _object(self, start: tuple[str, int], strict: bool, _scan: Any, *rest: Any) -> Any:  # noqa: FBT001  # the library's
        return decoder.JSONObject(start, strict, self._value, *rest)  # type: ignore[attr-defined]  # nor this
