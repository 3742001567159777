"""What a change set would change: found without making anything."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gluematch.models.scope import Scope

from . import references
from .dependency_order import in_dependency_order
from .deployment import with_tags
from .kinds.kind import KINDS
from .stacks import Stack
from .templates import Template


def changes(
    stack: Stack,
    template: Template,
    texts: Mapping[str, str],
    *,
    tags: Mapping[str, str],
    who: Scope,
    exported: Callable[[str], Any],
) -> list[dict[str, Any]]:
    """The changes as DescribeChangeSet shows them. Raises StackError."""
    return [
        {"Type": "Resource", "ResourceChange": change}
        for change in _changes(stack, template, texts, tags=tags, who=who, exported=exported)
    ]


def _changes(
    stack: Stack,
    template: Template,
    texts: Mapping[str, str],
    *,
    tags: Mapping[str, str],
    who: Scope,
    exported: Callable[[str], Any],
) -> Iterator[dict[str, Any]]:
    later = {name: None for name in template.resources if name not in stack.resources}
    values = references.values(stack, template, texts, who, exported, unknown=later)
    here = [name for name in in_dependency_order(template) if values.is_declared(name)]
    for name in here:
        declared = template.resources[name]
        kind = KINDS[declared["Type"]]
        properties = with_tags(kind.tags, values.resolve(declared.get("Properties") or {}), tags)
        record = stack.resources.get(name)
        change = {"LogicalResourceId": name, "ResourceType": kind.name}
        if record is None:
            yield {**change, "Action": "Add", "Scope": [], "Details": []}
            continue
        replaced = record["Type"] != kind.name or kind.is_replaced(record["Properties"], properties)
        if replaced:
            later[name] = None
        if replaced or record["Properties"] != properties:
            yield {
                **change,
                "Action": "Modify",
                "PhysicalResourceId": record["PhysicalResourceId"],
                "Replacement": str(replaced),
                "Scope": ["Properties"],
                "Details": [
                    _detail(property_, kind.replaced)
                    for property_ in sorted({*properties, *record["Properties"]})
                    if properties.get(property_) != record["Properties"].get(property_)
                ],
            }
    for name, record in stack.resources.items():
        if name not in here:
            yield {
                "Action": "Remove",
                "LogicalResourceId": name,
                "PhysicalResourceId": record["PhysicalResourceId"],
                "ResourceType": record["Type"],
                "Scope": [],
                "Details": [],
            }


def _detail(name: str, replaced: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """What DescribeChangeSet says of one property."""
    recreates = {len(path) == 1 for path in replaced if path[0] == name}
    needs = "Never" if not recreates else "Always" if True in recreates else "Conditionally"
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": needs}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}
