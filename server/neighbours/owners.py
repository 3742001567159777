"""Which access keys the neighbouring IAM and STS issued, to whom, and with which rights."""

from collections.abc import Iterator
from datetime import UTC
from functools import cache, partial, wraps
from typing import Any

from gluematch.server import identities
from gluematch.server.identities import Identity
from gluematch.server.keys import Key

from .loaded import loaded

_ASKED_BY = "gluematch_asked_by"


def owner_of(access_key: str) -> str | None:
    """The account, or None for a key that nobody issued here."""
    return next((account for account, _, _ in _found(access_key)), None)


def issued(access_key: str) -> Key | None:
    """A key that may sign: active, of a user who is still there, or of a session in whose
    account it was asked for. A role of another account is no way into that."""
    for account, backend, key in _found(access_key):
        if key.user_name is None:
            return _of_session(account, backend, key)
        if key.status == "Active" and key.user_name in backend.users:
            owner = backend.users[key.user_name]
            who = partial(_user, account, backend, owner)
            return Key(key.secret_access_key, account, identify=who)
    return None


def identity_of(access_key: str) -> Identity | None:
    """Who an issued key is of, whether it may sign or not; None for a key that nobody issued."""
    for account, backend, key in _found(access_key):
        if key.user_name in backend.users:
            return _user(account, backend, backend.users[key.user_name])
        if (role := _assumed(account, access_key)) is not None:
            return _session(account, backend, role)
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


def _of_session(account: str, iam: Any, key: Any) -> Key | None:
    role = _assumed(account, key.access_key_id)
    if role is None or getattr(key, _ASKED_BY, None) != account:
        return None
    end = role.expiration.replace(tzinfo=UTC)
    who = partial(_session, account, iam, role)
    return Key(role.secret_access_key, account, role.session_token, end, who)


def _assumed(account: str, access_key: str) -> Any:
    """What STS knows of a session by its key; moto keeps it with the account of the role."""
    sts = loaded("moto.sts.models")
    for backend in [] if sts is None else list(sts.sts_backends[account].values()):
        if (role := backend.get_assumed_role_from_access_key(access_key)) is not None:
            return role
    return None


def _user(account: str, iam: Any, user: Any) -> Identity:
    groups = [group for group in list(iam.groups.values()) if user in group.users]
    documents = [document for holder in (user, *groups) for document in _documents(holder)]
    rights = identities.rights(user.arn, documents)
    return identities.user(account, user.name, rights, user_id=user.id, path=user.path)


def _session(account: str, iam: Any, assumed: Any) -> Identity:
    """A session has its role's rights, within the role's boundary and the policy that was given
    when it began. Moto lets roles be assumed that there are not: they have no rights."""
    role = next((each for each in list(iam.roles.values()) if each.arn == assumed.role_arn), None)
    boundary = None if role is None else role.permissions_boundary_arn
    rights = identities.rights(
        assumed.role_arn,
        () if role is None else _documents(role),
        None if boundary is None else _managed(iam, boundary),
        (assumed.policy,) if assumed.policy else None,
    )
    return identities.session(
        account, assumed.role_arn, assumed.session_name, assumed.user_id, rights
    )


def _documents(holder: Any) -> list[str]:
    """The policies of a user, a group or a role: its own, and those attached to it."""
    attached = [
        document for each in list(holder.managed_policies.values()) for document in _now(each)
    ]
    return [*list(holder.policies.values()), *attached]


def _managed(iam: Any, arn: str) -> list[str]:
    """The managed policy of an ARN; none is nothing allowed."""
    found = iam.managed_policies.get(arn)
    return [] if found is None else _now(found)


def _now(managed: Any) -> list[str]:
    return [version.document for version in managed.versions if version.is_default]


def _found(access_key: str) -> Iterator[tuple[str, Any, Any]]:
    """Account, IAM and key of what was issued under an id."""
    iam = loaded("moto.iam.models")
    if iam is None:  # nobody has spoken to a service that loads it: nothing was issued
        return
    accounts: list[tuple[str, Any]] = list(iam.iam_backends.items())
    for account, partitions in accounts:
        for backend in list(partitions.values()):
            if (key := backend.access_keys.get(access_key)) is not None:
                yield account, backend, key
