"""Which account and region a request speaks for, read from how it was signed.

Signatures are not checked here: an access key names an account, it proves nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from gluematch.models.scope import Scope

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Signer:
    """What a signature says of itself; None where it says nothing."""

    access_key: str | None = None
    region: str | None = None
    service: str | None = None


def signer(authorization: str | None, query: Mapping[str, str]) -> Signer:
    """The signer of a request: from its Authorization header, else from a presigned URL."""
    if authorization and (found := _CREDENTIAL.search(authorization)):
        return _of_credential(found.group(1))
    if authorization and authorization.startswith("AWS "):
        return Signer(authorization.removeprefix("AWS ").partition(":")[0])
    if credential := query.get("X-Amz-Credential"):
        return _of_credential(unquote(credential))
    return Signer(query.get("AWSAccessKeyId"))


def scope_of(who: Signer, owner: Callable[[str], str | None], default: Scope) -> Scope:
    """The scope of a signer: a 12-digit key is an account, `owner` knows whose others are."""
    account = default.account
    if who.access_key:
        if _ACCOUNT.fullmatch(who.access_key):
            account = who.access_key
        else:
            account = owner(who.access_key) or account
    return Scope(account, who.region or default.region)


def _of_credential(credential: str) -> Signer:
    """`key/date/region/service/aws4_request`; a key may hold slashes, the rest may not."""
    parts = credential.rsplit("/", 4)
    region = parts[2] if len(parts) == 5 else ""
    known = len(region) <= 32 and _REGION.fullmatch(region) is not None
    service = parts[3] if len(parts) == 5 else None
    return Signer(parts[0], region if known else None, service)
