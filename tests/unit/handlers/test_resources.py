"""What operations touch: each that we build has a rule, and the rule reads what the model has."""

import pytest
from botocore.model import StructureShape

import gluematch.handlers.all  # noqa: F401  # the handlers register themselves
from gluematch.handlers import resources
from gluematch.handlers.registry import OPERATIONS
from gluematch.handlers.resources import RULES, ByArn, touched
from gluematch.models.authorization.decision import EVERYTHING, Resource
from gluematch.models.scope import Scope
from gluematch.server.protocol import own, spec

SCOPE = Scope("111122223333", "eu-west-1")
ARN = "arn:aws:glue:eu-west-1:111122223333:"
OURS = {name for name in spec.names() if spec.operation(name).handler in OPERATIONS}


def test_every_operation_that_we_build_has_a_rule():
    assert {*OURS, *own.OPERATIONS} - RULES.keys() == set()


def test_no_rule_is_of_an_operation_that_there_is_not():
    assert RULES.keys() - spec.names() - own.OPERATIONS.keys() == set()
    assert resources.ACTIONS.keys() == own.OPERATIONS.keys()


@pytest.mark.parametrize("operation", RULES)
def test_rules_read_members_that_requests_have(operation):
    rule = RULES[operation]
    names = [rule.member] if isinstance(rule, ByArn) else [*rule.names]
    if not isinstance(rule, ByArn) and rule.parent and not rule.every:
        names.append(rule.parent)
    for name in names:
        shape = spec.model().operation_model(operation).input_shape
        for step in name.split("."):
            assert isinstance(shape, StructureShape)
            shape = shape.members[step]
        assert shape.type_name in {"string", "list"}


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        (
            "GetTable",
            {"DatabaseName": "DB", "Name": "T"},
            ["catalog", "database/db", "table/db/t"],
        ),
        (
            "UpdateTable",
            {"DatabaseName": "db", "Name": "t", "TableInput": {"Name": "u"}},
            ["catalog", "database/db", "table/db/t", "table/db/u"],
        ),
        (
            "BatchDeleteTable",
            {"DatabaseName": "db", "TablesToDelete": ["t", "u", "t"]},
            ["catalog", "database/db", "table/db/t", "table/db/u"],
        ),
        (
            "DeleteDatabase",
            {"Name": "db"},
            ["catalog", "database/db", "table/db/*", "userDefinedFunction/db/*"],
        ),
        ("GetTables", {"DatabaseName": "db"}, ["catalog", "database/db", "table/db/*"]),
        ("SearchTables", {}, ["catalog", "database/*", "table/*"]),
        ("GetDatabases", {}, ["catalog", "database/*"]),
        ("GetUserDefinedFunctions", {}, ["catalog", "database/*", "userDefinedFunction/*"]),
        ("GetConnection", {"Name": "C"}, ["catalog", "connection/C"]),
        ("TestConnection", {"TestConnectionInput": {}}, ["catalog"]),
        ("StartMLEvaluationTaskRun", {"TransformId": "tfm-1"}, ["mlTransform/tfm-1"]),
        ("FindMatches", {"TransformId": "tfm-1"}, ["mlTransform/tfm-1"]),
        ("GetTags", {"ResourceArn": f"{ARN}database/DB"}, ["database/db"]),
        ("GetTags", {"ResourceArn": f"{ARN}job/J"}, ["job/J"]),
        ("PutResourcePolicy", {"PolicyInJson": "{}"}, ["catalog"]),
    ],
)
def test_what_requests_touch(operation, members, expected):
    listed = [Resource(f"{ARN}{path.rstrip('*')}", below=path.endswith("*")) for path in expected]
    assert touched(operation, SCOPE, members) == listed


@pytest.mark.parametrize(
    ("operation", "members"),
    [("GetJobs", {}), ("BatchGetJobs", {"JobNames": []}), ("GetRegistry", {}), ("GetJob", {})],
)
def test_what_names_nothing_touches_everything(operation, members):
    assert touched(operation, SCOPE, members) == [EVERYTHING]
