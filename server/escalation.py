"""Keeps who has few rights from giving itself more: IAM, STS and CloudFormation ask policies, too.

Other services beside us enforce none (docs/security.md). These three are asked by forms: an
`Action`, and members that name what it touches. Nor may such a one have the server emptied.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from gluematch.models.authorization import decision
from gluematch.models.authorization.decision import EVERYTHING, Resource
from gluematch.models.scope import Scope

from . import rights_resources
from .identities import Identity
from .permissions import Sender, refusal, said_by
from .protocol import destination
from .protocol.dialects import Fault, Refusal

_GUARDED = frozenset({"iam", "sts", "cloudformation"})
_EMPTYING = "/moto-api"
_ANYBODY = "sts:GetCallerIdentity"
_DENIED = Fault(("AccessDeniedException", 400), ("AccessDenied", 403), ("AccessDenied", 403))
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Asks the policies of whoever `identity_of` says has signed; signatures are checked before."""

    identity_of: Callable[[str], Identity]
    default: Scope

    def check(self, environ: dict[str, Any]) -> None:
        """Raise Refusal for a request that gives or hands out rights, and that no policy allows."""
        asked = destination.of(environ)
        service, signer = asked.service, asked.signer
        emptying = environ.get("PATH_INFO", "").startswith(_EMPTYING)
        if service not in _GUARDED and not emptying:
            return
        who = self.identity_of(signer.access_key or "")
        if who.rights is decision.ALL:
            return
        if emptying:
            raise Refusal(_DENIED, "Only a key of the account itself may have the server emptied.")
        region = signer.region or self.default.region
        context = said_by(who, _sender(environ), Scope(who.account, region))
        for name, resource in _asked(environ, service, who.account):
            action = f"{service}:{name}"
            denial = decision.denied(who.rights, action, resource, context)
            if denial is not None and action != _ANYBODY:
                raise Refusal(_DENIED, refusal(who, action, resource, denial))


def _asked(environ: dict[str, Any], service: str, account: str) -> Iterator[tuple[str, Resource]]:
    """Every action that a request may mean, on all that it names; what is no form may mean any."""
    body = environ["wsgi.input"]
    text = body.read().decode("utf-8", "replace")
    body.seek(0)
    plain = not text or environ.get("CONTENT_TYPE", "").startswith(_FORM)
    parts = environ.get("QUERY_STRING", ""), text
    form = MultiDict(pair for part in parts for pair in parse_qsl(part, keep_blank_values=True))
    plain = plain and "HTTP_CONTENT_ENCODING" not in environ
    if not plain or "HTTP_X_AMZ_TARGET" in environ or "Action" not in form:
        yield "*", EVERYTHING
    for name in form.getlist("Action"):
        yield from (
            (name, resource) for resource in rights_resources.touched(service, name, form, account)
        )


def _sender(environ: dict[str, Any]) -> Sender:
    secure = environ.get("wsgi.url_scheme") == "https"
    address, agent = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", "")
    return Sender(address=address, secure=secure, agent=agent)
