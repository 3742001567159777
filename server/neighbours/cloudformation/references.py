"""What the values of a stack's template are resolved against: its parameters, its resources as far
as they are made, and the exports of the other stacks.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gluematch.models.scope import Scope

from . import parameters
from .errors import StackError
from .stacks import Stack
from .templates import Template
from .values import Values

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def pseudo(stack_id: str, name: str, who: Scope) -> dict[str, Any]:
    """AWS's pseudo parameters."""
    return {
        "AWS::AccountId": who.account,
        "AWS::Region": who.region,
        "AWS::StackId": stack_id,
        "AWS::StackName": name,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::NotificationARNs": [],
    }


def values(
    stack: Stack,
    template: Template,
    texts: Mapping[str, str],
    who: Scope,
    exports: Callable[[str], Any],
    *,
    unknown: Mapping[str, Any] | None = None,
) -> Values:
    """The values of a template for a stack. `unknown` has the logical ids that are not made yet, or
    will be made anew, where they may be named all the same: in a change set."""
    later = unknown if unknown is not None else {}

    def resource(name: str) -> Any:
        if name in later:
            return UNKNOWN
        return _record(stack, name)["PhysicalResourceId"]

    def attribute(name: str, attribute: str) -> Any:
        if name in later:
            return UNKNOWN
        found = _record(stack, name)["Attributes"]
        if attribute not in found:
            raise StackError(
                f"Template error: resource {name} does not support attribute type {attribute} in"
                " Fn::GetAtt"
            )
        return found[attribute]

    references = {
        **parameters.values(template, texts),
        **pseudo(stack.stack_id, stack.name, who),
    }
    return Values(template, references, resource, attribute, exports)


def _record(stack: Stack, name: str) -> Mapping[str, Any]:
    if name not in stack.resources:
        raise StackError(f"Template error: the resource {name} is not there yet.")
    return stack.resources[name]
