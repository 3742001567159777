"""Operations that make, change and delete stacks. They answer when the work is done."""

import re
from collections.abc import Mapping
from typing import Any

from gluematch.models import clock

from . import parameters
from .errors import StackError
from .requests import (
    Call,
    check_capabilities,
    needed_capabilities,
    operation,
    refuse_what_is_not_built,
    tags,
    texts,
)
from .stacks import REVIEW, Stack, new
from .templates import Template

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


@operation
def CreateStack(call: Call, members: Any) -> Mapping[str, Any]:
    """Make all that a template says; what fails is undone, as OnFailure asks."""
    refuse_what_is_not_built(members)
    template = call.template(members)
    check_capabilities(template, members.get("Capabilities", []))
    given = texts(template, members, {})
    stack = new_stack(call, members)
    stack.facts |= facts_of(template, given, members)
    stack.facts["Protected"] = bool(members.get("EnableTerminationProtection"))
    stack.become("CREATE_IN_PROGRESS", "User Initiated")
    stack.template = template.text
    call.store.add(stack)
    call.work(stack).create(template, given, on_failure(members))
    return {"StackId": stack.stack_id}


@operation
def UpdateStack(call: Call, members: Any) -> Mapping[str, Any]:
    """Let a stack be what another template, or other parameters, say."""
    refuse_what_is_not_built(members)
    before = call.store.get(members["StackName"])
    template = call.template(members, before)
    check_capabilities(template, members.get("Capabilities", []))
    given = texts(template, members, before.facts["Parameters"])
    with call.store.beginning(before.stack_id) as stack:
        check_may_be_updated(stack)
        same = (template.text, given) == (stack.template, stack.facts["Parameters"])
        if same and tags(members) in ({}, stack.facts["Tags"]):
            raise StackError("No updates are to be performed.")
        begin_update(stack, template, members)
    call.work(stack).update(template, given)
    return {"StackId": stack.stack_id}


@operation
def DeleteStack(call: Call, members: Any) -> Mapping[str, Any]:
    """Delete a stack with its resources; one that is not there is deleted."""
    name, retained = members["StackName"], members.get("RetainResources", [])
    try:
        stack = call.store.get(name)
    except StackError:
        return {}
    with call.store.beginning(stack.stack_id) as stack:
        if stack.facts["Protected"]:
            raise StackError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if retained and stack.status != "DELETE_FAILED":
            raise StackError(
                f"Invalid operation on stack [{stack.stack_id}]. The stack must be in DELETE_FAILED"
                " state to retain resources"
            )
        unknown = sorted(set(retained) - stack.resources.keys())
        if unknown:
            raise StackError(f"The stack has no resources [{', '.join(unknown)}] to retain.")
        check_exports_unused(call, stack, set())
        stack.become("DELETE_IN_PROGRESS", "User Initiated")
    call.work(stack).delete(retained)
    return {}


@operation
def UpdateTerminationProtection(call: Call, members: Any) -> Mapping[str, Any]:
    """Protect a stack from being deleted, or do not any more."""
    with call.store.changing(members["StackName"]) as stack:
        stack.facts["Protected"] = bool(members["EnableTerminationProtection"])
    return {"StackId": stack.stack_id}


def new_stack(call: Call, members: Mapping[str, Any]) -> Stack:
    """A stack of a request's name. Raises StackError."""
    name = members["StackName"]
    if not _NAME.fullmatch(name):
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    return new(name, call.client.who, "", clock.now())


def facts_of(
    template: Template, given: Mapping[str, str], members: Mapping[str, Any]
) -> dict[str, Any]:
    """What a request says of its stack."""
    description = template.tree.get("Description")
    return {
        "Description": None if description is None else str(description),
        "Parameters": dict(given),
        "Shown": parameters.shown(template, given),
        "Tags": tags(members),
        "Capabilities": [*members.get("Capabilities", needed_capabilities(template)[0])],
        "RoleARN": members.get("RoleARN"),
        "TimeoutInMinutes": members.get("TimeoutInMinutes"),
        "Rollback": on_failure(members) != "DO_NOTHING",
    }


def on_failure(members: Mapping[str, Any]) -> str:
    """What becomes of a stack that cannot be made."""
    if members.get("DisableRollback"):
        if "OnFailure" in members:
            raise StackError("You can specify either DisableRollback or OnFailure, but not both")
        return "DO_NOTHING"
    return str(members.get("OnFailure", "ROLLBACK"))


def check_may_be_updated(stack: Stack) -> None:
    """Raise StackError for a stack that can only be deleted."""
    if stack.status in {
        REVIEW,
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "CREATE_FAILED",
        "DELETE_FAILED",
    }:
        raise StackError(
            f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )


def begin_update(stack: Stack, template: Template, members: Mapping[str, Any]) -> None:
    """Note that a stack is being updated, and with which tags and capabilities."""
    description = template.tree.get("Description")
    stack.facts |= {
        "Description": None if description is None else str(description),
        "Updated": clock.now(),
        "Capabilities": [*members.get("Capabilities", stack.facts["Capabilities"])],
        "RoleARN": members.get("RoleARN", stack.facts.get("RoleARN")),
        "Tags": tags(members) or stack.facts["Tags"],
    }
    stack.become("UPDATE_IN_PROGRESS", "User Initiated")


def check_exports_unused(call: Call, stack: Stack, remaining: set[str]) -> None:
    """Raise StackError for an export that goes, and that another stack imports."""
    going = stack.exports.keys() - remaining
    for other in call.store.every() if going else ():
        used = sorted(going & set(other.facts["Imports"]))
        if used and other.stack_id != stack.stack_id:
            raise StackError(f"Export {used[0]} cannot be deleted as it is in use by {other.name}")
