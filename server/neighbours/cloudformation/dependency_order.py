"""In which order the resources of a template are made: what is named by others comes first."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .errors import StackError
from .template_yaml import FUNCTIONS
from .templates import Template

_PLACES = re.compile(r"\$\{([^!}][^}.]*)")


def in_dependency_order(template: Template) -> list[str]:
    """The logical ids of a template. Raises StackError for circles and for names that it lacks."""
    resources = template.resources
    graph = {}
    for name, resource in resources.items():
        needed = {each for each in _named(resource.get("Properties")) if each in resources}
        given = resource.get("DependsOn", [])
        waited = [given] if isinstance(given, str) else given
        missing = sorted(str(each) for each in waited if each not in resources)
        if missing:
            raise StackError(
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in"
                " the Resources block of the template"
            )
        graph[name] = [*dict.fromkeys([*waited, *sorted(needed)])]
    try:
        return [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        raise StackError(f"Circular dependency between resources: [{names}]") from None


PSEUDO = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId",
        "NoValue",
        "NotificationARNs",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    )
)


def check_names(template: Template) -> None:
    """Raise StackError for a function that is not built, and for a reference to what the template
    does not have."""
    for section in ("Conditions", "Outputs", "Resources"):
        for name in _functions(template.section(section)):
            if name.removeprefix("Fn::") not in FUNCTIONS:
                raise StackError(
                    f"Template error: the function {name} is not supported by this server."
                )
    known = {*template.resources, *template.section("Parameters"), *PSEUDO}
    for section, own in (("Resources", "Properties"), ("Outputs", "Value")):
        for declared in template.section(section).values():
            given = _given(declared.get(own))
            missing = sorted({*_named(declared.get(own))} - known - given)
            if missing:
                raise StackError(
                    f"Template format error: Unresolved resource dependencies"
                    f" [{', '.join(missing)}] in the {section} block of the template"
                )


def _functions(value: Any) -> Iterator[str]:
    """Every function that a value calls."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        if isinstance(value, dict):
            if len(value) == 1:
                yield from (name for name in value if name.startswith("Fn::"))
            waiting.extend(value.values())


def _given(value: Any) -> set[str]:
    """The names that functions Fn::Sub bring with them."""
    found, waiting = set[str](), [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        if isinstance(value, dict):
            text = value.get("Fn::Sub")
            if isinstance(text, list) and len(text) == 2 and isinstance(text[1], dict):
                found.update(text[1])
            waiting.extend(value.values())
    return found


def _named(value: Any) -> Iterator[str]:
    """Every name that a value refers to."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        if not isinstance(value, dict):
            continue
        if isinstance(name := value.get("Ref"), str):
            yield name
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, str):
            yield attribute.partition(".")[0]
        elif isinstance(attribute, list) and attribute and isinstance(attribute[0], str):
            yield attribute[0]
        text = value.get("Fn::Sub")
        text = text[0] if isinstance(text, list) and text else text
        if isinstance(text, str):
            yield from (found.strip() for found in _PLACES.findall(text))
        waiting.extend(value.values())
