"""Types of plain values: what makes a choice, and how values find their branch."""

import pytest

from gluematch.models.jobs.glue import inference
from gluematch.models.jobs.glue.types import branches


def kinds(records):
    schema = inference.named(inference.struct_of(records))
    return {
        field.name: (branches(field) and sorted(branches(field))) or field.dataType.simpleString()
        for field in schema.fields
    }


def test_types_are_those_of_the_values():
    record = {"a": 1, "b": 2**40, "c": 1.5, "d": "x", "e": True, "f": [1], "g": {"h": None}}
    assert kinds([record]) == {
        "a": "int",
        "b": "bigint",
        "c": "double",
        "d": "string",
        "e": "boolean",
        "f": "array<int>",
        "g": "struct<h:string>",
    }


def test_numbers_of_different_sizes_are_no_choice_and_other_types_are():
    assert kinds([{"a": 1}, {"a": 2**40}]) == {"a": "bigint"}
    assert kinds([{"a": None}, {"a": 1}, {"a": None}]) == {"a": "int"}
    assert kinds([{"a": 1}, {"a": "x"}, {"a": 2.5}]) == {"a": ["double", "int", "string"]}
    assert kinds([{"a": {"b": 1}}, {"a": {"c": "x"}}]) == {"a": "struct<b:int,c:string>"}
    assert kinds([{"a": [1]}, {"a": ["x"]}]) == {"a": "array<string>"}


def test_values_go_to_the_branch_of_their_type():
    records = [{"a": 1}, {"a": "x"}, {}, {"a": 2**40, "b": [{"c": 1}]}]
    schema = inference.read(inference.written(inference.struct_of(records)))
    rows = inference.table(records, inference.named(schema)).to_pylist()
    assert [row["a"] for row in rows[1:3]] == [{"int": None, "long": None, "string": "x"}, None]
    assert rows[0]["a"]["int"] == 1
    assert rows[3]["a"]["long"] == 2**40
    assert rows[3]["b"] == [{"c": 1}]


def test_what_has_no_type_in_a_frame_is_refused():
    with pytest.raises(TypeError, match="a value of type object has no type"):
        inference.struct_of([{"a": object()}])
