"""IAM and STS: users, groups, roles and policies, and the keys that both have issued."""

from datetime import timedelta
from typing import Any

from gluematch.models import clock
from gluematch.server.neighbours.loaded import loaded

from .service import Backends, Service

GRACE = timedelta(hours=1)
"""How long a session is known after its end, so that its key is told that it has expired."""


def _forget_sessions(account: str) -> None:
    """Drop the account's sessions that have long ended, and their keys: moto never does."""
    sts, iam = loaded("moto.sts.models"), loaded("moto.iam.models")
    if sts is None or iam is None:
        return
    before = (clock.now() - GRACE).replace(tzinfo=None)  # as moto writes times
    identities: list[Any] = [*iam.iam_backends[account].values()]
    for backend in [*sts.sts_backends[account].values()]:
        for session in [each for each in backend.assumed_roles if each.expiration < before]:
            backend.assumed_roles.remove(session)
            for identity in identities:
                identity.access_keys.pop(session.access_key_id, None)


IAM = Service(
    name="iam",
    backends=(
        Backends(
            "moto.iam.models",
            "iam_backends",
            filled=(
                "users",
                "groups",
                "roles",
                "managed_policies",
                "inline_policies",
                "instance_profiles",
                "access_keys",
                "account_aliases",
                "account_password_policy",
                "certificates",
                "open_id_providers",
                "saml_providers",
                "virtual_mfa_devices",
            ),
            beside=("tagger",),
        ),
        Backends("moto.sts.models", "sts_backends", filled=("assumed_roles",)),
    ),
    modules=("moto.iam.models", "moto.sts.models", "moto.utilities.tagging_service"),
    prepare=_forget_sessions,
)
"""STS assumes roles by keys of IAM's."""
