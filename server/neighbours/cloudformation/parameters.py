"""The parameters of a template: what a client gives, what stays as it was, and their defaults."""

from collections.abc import Mapping, Sequence
from typing import Any

from gluematch.models.patterns import PatternError, TimedPattern, compiled

from .errors import StackError
from .templates import Template

HIDDEN = "****"
_PATTERN_SECONDS = 1.0


def given(
    template: Template, asked: Sequence[Mapping[str, Any]], before: Mapping[str, str]
) -> dict[str, str]:
    """The text of each parameter. Raises StackError for one that is missing, unknown or refused."""
    declared = template.section("Parameters")
    found: dict[str, str] = {}
    for one in asked:
        name = one.get("ParameterKey", "")
        if one.get("UsePreviousValue"):
            if "ParameterValue" in one:
                raise StackError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as"
                    " true and non empty value for a parameter"
                )
            if name not in before:
                raise StackError(f"Invalid input for parameter key {name}. It has no value before.")
            found[name] = before[name]
        elif "ParameterValue" in one:
            found[name] = one["ParameterValue"]
    unknown = sorted(found.keys() - declared.keys())
    if unknown:
        raise StackError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    defaults = {
        name: _text(each["Default"]) for name, each in declared.items() if "Default" in each
    }
    missing = sorted(declared.keys() - found.keys() - defaults.keys())
    if missing:
        raise StackError(f"Parameters: [{', '.join(missing)}] must have values")
    texts = {name: found.get(name, defaults.get(name, "")) for name in declared}
    for name, text in texts.items():
        _check(name, text, declared[name])
    return texts


def values(template: Template, texts: Mapping[str, str]) -> dict[str, Any]:
    """What Ref gives for each parameter: a list for those of a list type."""
    kinds = {name: str(each.get("Type")) for name, each in template.section("Parameters").items()}
    return {
        name: [part.strip() for part in text.split(",")] if _is_list(kinds[name]) else text
        for name, text in texts.items()
    }


def shown(template: Template, texts: Mapping[str, str]) -> list[dict[str, str]]:
    """The parameters as answers show them: not what is NoEcho."""
    declared = template.section("Parameters")
    hidden = {name for name, each in declared.items() if _text(each.get("NoEcho")) == "true"}
    return [
        {"ParameterKey": name, "ParameterValue": HIDDEN if name in hidden else text}
        for name, text in texts.items()
    ]


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _check(name: str, text: str, declared: Mapping[str, Any]) -> None:
    kind = declared.get("Type")
    if not isinstance(kind, str):
        raise StackError(f"Template format error: the parameter {name} must have a Type.")
    if kind.startswith("AWS::SSM::"):
        raise StackError(
            f"Template error: the type {kind} of the parameter {name} is not supported"
            " by this server."
        )
    why = str(declared.get("ConstraintDescription", ""))
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list) and text not in map(_text, allowed):
        raise StackError(
            f"Parameter '{name}' must be one of AllowedValues" if not why else _failed(name, why)
        )
    if kind in {"Number", "List<Number>"}:
        for part in text.split(",") if kind == "List<Number>" else [text]:
            _check_number(name, part, declared)
    _check_length(name, text, declared)
    pattern = declared.get("AllowedPattern")
    if isinstance(pattern, str):
        try:
            fits = TimedPattern(compiled(pattern), _PATTERN_SECONDS).fits(text)
        except (PatternError, TimeoutError):
            raise StackError(
                f"Template error: AllowedPattern of the parameter {name} cannot be used."
            ) from None
        if not fits:
            raise StackError(_failed(name, why or f"must match pattern {pattern}"))


def _check_number(name: str, text: str, declared: Mapping[str, Any]) -> None:
    try:
        number = float(text)
        least = float(declared.get("MinValue", "-inf"))
        most = float(declared.get("MaxValue", "inf"))
    except (TypeError, ValueError):
        raise StackError(f"Parameter '{name}' must be a number.") from None
    if not least <= number <= most:
        raise StackError(_failed(name, f"must be a number from {least:g} to {most:g}"))


def _check_length(name: str, text: str, declared: Mapping[str, Any]) -> None:
    try:
        least, most = int(declared.get("MinLength", 0)), int(declared.get("MaxLength", 4096))
    except (TypeError, ValueError):
        raise StackError(
            f"Template error: the lengths of the parameter {name} are no numbers."
        ) from None
    if not least <= len(text) <= most:
        raise StackError(_failed(name, f"must contain from {least} to {most} characters"))


def _failed(name: str, why: str) -> str:
    return f"Parameter '{name}' failed to satisfy constraint: {why}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
