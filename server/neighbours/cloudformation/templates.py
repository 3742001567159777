"""Templates: trees of plain values, checked in their structure before anything is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .template_yaml import load, refuse

BODY_LIMIT = 51_200
"""Bytes of a TemplateBody, by the service's quotas."""
URL_LIMIT = 1_000_000
"""Bytes of a template that a TemplateURL names."""
RESOURCES_LIMIT = 500

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_NOT_BUILT = ("Rules", "Transform")
_ATTRIBUTES = frozenset(
    {
        "Condition",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdateReplacePolicy",
    }
)
_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate")


@dataclass(frozen=True, slots=True)
class Template:
    """A template that has been read: its text, and its tree."""

    text: str
    tree: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the template, empty where there is none."""
        found: Mapping[str, Any] = self.tree.get(name) or {}
        return found

    @property
    def resources(self) -> Mapping[str, Any]:
        """The declared resources by their logical ids."""
        return self.section("Resources")

    @property
    def types(self) -> set[str]:
        """The types of all resources."""
        return {resource["Type"] for resource in self.resources.values()}


def read(text: str) -> Template:
    """The template of a text in YAML or JSON. Raises StackError."""
    tree = load(text)
    if not isinstance(tree, dict):
        refuse("Template format error: unsupported structure.")
    _check_sections(tree)
    template = Template(text, tree)
    if not template.resources:
        refuse("Template format error: At least one Resources member must be defined.")
    if len(template.resources) > RESOURCES_LIMIT:
        refuse(
            f"Template format error: Number of resources, {len(template.resources)}, is greater"
            f" than maximum allowed, {RESOURCES_LIMIT}"
        )
    for name, resource in template.resources.items():
        _check_resource(name, resource)
    return template


def _check_sections(tree: Mapping[str, Any]) -> None:
    unknown = sorted(tree.keys() - SECTIONS)
    if unknown:
        refuse(f"Invalid template property or properties [{', '.join(unknown)}]")
    for name in _NOT_BUILT:
        if tree.get(name):
            refuse(f"Template error: the section {name} is not supported by this server.")
    for name in SECTIONS - {"AWSTemplateFormatVersion", "Description", *_NOT_BUILT}:
        if name in tree and tree[name] is None:
            refuse(f"[/{name}] 'null' values are not allowed in templates")
        if not isinstance(tree.get(name, {}), dict):
            refuse(f"Template format error: {name} must be an object.")
    for name in ("Parameters", "Mappings", "Outputs"):
        for key, value in tree.get(name, {}).items():
            if not isinstance(value, dict):
                refuse(f"Template format error: Every {name} member must be an object: {key}.")
            _check_member(f"{name}/{key}", value)


def _check_member(where: str, declared: Mapping[str, Any]) -> None:
    """Raise StackError where an output or a parameter has something of another kind."""
    if where.startswith("Mappings/"):
        return
    for name, kind, what in (
        ("Export", dict, "an object"),
        ("AllowedValues", list, "a list"),
        ("Condition", str, "a name"),
    ):
        if name in declared and not isinstance(declared[name], kind):
            refuse(f"Template format error: [/{where}/{name}] must be {what}.")


def _check_resource(name: str, resource: Any) -> None:
    if not name.isascii() or not name.isalnum():
        refuse(f"Template format error: Resource name {name} is non alphanumeric.")
    if not isinstance(resource, dict):
        refuse(f"Template format error: [/Resources/{name}] must be an object.")
    if not isinstance(resource.get("Type"), str):
        refuse(
            f"Template format error: [/Resources/{name}] Every Resources object must contain a Type"
            " member."
        )
    unknown = sorted(resource.keys() - _ATTRIBUTES)
    if unknown:
        refuse(
            f"Template error: the attributes [{', '.join(unknown)}] of the resource {name} are not"
            " supported by this server."
        )
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(policy, "Delete") not in _POLICIES:
            refuse(
                f"Template error: {policy} of the resource {name} must be one of"
                f" {', '.join(_POLICIES)} here."
            )
    if not isinstance(resource.get("Properties", {}), dict):
        refuse(f"Template format error: [/Resources/{name}/Properties] must be an object.")
    waited = resource.get("DependsOn", [])
    if not isinstance(waited, str) and not _is_list_of_texts(waited):
        refuse(f"Template format error: DependsOn of the resource {name} must be names.")
    _check_member(f"Resources/{name}", resource)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
