"""What the conditions of a bucket's policy may ask of a request."""

from collections.abc import Mapping
from typing import Any

from gluematch.models.scope import Scope
from gluematch.server import identities
from gluematch.server.browsers import is_loopback
from gluematch.server.identities import IDENTITY_OF, Identity
from gluematch.server.permissions import Sender, said_by
from gluematch.server.protocol import destination, identity

from .operations import Called


def signer(environ: Mapping[str, Any]) -> Identity | None:
    """Who has signed; None where nobody has."""
    access_key = destination.of(environ).signer.access_key
    if access_key is None:
        return None
    identity_of = environ.get(IDENTITY_OF)
    if identity_of is not None:
        found: Identity = identity_of(access_key)
        return found
    where = identity.scope(environ)
    return None if where is None else identities.root(where.account)


def said(
    environ: Mapping[str, Any],
    called: Called,
    headers: Mapping[str, str],
    who: Identity | None,
    where: Scope,
) -> dict[str, tuple[str, ...]]:
    """What conditions may ask: the keys of `bucket_policies.SAID`."""
    address = environ.get("REMOTE_ADDR", "")
    secure = environ.get("wsgi.url_scheme") == "https" or is_loopback(address)
    sender = Sender(address=address, secure=secure, agent=headers.get("user-agent", ""))
    found = said_by(who or identities.nobody(), sender, where)
    if who is None:
        found = {key: value for key, value in found.items() if not key.startswith("aws:principal")}
        found = {key: value for key, value in found.items() if key not in {"aws:userid"}}
        found["aws:principaltype"] = ("Anonymous",)
    more = {
        "aws:principalisawsservice": "false",
        "aws:referer": headers.get("referer"),
        "aws:resourceaccount": where.account,
        "aws:viaawsservice": "false",
        "s3:authtype": "REST-HEADER" if "authorization" in headers else "REST-QUERY-STRING",
        "s3:resourceaccount": where.account,
        "s3:signatureversion": _signature_version(headers, called),
        **{f"s3:{name}": called.value(name) for name in ("prefix", "delimiter", "max-keys")},
        "s3:versionid": called.value("versionId"),
        **{f"s3:{name}": value for name, value in headers.items() if name.startswith("x-amz-")},
        **{f"s3:{name}": headers.get(name) for name in ("if-match", "if-none-match")},
    }
    for name in ("mode", "legal-hold", "retain-until-date"):
        more[f"s3:object-lock-{name}"] = headers.get(f"x-amz-object-lock-{name}")
    found.update({key: (value,) for key, value in more.items() if value is not None})
    return found


def _signature_version(headers: Mapping[str, str], called: Called) -> str:
    by_four = (
        headers.get("authorization", "").startswith("AWS4-") or "X-Amz-Algorithm" in called.query
    )
    return "AWS4-HMAC-SHA256" if by_four else "AWS"
