"""Templates with something of another kind in any place: refused in words, whatever it is."""

import copy
import json
import random

import pytest

from gluematch.models import clock
from gluematch.models.scope import Scope
from gluematch.server.neighbours.cloudformation import parameters, query_protocol, references  # noqa: F401
from gluematch.server.neighbours.cloudformation.dependency_order import in_dependency_order
from gluematch.server.neighbours.cloudformation.deployment import outputs, with_tags
from gluematch.server.neighbours.cloudformation.describe_operations import declared_parameters
from gluematch.server.neighbours.cloudformation.errors import ResourceFailed, StackError
from gluematch.server.neighbours.cloudformation.kinds.kind import KINDS
from gluematch.server.neighbours.cloudformation.requests import checked, needed_capabilities
from gluematch.server.neighbours.cloudformation.stacks import new
from gluematch.server.neighbours.cloudformation.template_yaml import load

TEMPLATE = """
Parameters:
  P: {Type: String, Default: x, AllowedValues: [x, y], AllowedPattern: "[a-z]", MinLength: 1}
  L: {Type: CommaDelimitedList, Default: "a,b", NoEcho: true, Description: words}
  N: {Type: Number, Default: 5, MinValue: 1, MaxValue: 9}
Mappings: {M: {a: {b: c}}}
Conditions:
  C: !Equals [!Ref P, x]
  E: !And [!Condition C, !Not [!Or [!Equals [a, b], !Condition C]]]
Resources:
  D:
    Type: AWS::Glue::Database
    DeletionPolicy: Retain
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput:
        Name: !Sub ["${A}-${P}-${!literal}", {A: !Join ["-", [a, !Select [1, !Ref L]]]}]
        Description: !If [C, !FindInMap [M, a, b], !Ref AWS::NoValue]
  J:
    Type: AWS::Glue::Job
    DependsOn: [D]
    Condition: C
    Properties:
      Role: {"Fn::Base64": !Select [0, !Split [",", "a,b"]]}
      Command: {Name: glueetl, ScriptLocation: !Sub "s3://${P}/x"}
      Tags: {a: b}
Outputs:
  O: {Value: !Ref P, Condition: C, Description: d, Export: {Name: !Sub "${AWS::StackName}-o"}}
"""
JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    10**30,
    "",
    "x",
    "Fn::If",
    "${",
    "${P",
    "${}",
    "${.}",
    "C",
    [],
    [[]],
    [None],
    ["x", {}],
    {},
    {"Ref": {}},
    {"Ref": "Nope"},
    {"Fn::If": "C"},
    {"Fn::If": []},
    {"Fn::GetAtt": []},
    {"Fn::GetAtt": ["D"]},
    {"Fn::GetAtt": [{}, {}]},
    {"Fn::Select": [{}, []]},
    {"Fn::Sub": []},
    {"Fn::Sub": [{}, {}]},
    {"Fn::FindInMap": [{}, [], 1]},
    {"Fn::Join": [1, 2]},
    {"Fn::Split": ["", ""]},
    {"Fn::Equals": []},
    {"Fn::Not": 3},
    {"Condition": "C"},
    {"Condition": []},
    {"Fn::ImportValue": {}},
    {"Fn::Base64": []},
    {"Fn::Nope": 1},
]


def places(tree, path=()):
    """The path of every value in a tree."""
    yield path
    members = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, value in members:
        yield from places(value, (*path, key))


def changed(tree, path, value):
    """The tree with another value at a path."""
    if not path:
        return value
    found = copy.copy(tree)
    found[path[0]] = changed(tree[path[0]], path[1:], value)
    return found


def read(text):
    """All that is done with a template before and while its resources are made."""
    who = Scope("123456789012", "us-east-1")
    template = checked(text)
    needed_capabilities(template)
    declared_parameters(template)
    given = parameters.given(template, [], {})
    parameters.shown(template, given)
    stack = new("s", who, text, clock.now())
    for name in template.resources:
        stack.resources[name] = {"PhysicalResourceId": name, "Attributes": {"Arn": name}}

    def exported(name):
        raise StackError(name)

    values = references.values(stack, template, given, who, exported)
    for name in in_dependency_order(template):
        if values.is_declared(name):
            declared = template.resources[name]
            kind = KINDS[declared["Type"]]
            properties = values.resolve(declared.get("Properties") or {})
            kind.check(with_tags(kind.tags, properties, {"a": "b"}))
    return outputs(values)


TREE = load(TEMPLATE)


def test_a_template_with_every_function_is_read():
    assert read(TEMPLATE) == read(json.dumps(TREE))
    assert read(TEMPLATE)[0]["ExportName"] == "s-o"


@pytest.mark.parametrize("path", list(places(TREE)), ids=lambda path: "/".join(map(str, path)))
def test_junk_in_a_place_is_taken_or_refused_in_words(path):
    for junk in JUNK:
        try:
            read(json.dumps(changed(TREE, path, junk)))
        except (StackError, ResourceFailed):
            continue


def test_junk_in_two_places_is_taken_or_refused_in_words():
    seeded = random.Random(15)
    paths = list(places(TREE))
    for _ in range(2_000):
        tree = TREE
        for _ in range(2):
            path = seeded.choice(list(places(tree)))
            tree = changed(tree, path, seeded.choice(JUNK))
        try:
            read(json.dumps(tree))
        except (StackError, ResourceFailed):
            continue
    assert paths
