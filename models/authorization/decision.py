"""Whether an identity may do something: deny wins, and what nothing allows is denied.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from . import conditions, wildcards
from .conditions import Context
from .policies import Effect, Policy, Statement

IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action touches: one ARN, or with `below` every one that begins with it."""

    arn: str
    below: bool = False


EVERYTHING = Resource("*")
"""What actions touch that cannot be limited to a resource."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What an identity may do.

    Its policies allow and deny; a boundary and a session's policies only narrow. None of a kind
    means no such limit: an identity without policies may do nothing, one with `policies` None,
    an account itself, everything.
    """

    policies: tuple[Policy, ...] | None
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None


ALL = Rights(policies=None)
NOTHING = Rights(policies=())


@dataclass(frozen=True, slots=True)
class Denial:
    """Why something is denied: by which kind of policy, by a Deny in it or for want of an Allow."""

    kind: str
    explicit: bool

    def because(self, action: str) -> str:
        """The reason in AWS's words."""
        article = "an" if self.kind == IDENTITY else "a"
        if self.explicit:
            return f"with an explicit deny in {article} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


def denied(rights: Rights, action: str, resource: Resource, context: Context) -> Denial | None:
    """Why the action (`glue:GetTable`) on the resource is denied; None where it is allowed."""
    limits = [(IDENTITY, rights.policies), (BOUNDARY, rights.boundary), (SESSION, rights.session)]
    given = [(kind, policies) for kind, policies in limits if policies is not None]
    for kind, policies in given:
        if says("Deny", policies, action, resource, context):
            return Denial(kind, explicit=True)
    for kind, policies in given:
        if not says("Allow", policies, action, resource, context):
            return Denial(kind, explicit=False)
    return None


def says(
    effect: Effect, policies: Iterable[Policy], action: str, resource: Resource, context: Context
) -> bool:
    """Whether a statement of that effect speaks of the action, the resource and the context."""
    return any(
        _applies(statement, policy, action, resource, context)
        for policy in policies
        for statement in policy.statements
        if statement.effect == effect
    )


def _applies(
    statement: Statement, policy: Policy, action: str, resource: Resource, context: Context
) -> bool:
    """Whether a statement speaks of the action and the resource, and its conditions hold."""
    named = any(
        wildcards.matches(wildcards.pattern(each), action.lower()) for each in statement.actions
    )
    if named == statement.other_actions:
        return False
    try:
        return _reaches(statement, policy, resource, context) and conditions.hold(
            statement.conditions, context, variables=policy.variables
        )
    except wildcards.Unresolved:
        return False


def _reaches(statement: Statement, policy: Policy, resource: Resource, context: Context) -> bool:
    """Whether an Allow covers all of the resource, or a Deny any part of it."""
    value_of = partial(conditions.value_of, context) if policy.variables else None
    patterns = [wildcards.pattern(text, value_of) for text in statement.resources]
    fits = [wildcards.fit(each, resource.arn, below=resource.below) for each in patterns]
    allows, but = statement.effect == "Allow", statement.other_resources
    if allows and but:
        return not any(fit.meets for fit in fits)
    if allows:
        return any(fit.covers for fit in fits)
    return not any(fit.covers for fit in fits) if but else any(fit.meets for fit in fits)
