"""STS's GetCallerIdentity: the account, ARN and user id of whoever has signed."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from gluematch.models.scope import Scope

from .http import Application
from .identities import Identity
from .neighbours import actions
from .protocol import destination, identity
from .protocol.dialects import StartResponse

_OPERATION = ("sts", "GetCallerIdentity")
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

IdentityOf = Callable[[str, Scope], Identity]
"""Who signs with an access key, for which account."""


def answering(application: Application, identity_of: IdentityOf, default: Scope) -> Application:
    """The application, where that operation is answered here: moto knows no keys but its own."""

    def enter(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if destination.of(environ).service != "sts" or actions.asked(environ) != _OPERATION:
            return application(environ, start_response)
        signer, scope = destination.of(environ).signer, identity.scope(environ) or default
        data = _written(identity_of(signer.access_key or "", scope), identity.request_id(environ))
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(data)))]
        start_response("200 OK", headers)
        return [data]

    return enter


def _written(who: Identity, request_id: str) -> bytes:
    result = f"<Arn>{escape(who.arn)}</Arn><UserId>{escape(who.user_id)}</UserId>"
    result += f"<Account>{who.account}</Account>"
    return (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}">'
        f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    ).encode()
