"""Cells of text as columns of Hive types."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gluematch.models.datasets import cells


def typed(values: list[str | None], hive_type: str) -> cells.Column:
    return cells.typed(pa.chunked_array([pa.array(values, pa.string())]), hive_type)


def test_whole_numbers_are_exact_to_the_last_digit_of_64_bits() -> None:
    column, bad = typed(["9223372036854775807", "-9223372036854775808", " +7 ", "12.0"], "bigint")
    assert column.dtype == pd.Int64Dtype()
    assert column.tolist() == [2**63 - 1, -(2**63), 7, 12]
    assert bad == 0


@pytest.mark.parametrize("cell", ["x", "1.5", "9223372036854775808", "1e3", "1 2", "9" * 5000])
def test_a_cell_that_is_no_whole_number_becomes_null_and_is_counted(cell: str) -> None:
    column, bad = typed(["1", cell, None, ""], "int")
    assert column.isna().tolist() == [False, True, True, True]
    assert bad == 1


def test_fractions_are_read_as_written() -> None:
    column, bad = typed(["0.1", "1e-5", ".5", "+2.", "-Inf", "7"], "double")
    assert column.dtype == np.float64
    assert column.tolist() == [0.1, 1e-5, 0.5, 2.0, -np.inf, 7.0]
    assert bad == 0


def test_a_cell_that_is_no_number_becomes_null_and_is_counted() -> None:
    column, bad = typed(["0.1", "n/a", None], "float")
    assert column.isna().tolist() == [False, True, True]
    assert bad == 1


def test_booleans_are_read_in_any_case() -> None:
    column, bad = typed(["TRUE", "false", "yes", None], "boolean")
    assert column.dtype == pd.BooleanDtype()
    assert column.isna().tolist() == [False, False, True, True]
    assert column[:2].tolist() == [True, False]
    assert bad == 1


def test_decimals_keep_their_digits() -> None:
    column, bad = typed(["1.10", "x", None], "decimal(10,2)")
    assert str(column[0]) == "1.10"
    assert column[1:].tolist() == [None, None]
    assert bad == 1


@pytest.mark.parametrize("hive_type", ["string", "varchar(10)", "date", "timestamp"])
def test_other_text_stays_text(hive_type: str) -> None:
    column, bad = typed([" 007 ", None], hive_type)
    assert column.tolist() == [" 007 ", None]
    assert bad == 0


def test_a_frame_of_one_type_survives_where_the_catalog_says_another() -> None:
    numbers = pa.chunked_array([pa.array([1.5, None])])
    assert cells.typed(numbers, "string")[0].tolist() == ["1.5", None]
    assert cells.typed(numbers, "bigint")[1] == 1


def test_nested_cells_stay_values_and_are_written_as_json() -> None:
    nested = pa.chunked_array([pa.array([{"a": [1, 2]}, None])])
    column, _ = cells.typed(nested, "struct<a:array<int>>")
    assert column.tolist() == [{"a": [1, 2]}, None]
    assert cells.texts(column).tolist() == ['{"a": [1, 2]}', None]


def arrow(*values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def test_numbers_of_every_width_are_whole_numbers_and_those_too_large_are_counted() -> None:
    column, bad = cells.typed(arrow(1, None, kind=pa.int8()), "tinyint")
    assert (column.dtype, bad) == (pd.Int64Dtype(), 0)
    column, bad = cells.typed(arrow(2**64 - 1, 5, kind=pa.uint64()), "bigint")
    assert column.isna().tolist() == [True, False]
    assert bad == 1


def test_text_of_dictionaries_and_of_bytes_is_text() -> None:
    dictionary = arrow("a", None, "a").dictionary_encode()
    assert cells.typed(dictionary, "string")[0].tolist() == ["a", None, "a"]
    octets = arrow(b"ok", b"\xff", None, kind=pa.binary())
    assert cells.typed(octets, "string")[0].tolist() == ["ok", None, None]


def test_a_column_without_values_has_the_dtype_of_its_type() -> None:
    dtypes = {kind: str(cells.nulls(2, kind).dtype) for kind in ("int", "double", "timestamp")}
    assert dtypes == {"int": "Int64", "double": "float64", "timestamp": "datetime64[us]"}
    assert cells.nulls(2, "array<int>").tolist() == [None, None]


TEXTS = [
    (True, "true"),
    (1.0, "1.0"),
    (b"a\xff", "a\\xff"),
    ([{"a": np.float64("nan"), "b": np.int64(1)}], '[{"a": null, "b": 1}]'),
    ({"t": pd.Timestamp("2020-01-31 12:00")}, '{"t": "2020-01-31 12:00:00"}'),
    (pd.Timestamp("2020-01-31"), "2020-01-31 00:00:00"),
]


@pytest.mark.parametrize(("cell", "word"), TEXTS)
def test_each_kind_of_cell_has_a_text(cell: object, word: str) -> None:
    assert cells.text(cell) == word
