"""What requests to the services beside us may not have: what moto would unpack or take unseen."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from gluematch.server.protocol import destination
from gluematch.server.protocol.dialects import Fault, Refusal

from .served import REVIEWED

_PACKED = Fault(("SerializationException", 400), ("MalformedInput", 400), ("InvalidRequest", 400))
_INVALID = Fault(*[("ValidationError", 400)] * 3)
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")
_NAMES = frozenset(
    {"GroupName", "InstanceProfileName", "PolicyName", "RoleName", "RoleSessionName", "UserName"}
)
"""Names that become parts of ARNs, by which policies know whom and what they speak of."""
_NEW_NAMES = frozenset({"NewGroupName", "NewUserName"})
_SHORTEST, _LONGEST = 900, 43_200  # seconds of a session


def check(environ: dict[str, Any]) -> None:
    """Raise Refusal for a packed body, and for names and times that AWS does not take."""
    service = destination.of(environ).service
    if service == "s3":
        return
    if service in REVIEWED and "gzip" in environ.get("HTTP_CONTENT_ENCODING", "").lower():
        raise Refusal(_PACKED, f"No operation of {service} takes a body that is packed by gzip.")
    if service in {"iam", "sts"}:
        for name, value in _given(environ):
            _check(name, value)


def _given(environ: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The members of a request that makes something, or gives it another name."""
    body = environ["wsgi.input"]
    body.seek(0)
    text = body.read().decode("utf-8", "replace")
    body.seek(0)
    parts = environ.get("QUERY_STRING", ""), text
    pairs = [pair for part in parts for pair in parse_qsl(part, keep_blank_values=True)]
    operations = [value for name, value in pairs if name == "Action"]
    makes = any(each.startswith(("AssumeRole", "Create")) for each in operations)
    for name, value in pairs:
        if name in _NEW_NAMES or (makes and (name in _NAMES or name == "DurationSeconds")):
            yield name, value


def _check(name: str, value: str) -> None:
    label = f"{name[0].lower()}{name[1:]}"
    begin = (
        f"1 validation error detected: Value '{value}' at '{label}' failed to satisfy constraint"
    )
    if name == "DurationSeconds":
        number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else -1
        if not _SHORTEST <= number <= _LONGEST:
            which = f"less than or equal to {_LONGEST}" if number > _LONGEST else ""
            which = which or f"greater than or equal to {_SHORTEST}"
            raise Refusal(_INVALID, f"{begin}: Member must have value {which}")
    elif not _NAME.fullmatch(value):
        form = "[\\w+=,.@-]+"
        raise Refusal(_INVALID, f"{begin}: Member must satisfy regular expression pattern: {form}")
