"""Reading requests: what is accepted, what it becomes, what is refused beyond the model's sites."""

import json
import warnings
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from gluematch.server.protocol import parser, patterns, spec
from gluematch.server.protocol.faults import SerializationException, ValidationException

ZERO_TO_ONE = {"TransformType": "FIND_MATCHES", "FindMatchesParameters": {}}


def parse(name, **members):
    return parser.parse(spec.operation(name), json.dumps(members).encode())


def test_unknown_members_are_ignored_at_every_depth():
    found = parse("GetTables", DatabaseName="d", Moon=1)
    assert found == {"DatabaseName": "d"}
    found = parse("GetMLTransforms", Filter={"Name": "n", "Moon": {"x": 1}})
    assert found == {"Filter": {"Name": "n"}}


def test_null_means_absent():
    assert parse("GetTables", DatabaseName="d", Expression=None) == {"DatabaseName": "d"}
    with pytest.raises(ValidationException, match="Value null at 'databaseName'"):
        parse("GetTables", DatabaseName=None)


def test_an_empty_body_is_an_empty_request():
    assert parser.parse(spec.operation("GetDatabases"), b"") == {}


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1602873931.255, datetime(2020, 10, 16, 18, 45, 31, 255000, tzinfo=UTC)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500000, tzinfo=UTC)),
    ],
)
def test_timestamps_become_aware_instants(sent, instant):
    found = parse("GetMLTransforms", Filter={"CreatedAfter": sent})
    assert found["Filter"]["CreatedAfter"] == instant


@pytest.mark.parametrize("sent", [1e300, -1e300, 253402300800 * 10])
def test_a_timestamp_beyond_the_calendar_is_refused(sent):
    with pytest.raises(SerializationException, match="out of range of a Date"):
        parse("GetMLTransforms", Filter={"CreatedAfter": sent})


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (True, "TRUE_VALUE can not be converted to an Integer"),
        (1.5, "DECIMAL_VALUE can not be converted to an Integer"),
        (2**31, "Numeric value (2147483648) out of range of int"),
        ([1], "Start of list found where not expected"),
    ],
)
def test_a_number_must_be_a_number_of_its_size(sent, complaint):
    with pytest.raises(SerializationException) as refusal:
        parse("GetMLTransforms", MaxResults=sent)
    assert refusal.value.message == complaint


def test_a_whole_number_may_come_as_a_decimal():
    assert parse("GetMLTransforms", MaxResults=5.0) == {"MaxResults": 5}


def test_a_wrong_type_is_told_before_any_violation():
    with pytest.raises(SerializationException):
        parse("GetMLTransforms", MaxResults=99999, Filter={"Name": 5})


def test_nulls_inside_collections_are_refused_where_they_are():
    with pytest.raises(ValidationException) as refusal:
        parse("BatchDeleteTable", DatabaseName="d", TablesToDelete=["a", None])
    assert refusal.value.message == (
        "1 validation error detected: Value null at 'tablesToDelete.2.member' failed to satisfy "
        "constraint: Member must not be null"
    )


def test_elements_are_counted_from_one_in_a_path():
    with pytest.raises(ValidationException, match=r"at 'inputRecordTables.2.member.tableName'"):
        parse(
            "CreateMLTransform",
            Name="n",
            Role="r",
            Parameters=ZERO_TO_ONE,
            InputRecordTables=[{"DatabaseName": "d", "TableName": "t"}, {"DatabaseName": "d"}],
        )


def test_scalars_in_a_collection_are_told_with_all_their_demands():
    with pytest.raises(ValidationException) as refusal:
        parse("TagResource", ResourceArn="arn:aws:glue:x", TagsToAdd={"a": "x" * 257, "b": "y"})
    assert refusal.value.message == (
        f"1 validation error detected: Value '{{a={'x' * 257}, b=y}}' at 'tagsToAdd' failed to "
        "satisfy constraint: Map value must satisfy constraint: [Member must have length less "
        "than or equal to 256, Member must have length greater than or equal to 0]"
    )


def test_a_sensitive_or_endless_value_is_not_echoed_whole():
    with pytest.raises(ValidationException) as refusal:
        parse("GetMLTransform", TransformId="x" * 100_000)
    assert len(refusal.value.message) < 1300
    secret = {"ConnectionProperties": {}, "Name": "n", "ConnectionType": "JDBC"}
    secret["AuthenticationConfiguration"] = {
        "BasicAuthenticationCredentials": {"Password": "p" * 513}
    }
    with pytest.raises(ValidationException) as refusal:
        parse("CreateConnection", ConnectionInput=secret)
    assert "ppp" not in refusal.value.message
    assert "Value at 'connectionInput.authenticationConfiguration." in refusal.value.message


def test_every_operation_can_be_read_even_where_its_shapes_recur():
    for name in spec.names():
        with suppress(ValidationException):
            parse(name)


def test_every_pattern_of_the_model_can_be_read():
    shapes = [spec.model().shape_for(name) for name in spec.model().shape_names]
    written = {s.metadata["pattern"] for s in shapes if "pattern" in s.metadata}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in written:
            patterns.compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "näme €\t😀", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\nb", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "\uffff", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "\x7f\U0010ffff", True),
        (r"[\p{L}\p{N}\p{P}]*", "Straße-7!漢", True),
        (r"[\p{L}\p{N}\p{P}]*", "a b", False),
        (r"^((\w+\.)+\w+|auto)$", "5.0", True),
        (r"^((\w+\.)+\w+|auto)$", "5.0\n", False),
        (r"^((\w+\.)+\w+|auto)$", "ä.ö", False),
        (r"[a-zA-Z0-9-_$#.]+", "a-b_$#.9", True),
    ],
)
def test_java_patterns_mean_the_same_here(pattern, text, fits):
    assert (patterns.compiled(pattern).fullmatch(text) is not None) is fits
