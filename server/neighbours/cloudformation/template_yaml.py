"""The text of a template, in YAML or JSON, to plain values.

YAML is read by PyYAML's safe loader with CloudFormation's short forms (`!Ref`, `!Sub`): no tag
makes an object of Python. Aliases are refused, as AWS does: a few of them can stand for any number
of nodes.
"""

import json
from typing import Any, NoReturn

import yaml

from .errors import StackError

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

MOST_VALUES = 100_000
"""Keys and values of a template in YAML: each takes some 70 microseconds."""
LONGEST_NUMBER = 100
"""Characters of a number."""


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


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Strings, numbers, booleans, lists and mappings; the short forms of functions."""

    yaml_constructors = {  # noqa: RUF012  # read by PyYAML as it is
        tag: make
        for tag, make in yaml.SafeLoader.yaml_constructors.items()
        if str(tag).endswith((":null", ":bool", ":int", ":float", ":seq", ":map", ":str"))
    }

    yaml_implicit_resolvers = {  # noqa: RUF012  # the same
        first: [(tag, form) for tag, form in ways if not tag.endswith((":timestamp", ":merge"))]
        for first, ways in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Read one node. An alias is refused, and so is more than MOST_VALUES."""
        self._values += 1
        if self._values > MOST_VALUES:
            refuse(f"Template format error: YAML has more than {MOST_VALUES} keys and values.")
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

    def number(self, node: Any) -> Any:
        """A number as templates have them. YAML's own of base 60, such as `1:30`, and those of
        endless digits stay texts: to reckon them would take minutes."""
        text = self.construct_scalar(node)
        if ":" in text or len(text) > LONGEST_NUMBER:
            return text
        made = self.construct_yaml_int if node.tag.endswith(":int") else self.construct_yaml_float
        return made(node)

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
for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.number)
_Loader.add_constructor(None, _Loader.unknown_tag)
