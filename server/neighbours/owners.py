"""Which access keys the neighbouring IAM and STS issued, and to which accounts."""

import sys
from collections.abc import Iterator
from datetime import UTC
from functools import cache, wraps
from typing import Any

from gluematch.server.keys import Key

_ASKED_BY = "gluematch_asked_by"


def owner_of(access_key: str) -> str | None:
    """The account, or None for a key that nobody issued here."""
    return next((account for account, _, _ in _found(access_key)), None)


def issued(access_key: str) -> Key | None:
    """A key that may sign: active, of a user who is still there, or of a session in whose
    account it was asked for. A role of another account is no way into that."""
    for account, backend, key in _found(access_key):
        if key.user_name is None:
            return _of_session(account, key)
        if key.status == "Active" and key.user_name in backend.users:
            return Key(key.secret_access_key, account)
    return None


@cache
def watch_sessions() -> None:
    """From now on note for each temporary key which account has asked for it.

    Moto gives keys of a role's account to whoever names the role.
    """
    from moto.sts.models import STSBackend  # noqa: PLC0415  # only where keys are checked

    create: Any = STSBackend._create_access_key

    @wraps(create)
    def noted(self: Any, role: str) -> Any:
        account, key = create(self, role)
        setattr(key, _ASKED_BY, self.account_id)
        return account, key

    STSBackend._create_access_key = noted  # type: ignore[method-assign]  # no hook is there


def _of_session(account: str, key: Any) -> Key | None:
    from moto.sts.models import sts_backends  # noqa: PLC0415  # imported by whoever issued it

    if getattr(key, _ASKED_BY, None) != account:
        return None
    for backend in list(sts_backends[account].values()):
        role = backend.get_assumed_role_from_access_key(key.access_key_id)
        if role is not None:
            end = role.expiration.replace(tzinfo=UTC)
            return Key(role.secret_access_key, account, role.session_token, end)
    return None


def _found(access_key: str) -> Iterator[tuple[str, Any, Any]]:
    """Account, IAM and key of what was issued under an id."""
    iam = sys.modules.get("moto.iam.models")
    if iam is None:  # nobody has spoken to a service that loads it: nothing was issued
        return
    accounts: list[tuple[str, Any]] = list(iam.iam_backends.items())
    for account, partitions in accounts:
        for backend in list(partitions.values()):
            if (key := backend.access_keys.get(access_key)) is not None:
                yield account, backend, key
