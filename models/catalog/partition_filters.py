"""GetPartitions' Expression as a condition that the store applies.

Values are compared as the types of their keys are. A partition whose value cannot be read as its
key's type is never passed over in silence: it is found by every comparison, and then refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, and_, not_, or_
from sqlglot import exp

from gluematch.models.errors import InvalidInputException

from . import partition_keys
from .expressions import parse, unsupported
from .statements import Condition

Compare = Callable[[Column[str], str], Condition]

_COMPARED: Mapping["type[exp.Expr]", Compare] = {
    exp.EQ: lambda column, value: column == value,
    exp.NEQ: lambda column, value: column != value,
    exp.LT: lambda column, value: column < value,
    exp.LTE: lambda column, value: column <= value,
    exp.GT: lambda column, value: column > value,
    exp.GTE: lambda column, value: column >= value,
}
_MIRRORED: Mapping["type[exp.Expr]", "type[exp.Expr]"] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_KNOWN = {"this", "expression", "expressions", "low", "high", "negate"}
"""What is understood of a comparison: sqlglot's trees may say more, in this version or the next."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which partitions of a table an expression asks for."""

    condition: Condition
    keys: Sequence[partition_keys.Key]

    def require_fits(self, values: Sequence[str]) -> None:
        """Raise InvalidStateException for a value that is not of its key's type."""
        for key in self.keys:
            key.require_fits(values)


def compiled(expression: str, keys: Sequence[tuple[str, str]]) -> Filter:
    """The filter of an expression over partition keys, each a name and a Hive type.

    Raises InvalidInputException.
    """
    compiler = _Compiler(keys)
    condition = compiler.condition(parse(expression), negated=False)
    return Filter(condition, [*compiler.compared.values()])


class _Compiler:
    """From a tree to a condition; remembers the keys that are compared on the way."""

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        self.named = {name: (place, hive) for place, (name, hive) in reversed([*enumerate(keys)])}
        self.compared: dict[int, partition_keys.Key] = {}

    def condition(self, tree: "exp.Expr", *, negated: bool) -> Condition:
        """The condition of a tree, or of its contrary: negations are pushed to the leaves."""
        tree = tree.unnest()
        if isinstance(tree, exp.Not):
            return self.condition(tree.this, negated=not negated)
        if isinstance(tree, exp.And | exp.Or):
            return self._joined(tree, negated=negated)
        if {name for name, part in tree.args.items() if part} - _KNOWN:
            raise unsupported(tree.sql())
        negated = negated != bool(tree.args.get("negate"))
        if isinstance(tree, exp.Is):
            return self._is_null(tree, negated=negated)
        key, plain = self._leaf(tree)
        return _or_misfit(key, not_(plain) if negated else plain)

    def _joined(self, tree: exp.And | exp.Or, *, negated: bool) -> Condition:
        """AND and OR; `a = 1 OR a = 2 OR ...`, which clients send by the hundred, as a set."""
        any_of = isinstance(tree, exp.Or) != negated
        gathered = exp.EQ if any_of != negated else exp.NEQ
        sets: dict[partition_keys.Key, list[str]] = {}
        conditions: list[Condition] = []
        for part in tree.flatten():
            if type(part) is gathered:
                key, _, value = self._comparison(part)
                sets.setdefault(key, []).append(value)
            else:
                conditions.append(self.condition(part, negated=negated))
        for key, values in sets.items():
            within = key.compared.in_(values)
            conditions.append(_or_misfit(key, within if any_of else not_(within)))
        return or_(*conditions) if any_of else and_(*conditions)

    def _is_null(self, tree: exp.Is, *, negated: bool) -> Condition:
        if not isinstance(tree.expression, exp.Null):
            raise unsupported(tree.sql())
        text = self._key(tree.this).text
        return text.is_not(None) if negated else text.is_(None)

    def _leaf(self, tree: "exp.Expr") -> tuple[partition_keys.Key, Condition]:
        """The key of a predicate, and the predicate itself."""
        if isinstance(tree, exp.In) and tree.expressions:
            key = self._key(tree.this)
            return key, key.compared.in_([_value(key, one) for one in tree.expressions])
        if isinstance(tree, exp.Between):
            key = self._key(tree.this)
            low, high = _value(key, tree.args["low"]), _value(key, tree.args["high"])
            return key, key.compared.between(low, high)
        if isinstance(tree, exp.Like):
            key = self._key(tree.this)
            return key, _like(key, tree.expression)
        key, compare, value = self._comparison(tree)
        return key, compare(key.compared, value)

    def _comparison(self, tree: "exp.Expr") -> tuple[partition_keys.Key, Compare, str]:
        """A key, an operator and a value, which may be written the other way round."""
        operator: type[exp.Expr] = type(tree)
        if operator not in _COMPARED:
            raise unsupported(tree.sql())
        left, right = tree.this, tree.expression
        if not isinstance(left.unnest(), exp.Column):
            left, right, operator = right, left, _MIRRORED[operator]
        key = self._key(left)
        return key, _COMPARED[operator], _value(key, right)

    def _key(self, tree: "exp.Expr") -> partition_keys.Key:
        """The key that a tree names. Raises InvalidInputException."""
        column = tree.unnest()
        if not isinstance(column, exp.Column):
            raise unsupported(tree.sql())
        place, hive = self.named.get(".".join(part.name for part in column.parts).lower(), (-1, ""))
        if place < 0:
            raise InvalidInputException("Invalid partition expression!")
        found = self.compared[place] = partition_keys.key(place, hive)
        return found


def _or_misfit(key: partition_keys.Key, condition: Condition) -> Condition:
    return condition if key.type is partition_keys.TEXT else or_(condition, key.misfit)


def _like(key: partition_keys.Key, tree: "exp.Expr") -> Condition:
    if key.type is not partition_keys.TEXT:
        raise InvalidInputException(f"{key.type.name} data type doesn't support operation 'LIKE'")
    pattern = _value(key, tree).replace("\\", "\\\\")
    return key.text.like(pattern, escape="\\")


def _value(key: partition_keys.Key, tree: "exp.Expr") -> str:
    return key.literal(_written(tree.unnest()))


def _written(tree: "exp.Expr") -> str:
    """A literal as it was written. Raises InvalidInputException for anything else."""
    if isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal) and not tree.this.is_string:
        return f"-{tree.this.name}"
    if not isinstance(tree, exp.Literal):
        raise unsupported(tree.sql())
    return tree.name
