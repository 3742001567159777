"""The tables of resource types, against the schemas of CloudFormation's registry, which cfn-lint
has; and what we use of moto for its protocol."""

import inspect
import json
from importlib import resources

import pytest
from moto.core.model import ServiceModel
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext

from gluematch.server.neighbours.cloudformation import query_protocol  # noqa: F401  # the tables
from gluematch.server.neighbours.cloudformation.kinds.kind import KINDS, at
from gluematch.server.neighbours.cloudformation.requests import OPERATIONS
from gluematch.server.neighbours.cloudformation.resource_client import model

SCHEMAS = resources.files("cfnlint") / "data" / "schemas"
GLUE = [name for name in KINDS if name.startswith("AWS::Glue::")]


def schema(kind):
    named = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())[kind]
    return json.loads((SCHEMAS / "resources" / f"{named}.json").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_has_only_properties_of_the_registry(kind):
    assert KINDS[kind].properties <= schema(kind)["properties"].keys()


@pytest.mark.parametrize("kind", GLUE)
def test_a_type_of_glue_has_all_that_can_be_set(kind):
    found = schema(kind)
    read_only = {path.split("/")[2] for path in found.get("readOnlyProperties", [])}
    unset = {"Name"} if kind == "AWS::Glue::Classifier" else set()  # read-only there
    assert KINDS[kind].properties == found["properties"].keys() - read_only - unset


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_replaces_where_the_registry_says_so(kind):
    found = schema(kind).get("createOnlyProperties", [])
    paths = [tuple(each.split("/")[2:]) for each in found]
    known = [path for path in paths if path[0] in KINDS[kind].properties]
    assert set(known) <= set(KINDS[kind].replaced)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_registry_requires_is_required(kind):
    required = {(name,) for name in schema(kind).get("required", [])}
    assert required == {path for path in KINDS[kind].needed if len(path) == 1}


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_looked_for_where_the_type_can_have_one(kind):
    named = KINDS[kind].named
    assert named is None or named[0] in KINDS[kind].properties
    assert at({"a": {"b": 1}}, ("a", "b")) == 1


def test_operations_are_those_of_the_service():
    assert OPERATIONS.keys() <= set(model().operation_names)


def test_moto_reads_and_writes_the_query_protocol_as_we_use_it():
    operation = model().operation_model("DescribeStacks")
    assert isinstance(model(), ServiceModel)
    assert [*inspect.signature(QueryParser.parse).parameters] == ["self", "request_dict"]
    assert QueryParser(operation).parse({"values": {"StackName": "s"}}) == {"StackName": "s"}
    written = QuerySerializer(operation, SerializationContext("id")).serialize(
        {"Stacks": [{"StackName": "s", "StackStatus": "x", "StackId": None}]}
    )
    assert "<StackName>s</StackName>" in written["body"]
    assert "StackId" not in written["body"]
