"""The conditions of statements: operators over what a request says of itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any

from . import wildcards

Context = Mapping[str, tuple[str, ...]]
"""What a request says: values by key, keys in lower case. A key that is missing has no entry."""

_OPERATOR = re.compile(r"(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?")
Test = Callable[[str, str, Context | None], bool]
"""Whether a value of the request fits a value of the policy."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator over one key; `over` is "ForAnyValue", "ForAllValues" or nothing."""

    over: str
    operator: str
    if_exists: bool
    key: str
    values: tuple[str, ...]


def read(given: Any) -> tuple[Condition, ...]:
    """The conditions of a Condition element. Raises ValueError."""
    if not isinstance(given, Mapping):
        raise ValueError("it is not a JSON object")
    found = []
    for name, keys in given.items():
        parts = _OPERATOR.fullmatch(name)
        if parts is None or not _is_known(parts.group(2)):
            raise ValueError(f"there is no operator {name}")
        if not isinstance(keys, Mapping):
            raise ValueError(f"{name} has no keys")
        for key, values in keys.items():
            over, operator, if_exists = parts.group(1) or "", parts.group(2), bool(parts.group(3))
            found.append(Condition(over, operator, if_exists, key.lower(), _strings(key, values)))
    return tuple(found)


def hold(asked: tuple[Condition, ...], context: Context, *, variables: bool) -> bool:
    """Whether all conditions hold. Raises Unresolved for a variable that the request lacks."""
    return all(_holds(condition, context, variables=variables) for condition in asked)


def value_of(context: Context, key: str) -> str | None:
    """What a policy variable stands for; None where the request has not one value of it."""
    values = context.get(key.lower(), ())
    return values[0] if len(values) == 1 else None


def _holds(condition: Condition, context: Context, *, variables: bool) -> bool:
    found = context.get(condition.key)
    if condition.operator == "Null":
        return any((found is None) == (value.lower() == "true") for value in condition.values)
    if not found:
        return _without_a_value(condition)
    test, negated = _test(condition.operator)
    named = context if variables else None

    def fits(value: str) -> bool:
        return any(test(value, each, named) for each in condition.values) != negated

    if condition.over == "ForAnyValue":
        return any(fits(value) for value in found)
    if condition.over == "ForAllValues" or negated:
        return all(fits(value) for value in found)
    return any(fits(value) for value in found)


def _without_a_value(condition: Condition) -> bool:
    if condition.over == "ForAnyValue":
        return condition.if_exists
    return condition.if_exists or condition.over == "ForAllValues" or _test(condition.operator)[1]


def _strings(key: str, values: Any) -> tuple[str, ...]:
    listed = values if isinstance(values, list) else [values]
    if not listed or not all(isinstance(each, str | bool | int | float) for each in listed):
        raise ValueError(f"the values of {key} are not strings")
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in listed)


def _like(value: str, text: str, context: Context | None) -> bool:
    return wildcards.matches(_pattern(text, context), value)


def _same(value: str, text: str, context: Context | None) -> bool:
    return value == _written(text, context)


def _same_in_any_case(value: str, text: str, context: Context | None) -> bool:
    return value.casefold() == _written(text, context).casefold()


def _arn(value: str, text: str, context: Context | None) -> bool:
    """Each of the six parts by itself: no `*` reaches over a colon."""
    parts, patterns = value.split(":", 5), text.split(":", 5)
    both = len(parts) == len(patterns) == 6
    return both and all(_like(v, p, context) for v, p in zip(parts, patterns, strict=True))


def _bool(value: str, text: str, _context: Context | None) -> bool:
    return value.lower() == text.lower()


def _address(value: str, text: str, _context: Context | None) -> bool:
    try:
        address = ipaddress.ip_address(value)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped  # how a socket for both kinds writes the older
        return address in ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False


def _by(order: Callable[[Any, Any], bool], measure: Callable[[str], Any]) -> Test:
    def test(value: str, text: str, _context: Context | None) -> bool:
        try:
            return order(measure(value), measure(text))
        except ValueError:
            return False

    return test


def _instant(text: str) -> datetime:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _written(text: str, context: Context | None) -> str:
    """The text with what its variables stand for; wildcards are only characters here."""
    signs = _pattern(text, context)
    return "".join(sign if isinstance(sign, str) else sign.value for sign in signs)


def _pattern(text: str, context: Context | None) -> wildcards.Pattern:
    if context is None:
        return wildcards.pattern(text)
    return wildcards.pattern(text, lambda key: value_of(context, key))


_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}
_TESTS: Mapping[str, Test] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_in_any_case,
    "StringLike": _like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _bool,
    "IpAddress": _address,
    **{f"Numeric{name}": _by(order, float) for name, order in _ORDERS.items()},
    **{f"Date{name}": _by(order, _instant) for name, order in _ORDERS.items()},
}
_OPPOSITES: Mapping[str, str] = {
    "NotIpAddress": "IpAddress",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def _is_known(operator: str) -> bool:
    return operator == "Null" or operator in _TESTS or operator in _OPPOSITES


def _test(operator: str) -> tuple[Test, bool]:
    """An operator's test, and whether the operator asks for the opposite."""
    return _TESTS[_OPPOSITES.get(operator, operator)], operator in _OPPOSITES
