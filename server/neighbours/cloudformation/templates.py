"""Templates: text to a tree of plain values, checked in its structure.

YAML is read by PyYAML's safe loader with CloudFormation's short forms (`!Ref`, `!Sub`): no tag makes
an object of Python. Aliases are refused, as AWS does: a few of them can stand for any number of
nodes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from .errors import StackError

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
FUNCTIONS = frozenset(
    {
        "And",
        "Base64",
        "Equals",
        "FindInMap",
        "GetAtt",
        "If",
        "ImportValue",
        "Join",
        "Not",
        "Or",
        "Select",
        "Split",
        "Sub",
    }
)
"""The intrinsic functions that are built, beside Ref and Condition, without `Fn::`."""
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
    unknown = sorted(tree.keys() - SECTIONS)
    if unknown:
        refuse(f"Invalid template property or properties [{', '.join(unknown)}]")
    for name in _NOT_BUILT:
        if tree.get(name):
            refuse(f"Template error: the section {name} is not supported by this server.")
    for name in SECTIONS - {"AWSTemplateFormatVersion", "Description", *_NOT_BUILT}:
        if not isinstance(tree.get(name) or {}, dict):
            refuse(f"Template format error: {name} must be an object.")
        if name in tree and tree[name] is None:
            refuse(f"[/{name}] 'null' values are not allowed in templates")
    template = Template(text, tree)
    _check_resources(template)
    for name in ("Parameters", "Mappings", "Outputs"):
        for key, value in template.section(name).items():
            if not isinstance(value, dict):
                refuse(f"Template format error: Every {name} member must be an object: {key}.")
    return template


def load(text: str) -> Any:
    """The plain value of a text in JSON or YAML. Raises StackError."""
    kind = "JSON" if text.lstrip()[:1] in {"{", "["} else "YAML"
    try:
        if kind == "JSON":
            try:
                return json.loads(text)
            except ValueError:
                pass  # YAML's own form of it, perhaps
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1}, column {where.column + 1})" if where else ""
        refuse(f"Template format error: {kind} not well-formed.{line}")
    except RecursionError:
        refuse(f"Template format error: {kind} not well-formed: it is nested too deeply.")


def refuse(message: str) -> NoReturn:
    """Refuse the template."""
    raise StackError(message)


class _Loader(yaml.SafeLoader):
    """Strings, numbers, booleans, lists and mappings; the short forms of functions."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # read by PyYAML as it is
        first: [(tag, form) for tag, form in ways if not tag.endswith((":timestamp", ":merge"))]
        for first, ways in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Read one node. An alias is refused."""
        if self.check_event(yaml.AliasEvent):
            refuse("Template error: YAML aliases are not allowed in CloudFormation templates")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # as PyYAML calls it
        """A mapping whose keys are the texts that stand there."""
        found: dict[Any, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                refuse("Template format error: YAML not well-formed: a key is no text.")
            if key.value in found:
                refuse(f"Template format error: duplicate key {key.value}")
            found[key.value] = self.construct_object(value, deep=deep)
        return found

    def short_form(self, name: str, node: Any) -> dict[str, Any]:
        """The full form of a function's short one."""
        value: Any
        if isinstance(node, yaml.ScalarNode):
            value = self.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = self.construct_sequence(node, deep=True)
        else:
            value = self.construct_mapping(node, deep=True)
        if name in {"Ref", "Condition"}:
            return {name: value}
        if name not in FUNCTIONS:
            refuse(f"Template error: the function Fn::{name} is not supported by this server.")
        if name == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {f"Fn::{name}": value}

    def unknown_tag(self, node: Any) -> NoReturn:
        """Refuse a tag that templates do not have."""
        refuse(f"Template format error: YAML not well-formed: the tag {node.tag} is unknown.")


_Loader.add_multi_constructor("!", _Loader.short_form)
_Loader.add_constructor(None, _Loader.unknown_tag)


def _check_resources(template: Template) -> None:
    resources = template.resources
    if not resources:
        refuse("Template format error: At least one Resources member must be defined.")
    if len(resources) > RESOURCES_LIMIT:
        refuse(
            f"Template format error: Number of resources, {len(resources)}, is greater than"
            f" maximum allowed, {RESOURCES_LIMIT}"
        )
    for name, resource in resources.items():
        if not name.isascii() or not name.isalnum():
            refuse(f"Template format error: Resource name {name} is non alphanumeric.")
        if not isinstance(resource, dict):
            refuse(f"Template format error: [/Resources/{name}] must be an object.")
        if not isinstance(resource.get("Type"), str):
            refuse(
                f"Template format error: [/Resources/{name}] Every Resources object must contain"
                " a Type member."
            )
        unknown = sorted(resource.keys() - _ATTRIBUTES)
        if unknown:
            refuse(
                f"Template error: the attributes [{', '.join(unknown)}] of the resource {name}"
                " are not supported by this server."
            )
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy, "Delete") not in _POLICIES:
                refuse(
                    f"Template error: {policy} of the resource {name} must be one of"
                    f" {', '.join(_POLICIES)} here."
                )
        if not isinstance(resource.get("Properties") or {}, dict):
            refuse(f"Template format error: [/Resources/{name}/Properties] must be an object.")
