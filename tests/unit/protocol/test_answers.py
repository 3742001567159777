"""Writing answers and errors, and the check that handlers keep the model's promises."""

import json
import logging
from datetime import UTC, datetime

import pytest

from gluematch.models.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InternalServiceException,
)
from gluematch.server.protocol import conformity, faults, serializer, spec

NOW = datetime(2026, 11, 22, 12, 30, 15, 255000, tzinfo=UTC)
GET_TABLE = spec.operation("GetTable")


def test_an_answer_has_the_models_members_and_no_others():
    table = {"Name": "t", "Description": None, "CreateTime": NOW, "Moon": 1}
    body = serializer.serialize(GET_TABLE, {"Table": table, "Other": 2})
    assert json.loads(body) == {"Table": {"Name": "t", "CreateTime": 1795350615.255}}


def test_nested_collections_are_written_by_their_shapes():
    columns = [{"Name": "c", "Type": "int", "Parameters": {"a": "b"}, "Moon": 1}]
    descriptor = {"Columns": columns, "SkewedInfo": {"SkewedColumnValueLocationMaps": {"k": "v"}}}
    body = serializer.serialize(GET_TABLE, {"Table": {"StorageDescriptor": descriptor}})
    del columns[0]["Moon"]
    assert json.loads(body)["Table"]["StorageDescriptor"] == descriptor


def test_an_empty_output_is_an_empty_object():
    assert serializer.serialize(spec.operation("DeleteTable"), {}) == b"{}"


def test_text_beyond_ascii_survives():
    body = serializer.serialize(GET_TABLE, {"Table": {"Name": "tä😀"}})
    assert json.loads(body)["Table"]["Name"] == "tä😀"


def test_declared_errors_are_400_and_the_fault_is_500():
    answer = faults.answer(EntityNotFoundException("none"), "id")
    assert (answer.status, json.loads(answer.body)) == (
        400,
        {"__type": "EntityNotFoundException", "Message": "none"},
    )
    assert faults.answer(InternalServiceException("x"), "id").status == 500


def test_framework_errors_say_message_in_lower_case():
    answer = faults.answer(faults.ValidationException("bad"), "id")
    assert json.loads(answer.body) == {"__type": "ValidationException", "message": "bad"}
    assert dict(answer.headers)["x-amzn-ErrorType"] == "ValidationException"


def test_the_unforeseen_is_logged_under_its_id_and_told_without_a_trace(caplog):
    with caplog.at_level(logging.ERROR):
        try:
            raise KeyError("a secret detail")
        except KeyError as error:
            answer = faults.answer(error, "id-17")
    told = json.loads(answer.body)
    assert (answer.status, told["__type"]) == (500, "InternalServiceException")
    assert "id-17" in told["Message"]
    assert "secret" not in told["Message"]
    assert "id-17" in caplog.text
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ({"Table": {"Name": "t", "Moon": 1}}, "no member Moon"),
        ({"Table": {}}, "lacks the required member Name"),
        ({"Table": {"Name": 5}}, "is a int, not a string"),
        ({"Table": {"Name": "x" * 256}}, "length less than or equal to 255"),
        ({"Table": {"Name": "t", "CreateTime": 5}}, "is a int, not a timestamp"),
        ({"Table": {"Name": "t", "CreateTime": datetime(2026, 1, 1)}}, "time zone"),  # noqa: DTZ001 - the fault that is looked for
        ({"Table": {"Name": "t", "Retention": True}}, "is a bool, not a integer"),
        ({"Table": {"Name": "t", "PartitionKeys": {}}}, "is not a list"),
        ({"Table": []}, "is not a structure"),
    ],
)
def test_an_answer_that_the_model_does_not_allow_is_found(result, complaint):
    with pytest.raises(conformity.Broken, match=complaint):
        conformity.check(GET_TABLE, result)


def test_an_error_that_the_operation_does_not_declare_is_found():
    undeclared = pytest.raises(conformity.Broken, match="does not declare AlreadyExists")
    with undeclared, conformity.of_errors(GET_TABLE):
        raise AlreadyExistsException("x")
    with pytest.raises(EntityNotFoundException), conformity.of_errors(GET_TABLE):
        raise EntityNotFoundException("x")


def test_an_answer_that_fits_passes():
    conformity.check(GET_TABLE, {"Table": {"Name": "t", "CreateTime": NOW, "Owner": None}})
    with pytest.raises(conformity.Broken, match="has no member"):
        conformity.check(spec.operation("DeleteTable"), {"Table": {}})
