"""Operations that only read: stacks, their resources and events, exports, and templates."""

import json
from collections.abc import Mapping
from typing import Any

from .errors import StackError
from .requests import Call, checked, needed_capabilities, operation
from .stacks import Record, Stack
from .templates import Template

PAGE = 100


@operation
def DescribeStacks(call: Call, members: Any) -> Mapping[str, Any]:
    """One stack, or all of them, page by page."""
    name = members.get("StackName")
    if name:
        return {"Stacks": [_described(call.store.get(name))]}
    stacks, more = _page(call.store.every(), members)
    return {"Stacks": [_described(stack) for stack in stacks], "NextToken": more}


@operation
def ListStacks(call: Call, members: Any) -> Mapping[str, Any]:
    """The stacks in some states."""
    wanted = members.get("StackStatusFilter")
    found = [each for each in call.store.every() if not wanted or each.status in wanted]
    stacks, more = _page(found, members)
    return {"StackSummaries": [_summary(stack) for stack in stacks], "NextToken": more}


@operation
def DescribeStackResource(call: Call, members: Any) -> Mapping[str, Any]:
    """One resource of a stack."""
    stack, name = call.store.get(members["StackName"]), members["LogicalResourceId"]
    if name not in stack.resources:
        raise StackError(f"Resource {name} does not exist for stack {stack.name}")
    found = _resource(name, stack.resources[name])
    return {
        "StackResourceDetail": {
            **_of(stack),
            **found,
            "LastUpdatedTimestamp": found["Timestamp"],
        }
    }


@operation
def DescribeStackResources(call: Call, members: Any) -> Mapping[str, Any]:
    """All resources of a stack, or one; or those of the stack that a resource belongs to."""
    logical_id, physical_id = (members.get(f"{n}ResourceId") for n in ("Logical", "Physical"))
    stacks = [call.store.get(members["StackName"])] if "StackName" in members else None
    if stacks is None and not physical_id:
        raise StackError("Either StackName or PhysicalResourceId must be given.")
    found = [
        {**_of(stack), **_resource(name, record)}
        for stack in (call.store.every() if stacks is None else stacks)
        for name, record in stack.resources.items()
        if logical_id in {None, name}
        if physical_id in {None, record["PhysicalResourceId"]} or stacks is not None
    ]
    if stacks is None and not found:
        raise StackError(f"Stack for {physical_id} does not exist")
    return {"StackResources": found[:PAGE]}


@operation
def ListStackResources(call: Call, members: Any) -> Mapping[str, Any]:
    """All resources of a stack, page by page."""
    stack = call.store.get(members["StackName"])
    found, more = _page([_resource(n, r) for n, r in stack.resources.items()], members)
    rows = [{**each, "LastUpdatedTimestamp": each["Timestamp"]} for each in found]
    return {"StackResourceSummaries": rows, "NextToken": more}


@operation
def DescribeStackEvents(call: Call, members: Any) -> Mapping[str, Any]:
    """What happened to a stack, the latest first."""
    if "StackName" not in members:
        raise StackError("StackName must be specified.")
    stack = call.store.get(members["StackName"])
    events, more = _page([*reversed(stack.facts["Events"])], members)
    return {"StackEvents": [{**_of(stack), **each} for each in events], "NextToken": more}


@operation
def GetTemplate(call: Call, members: Any) -> Mapping[str, Any]:
    """The template of a stack, or of a change set."""
    if "StackName" not in members:
        raise StackError("StackName must be specified.")
    stack, name = call.store.get(members["StackName"]), members.get("ChangeSetName")
    text = stack.template
    if name:
        sets = stack.change_sets.items()
        text = next((s["Template"] for arn, s in sets if name in {arn, s["Name"]}), "")
    return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}


@operation
def GetTemplateSummary(call: Call, members: Any) -> Mapping[str, Any]:
    """What a template, or a stack's, has and needs."""
    name = members.get("StackName")
    template = checked(call.store.get(name).template) if name else call.template(members)
    capabilities, reason = needed_capabilities(template)
    metadata = template.tree.get("Metadata")
    return {
        "Parameters": declared_parameters(template),
        "Description": template.tree.get("Description"),
        "Capabilities": capabilities,
        "CapabilitiesReason": reason,
        "ResourceTypes": sorted(template.types),
        "Version": template.tree.get("AWSTemplateFormatVersion"),
        "Metadata": None if metadata is None else json.dumps(metadata),
        "DeclaredTransforms": [],
    }


@operation
def ValidateTemplate(call: Call, members: Any) -> Mapping[str, Any]:
    """Whether a template can be read, and what it needs."""
    template = call.template(members)
    capabilities, reason = needed_capabilities(template)
    shown = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
    return {
        "Parameters": [{n: one.get(n) for n in shown} for one in declared_parameters(template)],
        "Description": template.tree.get("Description"),
        "Capabilities": capabilities,
        "CapabilitiesReason": reason,
        "DeclaredTransforms": [],
    }


@operation
def ListExports(call: Call, members: Any) -> Mapping[str, Any]:
    """All that stacks export."""
    found = [
        {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
        for stack in call.store.every()
        for name, value in stack.exports.items()
    ]
    exports, more = _page(sorted(found, key=lambda each: each["Name"]), members)
    return {"Exports": exports, "NextToken": more}


@operation
def ListImports(call: Call, members: Any) -> Mapping[str, Any]:
    """The stacks that import an export."""
    name = members["ExportName"]
    found = [each.name for each in call.store.every() if name in each.facts["Imports"]]
    if not found:
        raise StackError(f"Export '{name}' is not imported by any stack.")
    return {"Imports": found}


def _page(found: list[Any], members: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    token = members.get("NextToken") or "0"
    if not token.isascii() or not token.isdigit() or len(token) > 9:
        raise StackError("The NextToken is not one of this operation.")
    start = int(token)
    end = start + PAGE
    return found[start:end], str(end) if len(found) > end else None


def _of(stack: Stack) -> dict[str, Any]:
    return {"StackId": stack.stack_id, "StackName": stack.name}


def _resource(name: str, record: Record) -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": record["PhysicalResourceId"],
        "ResourceType": record["Type"],
        "ResourceStatus": record["Status"],
        "ResourceStatusReason": record["Reason"],
        "Timestamp": record["Timestamp"],
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def _summary(stack: Stack) -> dict[str, Any]:
    facts = stack.facts
    return {
        **_of(stack),
        "TemplateDescription": facts.get("Description"),
        "CreationTime": facts["Created"],
        "LastUpdatedTime": facts["Updated"],
        "StackStatus": stack.status,
        "StackStatusReason": facts["Reason"],
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def _described(stack: Stack) -> dict[str, Any]:
    facts = stack.facts
    return {
        **_of(stack),
        "Description": facts.get("Description"),
        "Parameters": facts["Shown"],
        "CreationTime": facts["Created"],
        "LastUpdatedTime": facts["Updated"],
        "StackStatus": stack.status,
        "StackStatusReason": facts["Reason"],
        "DisableRollback": not facts["Rollback"],
        "NotificationARNs": [],
        "TimeoutInMinutes": facts.get("TimeoutInMinutes"),
        "Capabilities": facts["Capabilities"],
        "Outputs": facts["Outputs"],
        "RoleARN": facts.get("RoleARN"),
        "Tags": [{"Key": key, "Value": value} for key, value in facts["Tags"].items()],
        "EnableTerminationProtection": facts["Protected"],
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def declared_parameters(template: Template) -> list[dict[str, Any]]:
    """The parameters that a template declares."""
    return [
        {
            "ParameterKey": name,
            "DefaultValue": None if one.get("Default") is None else str(one["Default"]),
            "ParameterType": one.get("Type"),
            "NoEcho": str(one.get("NoEcho", False)).lower() == "true",
            "Description": one.get("Description"),
            "ParameterConstraints": {
                "AllowedValues": [str(each) for each in one.get("AllowedValues", ())]
            },
        }
        for name, one in template.section("Parameters").items()
    ]
