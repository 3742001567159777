"""Whether who signs a request of Glue may do what it asks for: IAM's identity policies.

docs/security.md says what is enforced, docs/decisions/authorization.md what we chose.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gluematch.handlers import resources
from gluematch.models import clock
from gluematch.models.authorization import decision
from gluematch.models.authorization.conditions import Context
from gluematch.models.authorization.decision import EVERYTHING, Denial, Resource
from gluematch.models.catalog import tags
from gluematch.models.catalog.store import ScopedCatalog
from gluematch.models.errors import AccessDeniedException
from gluematch.models.scope import Scope

from .identities import Identity


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a request came from: the access key, the peer's address, whether over TLS."""

    access_key: str = ""
    address: str = ""
    secure: bool = False
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Asks the policies of whoever `identity_of` says has signed."""

    identity_of: Callable[[str], Identity]

    def check(
        self, sender: Sender, catalog: ScopedCatalog, operation: str, members: Mapping[str, Any]
    ) -> None:
        """Raise AccessDeniedException unless all that the request touches is allowed."""
        who = self.identity_of(sender.access_key)
        if who.rights is decision.ALL:
            return
        action = resources.action(operation)
        context = {**said_by(who, sender, catalog.scope), **_tags_asked_for(members)}
        for resource in resources.touched(operation, catalog.scope, members):
            about = {**context, **_tags_of(catalog, resource)}
            denial = decision.denied(who.rights, action, resource, about)
            if denial is not None:
                raise AccessDeniedException(refusal(who, action, resource, denial))


def refusal(who: Identity, action: str, resource: Resource, denial: Denial) -> str:
    """AWS's sentence for something that is denied."""
    arn = f"{resource.arn}*" if resource.below else resource.arn
    where = "" if resource is EVERYTHING else f" on resource: {arn}"
    because = denial.because(action)
    return f"User: {who.arn} is not authorized to perform: {action}{where} {because}"


def said_by(who: Identity, sender: Sender, scope: Scope) -> dict[str, tuple[str, ...]]:
    """What conditions may ask of any request."""
    now = clock.now()
    said = {
        "aws:CurrentTime": now.isoformat(),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:PrincipalAccount": who.account,
        "aws:PrincipalArn": who.principal,
        "aws:PrincipalType": who.kind,
        "aws:RequestedRegion": scope.region,
        "aws:SecureTransport": str(sender.secure).lower(),
        "aws:SourceIp": sender.address,
        "aws:UserAgent": sender.agent,
        "aws:userid": who.user_id,
        "aws:username": who.user_name or "",
    }
    return {key.lower(): (value,) for key, value in said.items() if value}


def _tags_asked_for(members: Mapping[str, Any]) -> Context:
    """The tags that a request sets, and the keys of those that it sets or takes away."""
    given = members.get("Tags", members.get("TagsToAdd"))
    setting = given if isinstance(given, Mapping) else {}
    keys = [*setting, *members.get("TagsToRemove", ())]
    asked = {f"aws:requesttag/{key.lower()}": (str(value),) for key, value in setting.items()}
    return {**asked, "aws:tagkeys": tuple(keys)} if keys else asked


def _tags_of(catalog: ScopedCatalog, resource: Resource) -> Context:
    if resource.below or resource is EVERYTHING:
        return {}
    with catalog.read() as tx:
        found = tags.get(tx, resource.arn)
    return {f"aws:resourcetag/{key.lower()}": (value,) for key, value in found.items()}
