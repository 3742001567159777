"""Which operation a request asks for: of Glue, of our own, or of a neighbouring service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.server.neighbours import actions
from gluematch.server.protocol import own, spec

UNKNOWN = actions.UNKNOWN
SEEING = ("health", "health/live", "health/ready", "metrics")
"""The routes below `/_gluematch/` by which somebody looks at the server itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A service and its operation; `bounded` says that a stranger cannot make either up."""

    service: str
    operation: str
    bounded: bool = True

    @property
    def looks_only(self) -> bool:
        """Whether it asks how the server does, as probes do every few seconds."""
        return self.service == "gluematch" and self.operation in SEEING


def asked(environ: Mapping[str, Any]) -> Asked:
    """What the request asks for; `-` for what is unknown."""
    target, path = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("PATH_INFO", "")
    if path.startswith(own.ROOT):
        return Asked("gluematch", _routed(environ["REQUEST_METHOD"], path.removeprefix(own.ROOT)))
    if target.startswith(spec.TARGET):
        name = target.removeprefix(spec.TARGET)
        return Asked("glue", name if name in spec.names() else UNKNOWN)
    service, operation = actions.asked(environ)
    return Asked(service, operation, bounded=service == "s3")


def _routed(method: str, path: str) -> str:
    if path in SEEING:
        return path
    try:
        return spec.route("GET" if method == "HEAD" else method, path).operation.name
    except LookupError:
        return UNKNOWN
