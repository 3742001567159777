"""How deep the values of a request may nest: AWS's bound where it has one, and one for all others.

Moto recurses over what it is sent, and so does whatever writes it to the disk afterwards.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache, wraps
from typing import Any
from urllib.parse import parse_qsl

from gluematch.server.protocol import destination
from gluematch.server.protocol.dialects import Fault, Refusal

DEEPEST = 100
"""Levels of objects and lists in a JSON text of a request. The deepest item of DynamoDB, in a
transaction, has 68."""
ITEM_DEEPEST = 32
"""Levels of an attribute of DynamoDB, which is itself the first:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

_TOO_DEEP = Fault(
    ("SerializationException", 400), ("InvalidParameterValue", 400), ("InvalidRequest", 400)
)
_ITEM_TOO_DEEP = Fault(
    ("ValidationException", 400), ("ValidationException", 400), ("InvalidRequest", 400)
)
_AWS_WORDS = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)
_PARSED = ("Attribute", "Policy")
"""What a parameter of a form is named, of which moto reads the value as JSON."""


def check(environ: Mapping[str, Any]) -> None:
    """Raise Refusal for a request with a JSON text that nests deeper than `DEEPEST`."""
    asked = destination.of(environ)
    if asked.dialect == "s3":
        return
    body = environ["wsgi.input"]
    body.seek(0)
    text = body.read()
    body.seek(0)
    if text.count(b"{") + text.count(b"[") + text.count(b"%7B") + text.count(b"%5B") <= DEEPEST:
        return
    texts = _form_texts(text) if asked.dialect == "form" else _json_texts(text)
    if any(_levels_of_json(each) > DEEPEST for each in texts):
        if asked.service == "dynamodb":
            raise Refusal(_ITEM_TOO_DEEP, _AWS_WORDS)
        raise Refusal(_TOO_DEEP, f"The request nests deeper than {DEEPEST} levels.")


def _form_texts(text: bytes) -> Iterable[str | bytes]:
    given = parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True)
    return [value for name, value in given if any(word in name for word in _PARSED)]


def _json_texts(text: bytes) -> Iterable[str | bytes]:
    """The body, and the values of `Attributes`, which SQS takes as JSON."""
    yield text
    try:
        attributes = json.loads(text).get("Attributes")
    except (ValueError, RecursionError, AttributeError):
        return
    if isinstance(attributes, dict):
        yield from (value for value in attributes.values() if isinstance(value, str))


def _levels_of_json(text: str | bytes) -> int:
    try:
        found = json.loads(text)
    except RecursionError:
        return DEEPEST + 1
    except ValueError:  # moto refuses it, or takes it as plain text
        return 0
    levels, there = 0, [found]
    while there := [each for each in there if isinstance(each, dict | list)]:
        levels += 1
        there = [
            inner for each in there for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return levels


@cache
def bound_items() -> None:
    """From now on DynamoDB refuses attributes that nest deeper than `ITEM_DEEPEST`, before it
    changes anything: moto has no such bound."""
    from moto.dynamodb import responses  # noqa: PLC0415  # slow
    from moto.dynamodb.exceptions import MockValidationException  # noqa: PLC0415  # slow
    from moto.dynamodb.models.dynamo_type import LimitedSizeDict  # noqa: PLC0415  # slow
    from moto.dynamodb.parsing import ast_nodes  # noqa: PLC0415  # slow
    from moto.dynamodb.parsing.executors import (  # noqa: PLC0415  # slow
        SetExecutor,
        UpdateExpressionExecutor,
    )

    def check(value: Any, above: int = 0) -> None:
        if above + _levels(value) > ITEM_DEEPEST:
            raise MockValidationException(_AWS_WORDS)

    nodes: Any = ast_nodes
    check_keys: Any = responses.validate_put_has_empty_keys

    @wraps(check_keys)
    def check_item(item: Mapping[str, Any], *values: Any, **named: Any) -> None:
        for value in item.values():
            check(value)
        check_keys(item, *values, **named)

    set_item: Any = LimitedSizeDict.__setitem__

    @wraps(set_item)
    def set_checked(self: Any, key: str, value: Any) -> None:
        check(value)
        set_item(self, key, value)

    execute: Any = UpdateExpressionExecutor.execute

    @wraps(execute)
    def execute_checked(self: Any, node: Any = None) -> None:
        """At the root, where nothing is done yet, check all that will be set."""
        there = [self.update_ast] if node is None else []
        while there:
            each = there.pop()
            if isinstance(each, nodes.UpdateExpressionSetAction):
                action = SetExecutor(each, self.expression_attribute_names)
                path = action.get_path_expression_nodes()
                dots = sum(isinstance(part, nodes.ExpressionPathDescender) for part in path)
                check(action.get_action_value(), len(path) - dots - 1)
            else:
                there += getattr(each, "children", None) or []
        execute(self, node)

    vars(responses)["validate_put_has_empty_keys"] = check_item
    LimitedSizeDict.__setitem__ = set_checked  # type: ignore[method-assign]  # no hook is there
    UpdateExpressionExecutor.execute = execute_checked  # type: ignore[method-assign]  # the same


def _levels(value: Any) -> int:
    """Levels of an attribute of DynamoDB: 1 for a text."""
    levels, there = 0, [value]
    while there:
        levels += 1
        there = [inner for each in there for inner in _inside(each)]
    return levels


def _inside(value: Any) -> Iterable[Any]:
    """What a list or a map of DynamoDB has, as it is sent or as moto has it."""
    if isinstance(value, dict):
        kind, held = next(iter(value.items()), (None, None))
    else:
        kind, held = getattr(value, "type", None), getattr(value, "value", None)
    if kind == "L" and isinstance(held, list):
        return held
    return held.values() if kind == "M" and isinstance(held, dict) else ()
