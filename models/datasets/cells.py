"""Columns of cells: from Arrow to pandas by Hive type, and from pandas to text.

Whole numbers become Int64, fractions float64, booleans boolean, all nullable; text stays as it
is. A cell that its type cannot hold becomes null and is counted.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

INTEGERS = frozenset({"tinyint", "smallint", "int", "integer", "bigint"})
FRACTIONS = frozenset({"float", "double", "real"})
WHOLE = r"^[+-]?[0-9]+(\.0*)?$"
FRACTION = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?([iI]nf|[iI]nfinity)$"
DECIMAL = re.compile(r"decimal\s*\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)")
MOST_DIGITS = 38
NARROW: Mapping[str, pa.DataType] = {
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "integer": pa.int32(),
    "float": pa.float32(),
    "date": pa.date32(),
}
SAFE_DIGITS = 18
LARGEST = 2**63

_WORDS: Mapping[str, Callable[[Any], str]] = {"Int64": str, "int64": str, "float64": repr}

Column = tuple[pd.Series, int]
"""A column, and how many of its cells had to become null."""


def base_type(hive_type: str) -> str:
    """The Hive type's name without its arguments: `decimal` of `decimal(10,2)`."""
    return re.split(r"[(<]", hive_type.strip().lower(), maxsplit=1)[0].strip()


def arrow_type(hive_type: str) -> pa.DataType | None:
    """The Arrow type of a Hive type that frames hold in a wider or looser form; else None."""
    digits = DECIMAL.fullmatch(hive_type.strip().lower())
    if digits is None:
        return NARROW.get(base_type(hive_type))
    precision, scale = int(digits[1]), int(digits[2])
    return pa.decimal128(precision, scale) if 0 < precision <= MOST_DIGITS else None


def typed(array: pa.ChunkedArray, hive_type: str) -> Column:
    """The cells of an Arrow array as the column of a frame, and the count of bad ones."""
    base = base_type(hive_type)
    if base in INTEGERS:
        return _whole(array)
    if base in FRACTIONS:
        return _fractions(array)
    if base == "boolean":
        return _booleans(array)
    if base == "decimal":
        return _decimals(array)
    if base in {"string", "char", "varchar"} and not pa.types.is_nested(array.type):
        return objects(as_strings(array)), 0
    return _native(array), 0


def nulls(length: int, hive_type: str) -> pd.Series:
    """A column without any value."""
    if base_type(hive_type) == "timestamp":
        return pd.Series(pd.NaT, index=range(length), dtype="datetime64[us]")
    return typed(pa.chunked_array([pa.nulls(length, pa.string())]), hive_type)[0]


def objects(array: pa.ChunkedArray) -> pd.Series:
    """The values as Python objects, None where there is none."""
    nested = pa.types.is_nested(array.type)
    values = _as_objects(array.to_pylist() if nested else array.to_numpy(zero_copy_only=False))
    if array.null_count and not pa.types.is_string(array.type):
        values[array.is_null().to_numpy(zero_copy_only=False)] = None
    return pd.Series(values, dtype=object)


def as_strings(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """An array of plain values as text; bytes that are not UTF-8 become null."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_string(array.type):
        return array
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [_utf8(value) for value in array.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])


def texts(column: pd.Series) -> pd.Series:
    """Each cell as the text that a CSV file has for it; None for a missing one."""
    cells = natives(column)
    if not _all_text(column):
        # Millions of numbers: their own methods, and not the many cases of `text`.
        word = _WORDS.get(str(column.dtype), text)
        cells = [None if cell is None else word(cell) for cell in cells]
    return pd.Series(_as_objects(cells), index=column.index, dtype=object)


def natives(column: pd.Series) -> list[Any]:
    """The cells as plain Python values, None for a missing one."""
    cells = column.to_numpy(dtype=object)
    missing = column.isna().to_numpy()
    if missing.any():
        cells = cells.copy()
        cells[missing] = None
    return list(cells.tolist())


def _all_text(column: pd.Series) -> bool:
    return column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) in {
        "string",
        "empty",
    }


def _as_objects(values: list[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """The values one by one: lists among them do not become a second dimension."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def text(cell: Any) -> str:
    """One cell as text: numbers in their shortest exact form, nested values as JSON."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(float(cell))
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace")
    if isinstance(cell, dict | list | np.ndarray):
        return json.dumps(plain(cell), ensure_ascii=False)
    return str(cell)


def plain(cell: Any) -> Any:
    """A cell as JSON has it: nested values too; what JSON lacks becomes text or null."""
    if isinstance(cell, str | bool) or cell is None:
        return cell
    if isinstance(cell, Mapping):
        return {str(key): plain(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple | np.ndarray):
        return [plain(value) for value in cell]
    if isinstance(cell, np.generic):
        return plain(cell.item())
    if isinstance(cell, float):
        return cell if np.isfinite(cell) else None
    if isinstance(cell, int):
        return cell
    return None if cell is pd.NA or cell is pd.NaT else text(cell)


def _whole(array: pa.ChunkedArray) -> Column:
    bad = 0
    if pa.types.is_integer(array.type) and array.type != pa.uint64():
        numbers = array.cast(pa.int64())
    else:
        # Text, and not a float, in between: above 2**53 floats cannot hold every number.
        written = pc.utf8_trim_whitespace(as_strings(array))
        digits = pc.replace_substring_regex(_matching(written, WHOLE), r"\.0*$", "")
        digits = pc.replace_substring_regex(digits, r"^\+", "")
        if len(digits) and (pc.max(pc.utf8_length(digits)).as_py() or 0) > SAFE_DIGITS:
            digits = pa.chunked_array([pa.array(_fitting(digits.to_pylist()), pa.string())])
        numbers = digits.cast(pa.int64())
        bad = _lost(written, numbers)
    return numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get), bad


def _fractions(array: pa.ChunkedArray) -> Column:
    bad = 0
    if pa.types.is_floating(array.type) or pa.types.is_integer(array.type):
        numbers = array.cast(pa.float64(), safe=False)
    else:
        written = pc.utf8_trim_whitespace(as_strings(array))
        digits = pc.replace_substring_regex(_matching(written, FRACTION), r"^\+", "")
        numbers = digits.cast(pa.float64())
        bad = _lost(written, numbers)
    return pd.Series(numbers.to_numpy(zero_copy_only=False), dtype="float64"), bad


def _booleans(array: pa.ChunkedArray) -> Column:
    bad = 0
    if not pa.types.is_boolean(array.type):
        written = pc.utf8_trim_whitespace(as_strings(array))
        lowered = pc.utf8_lower(written)
        known = pc.is_in(lowered, value_set=pa.array(["true", "false"]))
        array = pc.if_else(known, pc.equal(lowered, "true"), pa.scalar(None, pa.bool_()))
        bad = _lost(written, array)
    return array.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get), bad


def _decimals(array: pa.ChunkedArray) -> Column:
    if pa.types.is_decimal(array.type):
        return objects(array), 0
    written = pc.utf8_trim_whitespace(as_strings(array))
    digits = _matching(written, FRACTION).to_pylist()
    values = [None if one is None else Decimal(one) for one in digits]
    return pd.Series(values, dtype=object), _lost(written, pa.array(digits, pa.string()))


def _native(array: pa.ChunkedArray) -> pd.Series:
    """A column of a type that has no rule of its own: dates, timestamps, nested values."""
    if pa.types.is_timestamp(array.type):
        return pd.Series(array.to_pandas())
    return objects(array)


def _matching(written: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    fits = pc.match_substring_regex(written, pattern)
    return pc.if_else(fits, written, pa.scalar(None, pa.string()))


def _fitting(digits: list[str | None]) -> list[str | None]:
    """The whole numbers that 64 bits can hold. Decimals, as `int` refuses very long texts."""
    return [
        one if one is not None and -LARGEST <= Decimal(one) < LARGEST else None for one in digits
    ]


def _lost(written: pa.ChunkedArray, kept: pa.ChunkedArray) -> int:
    """Cells that had something to say and are null now; an empty cell says nothing."""
    spoke = pc.fill_null(pc.not_equal(written, ""), fill_value=False)
    return int(pc.sum(pc.and_(spoke, pc.is_null(kept))).as_py() or 0)


def _utf8(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
