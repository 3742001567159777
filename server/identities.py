"""Who signs a request, and with which rights: an account, a user of IAM, a session of a role."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gluematch.models.authorization import policies
from gluematch.models.authorization.decision import ALL, NOTHING, Rights
from gluematch.models.authorization.policies import MalformedPolicy, Policy

log = logging.getLogger(__name__)

IDENTITY_OF = "gluematch.identity_of"
"""The WSGI environ's entry for a function that says who has signed with an access key, where
signatures are checked."""

Kind = Literal["Account", "User", "AssumedRole"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is and what it may do.

    `arn` is what a refusal names, `principal` what conditions see: for a session its role.
    """

    kind: Kind
    account: str
    arn: str
    principal: str
    user_id: str
    rights: Rights
    user_name: str | None = None


def root(account: str) -> Identity:
    """The account itself, which may do everything."""
    arn = f"arn:aws:iam::{account}:root"
    return Identity("Account", account, arn, arn, account, ALL)


def nobody() -> Identity:
    """Who has signed with a key that is not there any more."""
    return Identity("User", "", "anonymous", "anonymous", "anonymous", NOTHING)


def user(
    account: str, name: str, rights: Rights, *, user_id: str = "", path: str = "/"
) -> Identity:
    """A user of IAM, or of a credentials file."""
    arn = f"arn:aws:iam::{account}:user{path}{name}"
    return Identity("User", account, arn, arn, user_id or name, rights, name)


def session(account: str, role: str, name: str, user_id: str, rights: Rights) -> Identity:
    """A session of the role with that ARN."""
    arn = f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}"
    return Identity("AssumedRole", account, arn, role, user_id, rights)


def rights(
    whose: str,
    documents: Iterable[str],
    boundary: Iterable[str] | None = None,
    session: Iterable[str] | None = None,
) -> Rights:
    """The rights that documents give: none, and a line in the log, where one cannot be read."""
    try:
        return Rights(
            _policies(documents),
            None if boundary is None else _policies(boundary),
            None if session is None else _policies(session),
        )
    except MalformedPolicy as error:
        log.warning("a policy of %s cannot be read, so nothing is allowed: %s", whose, error)
        return NOTHING


def _policies(documents: Iterable[str]) -> tuple[Policy, ...]:
    return tuple(policies.read(document) for document in documents)
