"""The values of a template: references, functions and conditions, resolved against what is known.

What is resolved is bounded, for a short template can name a long text many times.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import StackError
from .template_yaml import FUNCTIONS
from .templates import Template

RESOLVED_LIMIT = 8_000_000
"""Characters that all values of one operation together may have."""
NO_VALUE = object()
_PLACES = re.compile(r"\$\{(!?)([^}$]*)\}")  # no `$`: one that is never closed is read once

Lookup = Callable[[str], Any]
Attribute = Callable[[str, str], Any]


@dataclass(slots=True)
class Values:
    """A template's values. `references` has parameters and pseudo parameters; a reference to a
    resource is asked of `resource`, an attribute of `attribute`, an export of `exported`."""

    template: Template
    references: Mapping[str, Any]
    resource: Lookup
    attribute: Attribute
    exported: Lookup
    _left: int = RESOLVED_LIMIT
    _conditions: dict[str, bool | None] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value without references and functions. Raises StackError."""
        try:
            found = self._resolve(value)
        except RecursionError:
            raise StackError("Template format error: it is nested too deeply.") from None
        return None if found is NO_VALUE else found

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds. Raises StackError."""
        conditions = self.template.section("Conditions")
        if name not in conditions:
            raise StackError(f"Template error: unresolved condition dependency {name}")
        if name not in self._conditions:
            self._conditions[name] = None
            self._conditions[name] = self._truth(conditions[name])
        known = self._conditions[name]
        if known is None:
            raise StackError(f"Template error: the condition {name} depends on itself.")
        return known

    def is_declared(self, logical_id: str) -> bool:
        """Whether the template has the resource, and its condition holds."""
        found = self.template.resources.get(logical_id)
        if found is None:
            return False
        return "Condition" not in found or self.holds(found["Condition"])

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, given),) = value.items()
                if name == "Ref":
                    return self._spend(self._reference(given))
                if name == "Condition" and isinstance(given, str):
                    return (
                        self.holds(given) if given in self.template.section("Conditions") else value
                    )
                if name.startswith("Fn::"):
                    return self._spend(self._function(name, given))
            made = {key: self._resolve(item) for key, item in value.items()}
            return {key: item for key, item in made.items() if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not NO_VALUE]
        return self._spend(value)

    def _spend(self, value: Any) -> Any:
        self._left -= len(value) if isinstance(value, (str, list, dict)) else 1
        if self._left < 0:
            raise StackError(
                f"Template error: its values have more than {RESOLVED_LIMIT} characters."
            )
        return value

    def _reference(self, name: Any) -> Any:
        if not isinstance(name, str):
            raise StackError("Template error: every Ref object must have a single String value.")
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.references:
            return self.references[name]
        if not self.is_declared(name):
            raise StackError(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources"
                " block of the template"
            )
        return self.resource(name)

    def _function(self, name: str, given: Any) -> Any:
        short = name.removeprefix("Fn::")
        if short not in FUNCTIONS:
            raise StackError(
                f"Template error: the function {name} is not supported by this server."
            )
        if short in {"Equals", "Not", "And", "Or"}:
            return self._truth({name: given})
        return getattr(self, f"_{short.lower()}")(given)

    def _getatt(self, given: Any) -> Any:
        parts = given.split(".", 1) if isinstance(given, str) else self._resolve(given)
        if not isinstance(parts, list) or len(parts) != 2:
            raise StackError(
                "Template error: every Fn::GetAtt object requires two non-empty parameters, the"
                " resource name and the resource attribute"
            )
        name, attribute = map(str, parts)
        if not self.is_declared(name):
            raise StackError(
                f"Template error: instance of Fn::GetAtt references undefined resource {name}"
            )
        return self.attribute(name, attribute)

    def _if(self, given: Any) -> Any:
        condition, yes, no = _listed("Fn::If", given, 3)
        return self._resolve(yes if self.holds(str(condition)) else no)

    def _join(self, given: Any) -> str:
        between, parts = self._resolve(_listed("Fn::Join", given, 2))
        if not isinstance(between, str) or not isinstance(parts, list):
            raise StackError(
                "Template error: every Fn::Join object requires two parameters, (1) a"
                " string delimiter and (2) a list of strings to be joined"
            )
        return between.join(map(_text, parts))

    def _split(self, given: Any) -> list[str]:
        between, text = self._resolve(_listed("Fn::Split", given, 2))
        if not isinstance(text, str) or not isinstance(between, str) or not between:
            raise StackError(
                "Template error: every Fn::Split object requires two parameters, (1) a"
                " delimiter and (2) a string to be split"
            )
        return text.split(between)

    def _select(self, given: Any) -> Any:
        place, items = self._resolve(_listed("Fn::Select", given, 2))
        try:
            found = items[int(place)] if isinstance(items, list) and int(place) >= 0 else None
        except (TypeError, ValueError, IndexError):
            found = None
        if found is None:
            raise StackError(
                f"Template error: Fn::Select cannot select nonexistent value at index {place}"
            )
        return found

    def _findinmap(self, given: Any) -> Any:
        name, first, second = map(str, self._resolve(_listed("Fn::FindInMap", given, 3)))
        found = self.template.section("Mappings").get(name)
        for key in (first, second):
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            raise StackError(f"Template error: Unable to get mapping for {name}::{first}::{second}")
        return found

    def _base64(self, given: Any) -> str:
        return b64encode(_text(self._resolve(given)).encode()).decode()

    def _importvalue(self, given: Any) -> Any:
        return self.exported(_text(self._resolve(given)))

    def _sub(self, given: Any) -> str:
        text, names = (given, {}) if isinstance(given, str) else _listed("Fn::Sub", given, 2)
        if not isinstance(text, str) or not isinstance(names, dict):
            raise StackError(
                "Template error: One or more Fn::Sub intrinsic functions don't specify"
                " expected arguments. Specify a string as first argument, and an"
                " optional second argument to specify a mapping of values to replace"
                " in the string"
            )
        known = {name: self._resolve(value) for name, value in names.items()}

        def replaced(found: re.Match[str]) -> str:
            literal, name = found[1], found[2].strip()
            if literal:
                return f"${{{found[2]}}}"
            if name in known:
                return _text(self._spend(known[name]))
            call = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
            return _text(self._resolve(call))

        return _PLACES.sub(replaced, text)

    def _truth(self, condition: Any) -> bool:
        if not isinstance(condition, dict) or len(condition) != 1:
            raise StackError(
                "Template format error: Every Conditions member must be an object with"
                " one function."
            )
        ((name, given),) = condition.items()
        if name == "Condition":
            return self.holds(str(given))
        if name == "Fn::Equals":
            one, other = self._resolve(_listed(name, given, 2))
            return _text(one) == _text(other)
        if name not in {"Fn::Not", "Fn::And", "Fn::Or"} or not isinstance(given, list):
            raise StackError(f"Template error: {name} is no function for conditions.")
        truths = [self._truth(each) for each in given]
        if name == "Fn::Not":
            return not all(truths)
        return all(truths) if name == "Fn::And" else any(truths)


def _listed(name: str, given: Any, length: int) -> list[Any]:
    if not isinstance(given, list) or len(given) != length:
        raise StackError(f"Template error: {name} requires a list of {length} parameters.")
    return given


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value)
