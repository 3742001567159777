"""Hive types of cells, of JSON values, and of two things together."""

import pytest

from gluematch.models.crawling import types
from gluematch.models.crawling.types import Array, Struct

CELLS = [
    ("1", "bigint"),
    ("-7", "bigint"),
    ("+7", "bigint"),
    ("007", "bigint"),
    (" 7 ", "bigint"),
    ("9223372036854775807", "bigint"),
    ("9223372036854775808", "string"),
    ("123456789012345678901234567890", "string"),
    ("1.5", "double"),
    (".5", "double"),
    ("1e3", "double"),
    ("TRUE", "boolean"),
    ("False", "boolean"),
    ("2020-01-31", "string"),
    ("1,5", "string"),
    ("nan", "string"),
    ("x", "string"),
    ("", None),
    ("  ", None),
]


@pytest.mark.parametrize(("cell", "kind"), CELLS)
def test_a_cell_has_the_narrowest_type_that_csv_knows(cell, kind):
    assert types.of_cell(cell) == kind


JSON = [
    (1, "int"),
    (2**31, "bigint"),
    (2**63, "string"),
    (1.0, "double"),
    (True, "boolean"),
    ("1", "string"),
    (None, None),
    ([1, 2.5], Array("double")),
    ([], Array(None)),
    ({"A": {"b": [1]}}, Struct((("a", Struct((("b", Array("int")),))),))),
]


@pytest.mark.parametrize(("value", "kind"), JSON)
def test_a_json_value_has_its_own_type(value, kind):
    assert types.of_json(value) == kind


MERGED = [
    ("bigint", "double", "double"),
    ("int", "bigint", "bigint"),
    ("int", "float", "float"),
    ("bigint", "float", "double"),
    ("bigint", "boolean", "string"),
    ("double", "string", "string"),
    (None, "boolean", "boolean"),
    (Array(None), Array("int"), Array("int")),
    (Array("int"), "int", "string"),
    (Struct((("a", "int"),)), Struct((("b", "int"),)), Struct((("a", "int"), ("b", "int")))),
]


@pytest.mark.parametrize(("one", "other", "both"), MERGED)
def test_two_types_merge_into_the_narrowest_that_holds_both(one, other, both):
    assert types.merged(one, other) == both
    if not isinstance(both, Struct):
        assert types.merged(other, one) == both


def test_types_are_written_as_hive_writes_them():
    nested = Struct((("name", "string"), ("tags", Array(Struct((("k", None),))))))
    assert types.hive(nested) == "struct<name:string,tags:array<struct<k:string>>>"
    assert types.hive(None) == "string"


def test_similarity_is_the_share_of_columns_with_one_name_and_kind():
    some = (("a", "bigint"), ("b", "string"), ("c", None))
    others = (("a", "double"), ("b", "bigint"), ("c", "string"), ("d", "string"))
    assert types.similarity(some, others) == 0.5
    assert types.similarity(some, some) == 1.0
    assert types.similarity((), ()) == 1.0
    assert types.similarity(some, ()) == 0.0


def test_nested_columns_are_alike_when_their_fields_are():
    one = Struct((("a", "int"), ("b", "string"), ("c", "int"), ("d", "int")))
    wider = Struct((*one.fields, ("e", "int")))
    assert types.alike(one, wider)
    assert types.alike(Array(one), Array(wider))
    assert not types.alike(one, Struct((("x", "int"),)))
    assert not types.alike(one, "string")
