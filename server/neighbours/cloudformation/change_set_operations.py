"""Operations of change sets: what an update would do, kept until somebody has it done."""

import re
from collections.abc import Mapping
from typing import Any

from gluematch.models import clock, ids

from . import parameters
from .changes import changes
from .errors import AlreadyExists, ChangeSetNotFound, InvalidChangeSetStatus, StackError
from .requests import (
    Call,
    check_capabilities,
    checked,
    operation,
    refuse_what_is_not_built,
    tags,
    texts,
)
from .stack_operations import begin_update, check_may_be_updated, facts_of, new_stack
from .stacks import REVIEW, Stack

CHANGE_SETS_LIMIT = 20
"""Of one stack: a change set keeps its template."""
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a"
    " change set."
)


@operation
def CreateChangeSet(call: Call, members: Any) -> Mapping[str, Any]:
    """Find what would change, and keep it. A stack that is not there yet waits in review."""
    refuse_what_is_not_built(members)
    kind, name = members.get("ChangeSetType", "UPDATE"), members["ChangeSetName"]
    if not _NAME.fullmatch(name):
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy"
            " constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if kind not in {"CREATE", "UPDATE"}:
        raise StackError(f"Change sets of the type {kind} are not supported by this server.")
    before = _stack(call, members["StackName"], kind)
    template = call.template(members, before)
    check_capabilities(template, members.get("Capabilities", []))
    stack = before or new_stack(call, members)
    given = texts(template, members, stack.facts["Parameters"])
    found = changes(
        stack,
        template,
        given,
        tags=tags(members) or stack.facts["Tags"],
        who=call.client.who,
        exported=call.exported,
    )
    who = call.client.who
    arn = f"arn:aws:cloudformation:{who.region}:{who.account}:changeSet/{name}/{ids.unique()}"
    change_set = {
        "Name": name,
        "Type": kind,
        "Template": template.text,
        "Texts": given,
        "Shown": parameters.shown(template, given),
        "Members": {n: members[n] for n in ("Tags", "Capabilities", "RoleARN") if n in members},
        "Description": members.get("Description"),
        "Created": clock.now(),
        "Changes": found,
        "Status": "CREATE_COMPLETE" if found or _outputs_differ(template, stack) else "FAILED",
    }
    if before is None:
        stack.facts |= facts_of(template, given, members)
        stack.become(REVIEW, "User Initiated")
        stack.change_sets[arn] = change_set
        call.store.add(stack)
        call.store.finish(stack)
    else:
        with call.store.changing(stack.stack_id) as stack:
            if any(each["Name"] == name for each in stack.change_sets.values()):
                raise AlreadyExists(
                    f"ChangeSet {name} cannot be created due to a mismatch with"
                    " existing attribute Description"
                )
            if len(stack.change_sets) >= CHANGE_SETS_LIMIT:
                raise StackError(
                    f"The stack has {CHANGE_SETS_LIMIT} change sets: delete one first."
                )
            stack.change_sets[arn] = change_set
    return {"Id": arn, "StackId": stack.stack_id}


@operation
def DescribeChangeSet(call: Call, members: Any) -> Mapping[str, Any]:
    """A change set with its changes."""
    stack, arn = _find(call, members)
    found = stack.change_sets[arn]
    return {
        **_summary(stack, arn),
        "Parameters": found["Shown"],
        "Changes": found["Changes"],
        "Capabilities": found["Members"].get("Capabilities", []),
        "Tags": found["Members"].get("Tags", []),
        "NotificationARNs": [],
    }


@operation
def ListChangeSets(call: Call, members: Any) -> Mapping[str, Any]:
    """The change sets of a stack."""
    stack = call.store.get(members["StackName"])
    return {"Summaries": [_summary(stack, arn) for arn in stack.change_sets]}


@operation
def DeleteChangeSet(call: Call, members: Any) -> Mapping[str, Any]:
    """Forget a change set."""
    stack, arn = _find(call, members)
    with call.store.changing(stack.stack_id) as stack:
        stack.change_sets.pop(arn, None)
    return {}


@operation
def ExecuteChangeSet(call: Call, members: Any) -> Mapping[str, Any]:
    """Do what a change set says. All other change sets of the stack are out of date then."""
    found, arn = _find(call, members)
    with call.store.beginning(found.stack_id) as stack:
        change_set = stack.change_sets.get(arn)
        if change_set is None:
            raise ChangeSetNotFound(f"ChangeSet [{arn}] does not exist")
        if change_set["Status"] != "CREATE_COMPLETE":
            raise InvalidChangeSetStatus(
                f"ChangeSet [{arn}] cannot be executed in its current status of"
                f" [{change_set['Status']}]"
            )
        template, given = checked(change_set["Template"]), change_set["Texts"]
        stack.change_sets.clear()
        if stack.status == REVIEW:
            stack.become("CREATE_IN_PROGRESS", "User Initiated")
        else:
            check_may_be_updated(stack)
            begin_update(stack, template, change_set["Members"])
    work = call.work(stack)
    if stack.status == "CREATE_IN_PROGRESS":
        failure = members.get("DisableRollback") or not stack.facts["Rollback"]
        work.create(template, given, "DO_NOTHING" if failure else "ROLLBACK")
    else:
        work.update(template, given)
    return {}


def _stack(call: Call, name: str, kind: str) -> Stack | None:
    """The stack that a change set is for; None for a new one."""
    try:
        stack = call.store.get(name)
    except StackError:
        if kind == "CREATE":
            return None
        raise StackError(f"Stack [{name}] does not exist") from None
    if kind == "CREATE" and stack.status != REVIEW:
        raise AlreadyExists(
            f"Stack [{stack.name}] already exists and cannot be created again with the changeSet."
        )
    if kind == "UPDATE":
        check_may_be_updated(stack)
    return stack


def _outputs_differ(template: Any, stack: Stack) -> bool:
    if not stack.template:
        return True
    return bool(template.section("Outputs") != checked(stack.template).section("Outputs"))


def _find(call: Call, members: Mapping[str, Any]) -> tuple[Stack, str]:
    name, stack_name = members["ChangeSetName"], members.get("StackName")
    if stack_name is None and not name.startswith("arn:"):
        raise StackError("StackName must be specified if ChangeSetName is not specified as an ARN.")
    for stack in [call.store.get(stack_name)] if stack_name else call.store.every():
        for arn, change_set in stack.change_sets.items():
            if name in {arn, change_set["Name"]}:
                return stack, arn
    raise ChangeSetNotFound(f"ChangeSet [{name}] does not exist")


def _summary(stack: Stack, arn: str) -> dict[str, Any]:
    found = stack.change_sets[arn]
    failed = found["Status"] == "FAILED"
    return {
        "ChangeSetId": arn,
        "ChangeSetName": found["Name"],
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "Description": found["Description"],
        "CreationTime": found["Created"],
        "Status": found["Status"],
        "StatusReason": _NO_CHANGES if failed else None,
        "ExecutionStatus": "UNAVAILABLE" if failed else "AVAILABLE",
    }
