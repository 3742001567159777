"""What policies say: actions, resources, conditions, and that a denial is never outvoted."""

import fnmatch
import json
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluematch.models.authorization import decision, policies, wildcards
from gluematch.models.authorization.decision import EVERYTHING, Resource, Rights, denied
from gluematch.models.authorization.policies import MalformedPolicy

ARN = "arn:aws:glue:us-east-1:111122223333:"
TABLE = Resource(f"{ARN}table/people/ann")
TABLES = Resource(f"{ARN}table/people/", below=True)


def statement(effect="Allow", action="*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements, version="2012-10-17"):
    return policies.read({"Version": version, "Statement": list(statements)})


def may(rights, action="glue:GetTable", resource=TABLE, **context):
    if not isinstance(rights, Rights):
        rights = Rights((policy(rights),))
    said = {key.replace("__", ":").lower(): value for key, value in context.items()}
    return denied(rights, action, resource, said) is None


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("glue:GetTable", True),
        ("GLUE:gettable", True),
        ("glue:Get*", True),
        ("glue:GetTabl?", True),
        ("*", True),
        (["s3:*", "glue:*Table"], True),
        ("glue:GetTables", False),
        ("glue:Get", False),
        ("glue:GetTable?", False),
        ("s3:*", False),
        ([], None),
    ],
)
def test_actions_are_patterns(pattern, allowed):
    if allowed is None:
        with pytest.raises(MalformedPolicy, match="Action of its statement 1"):
            policy(statement(action=pattern))
    else:
        assert may(statement(action=pattern)) is allowed


@pytest.mark.parametrize(
    ("pattern", "one", "all_of_them"),
    [
        ("*", True, True),
        (f"{ARN}table/people/ann", True, False),
        (f"{ARN}table/people/*", True, True),
        (f"{ARN}table/*/ann", True, False),
        (f"{ARN}table/*", True, True),
        (f"{ARN}table/people/*n", True, False),
        (f"{ARN}table/people/???", True, False),
        (f"{ARN}table/people/?*", True, False),
        ("arn:aws:glue:*:*:table/people/*", True, True),
        (f"{ARN}table/People/*", False, False),
        (f"{ARN}database/people", False, False),
        (f"{ARN}table/people", False, False),
    ],
)
def test_resources_are_patterns_and_all_tables_want_more_than_one(pattern, one, all_of_them):
    assert may(statement(resource=pattern)) is one
    assert may(statement(resource=pattern), resource=TABLES) is all_of_them


@pytest.mark.parametrize(
    ("pattern", "met"),
    [(f"{ARN}table/people/secret", True), (f"{ARN}*", True), (f"{ARN}table/other/*", False)],
)
def test_a_denial_of_one_table_denies_what_touches_all(pattern, met):
    rights = Rights((policy(statement(), statement("Deny", resource=pattern)),))
    assert may(rights, resource=TABLES) is not met


def test_a_resource_of_nothing_is_only_under_the_star():
    assert may(statement(resource="*"), resource=EVERYTHING)
    assert not may(statement(resource=f"{ARN}*"), resource=EVERYTHING)


def test_the_opposites_of_action_and_resource():
    but = {"Effect": "Allow", "NotAction": "glue:Delete*", "NotResource": f"{ARN}table/secret/*"}
    assert may(but)
    assert not may(but, "glue:DeleteTable")
    assert not may(but, resource=Resource(f"{ARN}table/secret/x"))
    assert not may(but, resource=Resource(f"{ARN}table/", below=True))
    only = {"Effect": "Deny", "Action": "*", "NotResource": f"{ARN}table/people/*"}
    rights = Rights((policy(statement(), only),))
    assert may(rights)
    assert may(rights, resource=TABLES)
    assert not may(rights, resource=Resource(f"{ARN}table/secret/x"))


CONDITIONS = [
    ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, True),
    ({"StringEquals": {"AWS:resourcetag/TEAM": ["red", "blue"]}}, True),
    ({"StringEquals": {"aws:ResourceTag/team": "b*"}}, False),
    ({"StringLike": {"aws:ResourceTag/team": "b*"}}, True),
    ({"StringNotLike": {"aws:ResourceTag/team": ["r*", "g*"]}}, True),
    ({"StringNotEquals": {"aws:ResourceTag/team": ["red", "blue"]}}, False),
    ({"StringEqualsIgnoreCase": {"aws:ResourceTag/team": "BLUE"}}, True),
    ({"StringNotEqualsIgnoreCase": {"aws:ResourceTag/team": "BLUE"}}, False),
    ({"StringEquals": {"aws:ResourceTag/none": "x"}}, False),
    ({"StringEqualsIfExists": {"aws:ResourceTag/none": "x"}}, True),
    ({"StringEqualsIfExists": {"aws:ResourceTag/team": "x"}}, False),
    ({"StringNotEquals": {"aws:ResourceTag/none": "x"}}, True),
    ({"Null": {"aws:ResourceTag/none": "true"}}, True),
    ({"Null": {"aws:ResourceTag/team": True}}, False),
    ({"Null": {"aws:ResourceTag/team": "false"}}, True),
    ({"Bool": {"aws:SecureTransport": "false"}}, True),
    ({"Bool": {"aws:SecureTransport": True}}, False),
    ({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, True),
    ({"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.1.2.3"]}}, True),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
    ({"IpAddress": {"aws:SourceIp": "anywhere"}}, False),
    ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ({"IpAddress": {"mapped": "10.1.0.0/16"}}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "x"]}}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}, False),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, False),
    ({"ForAllValues:StringLike": {"aws:TagKeys": ["te*", "cost"]}}, True),
    ({"ForAllValues:StringEquals": {"none": ["x"]}}, True),
    ({"ForAnyValue:StringEquals": {"none": ["x"]}}, False),
    ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team"]}}, True),
    ({"ForAllValues:StringNotEquals": {"aws:TagKeys": ["team"]}}, False),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/an*"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": "arn:*:user/ann"}}, False),
    ({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ann"}}, False),
    ({"NumericLessThanEquals": {"size": "10"}}, True),
    ({"NumericGreaterThan": {"size": 10}}, False),
    ({"NumericNotEquals": {"size": "3"}}, True),
    ({"NumericEquals": {"aws:ResourceTag/team": "3"}}, False),
    ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
    ({"DateLessThan": {"aws:CurrentTime": "1767225600"}}, False),
    ({"StringEquals": {"aws:ResourceTag/team": "blue", "aws:SourceIp": "x"}}, False),
    ({"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}, True),
    ({"StringLike": {"aws:ResourceTag/star": "${*}"}}, True),
    ({"StringLike": {"aws:ResourceTag/team": "${*}"}}, False),
    ({"StringEquals": {"aws:ResourceTag/team": "${none, 'blue'}"}}, True),
    ({"StringEquals": {"aws:ResourceTag/team": "${none}"}}, False),
]
CONTEXT = {
    "aws:resourcetag/team": ("blue",),
    "aws:resourcetag/owner": ("ann",),
    "aws:resourcetag/star": ("*",),
    "aws:securetransport": ("false",),
    "aws:sourceip": ("10.1.2.3",),
    "aws:tagkeys": ("team", "cost"),
    "aws:principalarn": ("arn:aws:iam::111122223333:user/ann",),
    "aws:username": ("ann",),
    "aws:currenttime": ("2026-11-28T00:00:00Z",),
    "size": ("10",),
    "mapped": ("::ffff:10.1.2.3",),
}


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS, ids=map(repr, range(len(CONDITIONS))))
def test_conditions_hold_or_not(condition, holds):
    rights = Rights((policy(statement(Condition=condition)),))
    assert (denied(rights, "glue:GetTable", TABLE, CONTEXT) is None) is holds
    but = Rights((policy(statement(), statement("Deny", Condition=condition)),))
    assert (denied(but, "glue:GetTable", TABLE, CONTEXT) is None) is not holds


def test_variables_stand_for_the_caller_and_never_for_more():
    own = statement(resource=f"{ARN}table/${{aws:username}}/*")
    mine = Resource(f"{ARN}table/ann/t")
    assert may(own, resource=mine, aws__username=("ann",))
    assert not may(own, resource=mine, aws__username=("bob",))
    assert not may(own, resource=mine)
    assert not may(own, resource=mine, aws__username=("*",))
    old = Rights((policy(own, version="2008-10-17"),))
    assert not may(old, resource=mine, aws__username=("ann",))


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("hello", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ({"Statement": []}, None),
        ({}, "statement 1 is missing"),
        ({"Version": "2020-01-01", "Statement": []}, "Version"),
        ({"Statement": statement(effect="Maybe")}, "Effect"),
        ({"Statement": {"Effect": "Allow", "Action": "*"}}, "one of Resource and NotResource"),
        ({"Statement": statement(NotAction="*")}, "one of Action and NotAction"),
        ({"Statement": statement(Principal="*")}, "an element Principal"),
        ({"Statement": statement(Condition=[])}, "not a JSON object"),
        ({"Statement": statement(Condition={"StringIs": {"a": "b"}})}, "no operator StringIs"),
        ({"Statement": statement(Condition={"Bool": "x"})}, "Bool has no keys"),
        ({"Statement": statement(Condition={"Bool": {"x": {}}})}, "values of x"),
    ],
)
def test_what_is_no_policy_is_refused(document, complaint):
    text = document if isinstance(document, str) else json.dumps(document)
    if complaint is None:
        assert not may(Rights((policies.read(text),)))
    else:
        with pytest.raises(MalformedPolicy, match=complaint):
            policies.read(text)


def test_boundaries_and_sessions_only_narrow():
    every, reads = (policy(statement()),), (policy(statement(action="glue:Get*")),)
    for kind, rights in {
        decision.BOUNDARY: Rights(every, boundary=reads),
        decision.SESSION: Rights(every, session=reads),
        decision.IDENTITY: Rights(reads, boundary=every, session=every),
    }.items():
        assert may(rights)
        why = denied(rights, "glue:DeleteTable", TABLE, {})
        assert why is not None
        assert why.because("glue:DeleteTable") == (
            f"because no {kind} allows the glue:DeleteTable action"
        )
    nothing = Rights((), boundary=every)
    assert not may(nothing)
    deny = (policy(statement("Deny")),)
    why = denied(Rights(every, boundary=deny), "glue:GetTable", TABLE, {})
    assert why is not None
    assert why.because("glue:GetTable") == "with an explicit deny in a permissions boundary"
    assert may(decision.ALL)
    assert not may(decision.NOTHING)


def test_a_pattern_of_many_stars_takes_no_time_of_its_own():
    pattern = wildcards.pattern("*a" * 40 + "b")
    assert not wildcards.matches(pattern, "a" * 400)


def test_the_time_of_a_comparison_grows_but_slowly_with_its_pattern():
    def seconds(stars):
        pattern = wildcards.pattern("*a" * stars + "b")
        return min(
            timeit.repeat(lambda: wildcards.matches(pattern, "a" * 1000), number=3, repeat=5)
        )

    assert seconds(800) < 20 * seconds(10)


words = st.text("ab/*?", max_size=6)
statements = st.builds(
    statement,
    effect=st.sampled_from(["Allow", "Deny"]),
    action=st.sampled_from(["*", "glue:*", "glue:Get*", "glue:GetTable"]),
    resource=words,
)
resources = st.builds(Resource, st.text("ab/", max_size=5), below=st.booleans())


@given(st.lists(statements, min_size=1, max_size=4), statements, resources)
def test_a_denial_more_never_allows_more_and_a_permission_more_never_less(given, more, resource):
    def allowed(*all_of):
        return denied(Rights((policy(*all_of),)), "glue:GetTable", resource, {}) is None

    if more["Effect"] == "Deny":
        assert allowed(*given) or not allowed(*given, more)
    else:
        assert allowed(*given, more) or not allowed(*given)


@given(st.lists(statements, min_size=1, max_size=4), resources)
def test_the_order_of_statements_does_not_matter(given, resource):
    def reason(all_of):
        return denied(Rights((policy(*all_of),)), "glue:GetTable", resource, {})

    assert reason(given) == reason(given[::-1])


@given(words, st.text("ab/", max_size=5), st.text("ab/", max_size=3))
def test_what_is_allowed_of_all_is_allowed_of_each(pattern, prefix, rest):
    of_all = wildcards.fit(wildcards.pattern(pattern), prefix, below=True)
    of_one = wildcards.fit(wildcards.pattern(pattern), prefix + rest)
    assert of_one.covers or not of_all.covers
    assert of_all.meets or not of_one.covers


@given(words, st.text("ab/*?", max_size=6))
def test_patterns_mean_what_file_names_mean_by_them(pattern, text):
    assert wildcards.matches(wildcards.pattern(pattern), text) == fnmatch.fnmatchcase(text, pattern)
