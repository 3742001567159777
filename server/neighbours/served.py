"""Which services of AWS are served beside Glue: a closed list of exact names, and what is opened.

A name is that of the credential scope, which is also what `--services` takes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.backend_index import backend_url_patterns
from moto.moto_server.werkzeug_app import SIGNING_ALIASES

from gluematch.server.protocol import destination
from gluematch.server.protocol.destination import Destination
from gluematch.server.protocol.dialects import Fault, Refusal
from gluematch.server.protocol.sigv4 import MISMATCH
from gluematch.server.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A service that is served unless it is closed: its title, and what becomes of its state."""

    title: str
    durability: str


_SECONDS = "written to the data directory some seconds after a change"
_MEMORY = "in memory: lost when the server ends"

REVIEWED: Mapping[str, Reviewed] = {
    "s3": Reviewed("S3", "written to the data directory before the answer"),
    "sts": Reviewed("STS", f"{_SECONDS}, with IAM"),
    "iam": Reviewed("IAM", _SECONDS),
    "logs": Reviewed("CloudWatch Logs", _SECONDS),
    "sqs": Reviewed("SQS", _SECONDS),
    "secretsmanager": Reviewed("Secrets Manager", _SECONDS),
    "dynamodb": Reviewed("DynamoDB and its streams", _SECONDS),
    "kms": Reviewed("KMS", _MEMORY),
    "sns": Reviewed("SNS", _MEMORY),
    "events": Reviewed("EventBridge", _MEMORY),
    "cloudformation": Reviewed("CloudFormation", _MEMORY),
}

_OURS = "glue"
_NOT_SERVED = Fault(
    ("UnknownOperationException", 400), ("InvalidAction", 400), ("InvalidRequest", 400)
)
_SHOWN = 40  # characters of a client's word


@dataclass(frozen=True, slots=True)
class Served:
    """The names of the services that are served, Glue apart."""

    names: frozenset[str]

    def check(self, environ: dict[str, Any]) -> None:
        """Raise Refusal for a request to another service, or to two at once."""
        asked = destination.of(environ)
        if asked.service not in self.names and not asked.is_ours:
            there = ", ".join(sorted(self.names))
            raise Refusal(
                _NOT_SERVED,
                f"The service {asked.service[:_SHOWN]!r} is not served here. Served are glue, "
                f"{there}; the server's option --services opens and closes services.",
            )
        if not asked.fits:
            is_glue = asked.target == destination.GLUE
            right = _OURS if is_glue else f"not {asked.service}"
            raise Refusal(MISMATCH, f"Credential should be scoped to correct service: {right}.")


def served(words: Iterable[str]) -> Served:
    """The services that `--services` names: `+name` opens one more, `-name` closes one, plain names
    stand for the whole list. Raises SettingsError."""
    plain, more, less = set[str](), set[str](), set[str]()
    for word in words:
        name = word.lstrip("+-")
        if backend_of(name) is None:
            raise SettingsError(f"--services: there is no service {name!r} beside Glue")
        {"+": more, "-": less}.get(word[0], plain).add(name)
    if plain and (more or less):
        raise SettingsError("--services takes names, or changes as +name and -name, not both")
    return Served(frozenset(plain or (REVIEWED.keys() | more) - less))


@lru_cache(maxsize=1024)
def backend_of(name: str) -> str | None:
    """Moto's name of the service; None for what is no service, is Glue, or bears another's name."""
    if name in REVIEWED:
        return name
    if not name.replace("-", "").isalnum() or not name.isascii():
        return None
    url = f"http://{SIGNING_ALIASES.get(name, name)}.us-east-1.amazonaws.com"
    found = next((backend for backend, fits in backend_url_patterns if fits.match(url)), None)
    return None if found in REVIEWED or found == _OURS else found


def backend(asked: Destination) -> str:
    """Moto's name of what answers a request to a service that is served."""
    if asked.target.startswith("DynamoDBStreams_"):
        return "dynamodbstreams"
    found = backend_of(asked.service)
    assert found is not None, "it was not served"
    return found


def page() -> str:
    """The table of the services, as Markdown."""
    rows = "\n".join(
        f"| {service.title} | `{name}` | {service.durability} |"
        for name, service in REVIEWED.items()
    )
    return f"| service | name | what it holds is |\n|---|---|---|\n{rows}\n"
