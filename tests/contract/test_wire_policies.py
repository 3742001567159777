"""A server with `--auth sigv4`: what policies of IAM and of the credentials file let whom do."""

import json
from itertools import count
from urllib.parse import quote

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from gluematch.server.__main__ import main
from gluematch.server.testing import GlueServer

ACCOUNT = "420000000001"
ARN = f"arn:aws:glue:us-east-1:{ACCOUNT}:"


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions, resource="*", **more):
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READS = [
    allow("glue:Get*", resource=[f"{ARN}catalog", f"{ARN}database/open", f"{ARN}table/open/*"])
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    (folder / "reader.json").write_text(document(*READS))
    path = folder / "credentials"
    path.write_text(
        f"[owner]\naws_access_key_id = AKIAOWNER\naws_secret_access_key = s\n"
        f"aws_account_id = {ACCOUNT}\n\n"
        f"[reader]\naws_access_key_id = AKIAREADER\naws_secret_access_key = r\n"
        f"aws_account_id = {ACCOUNT}\npolicy_file = reader.json\n"
    )
    with GlueServer(credentials=path, strict=True) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    session = boto3.session.Session()

    def make(service, key="AKIAOWNER", secret="s", token=None):
        return session.client(
            service,
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


@pytest.fixture(scope="module")
def owner(client):
    glue = client("glue")
    for name in ("open", "closed"):
        glue.create_database(DatabaseInput={"Name": name})
        for table in ("t", "secret"):
            glue.create_table(DatabaseName=name, TableInput={"Name": table})
    return glue


numbers = count()


@pytest.fixture
def user(client, owner):
    """A maker of users: clients of a new user with those statements, and the user's name."""

    def make(*statements, service="glue", user_name=None):
        iam, name = client("iam"), user_name or f"user{next(numbers)}"
        iam.create_user(UserName=name)
        if statements:
            policy = document(*statements)
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        found = client(service, key["AccessKeyId"], key["SecretAccessKey"])
        found.user_name, found.pair = name, (key["AccessKeyId"], key["SecretAccessKey"])
        return found

    return make


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    assert error["Code"] in {"AccessDeniedException", "AccessDenied"}
    return error["Message"]


def test_a_user_without_policies_may_do_nothing(user):
    glue = user()
    assert refused(glue.get_table, DatabaseName="open", Name="t") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{glue.user_name} is not authorized to perform: "
        f"glue:GetTable on resource: {ARN}catalog "
        "because no identity-based policy allows the glue:GetTable action"
    )
    assert refused(glue.get_crawlers).endswith(
        "glue:GetCrawlers because no identity-based policy allows the glue:GetCrawlers action"
    )


def test_a_key_of_the_file_has_the_rights_of_its_policy(client, owner):
    reader = client("glue", "AKIAREADER", "r")
    assert reader.get_table(DatabaseName="open", Name="t")["Table"]["Name"] == "t"
    assert len(reader.get_tables(DatabaseName="OPEN")["TableList"]) == 2
    assert (
        f"user/reader is not authorized to perform: glue:GetTable on resource: {ARN}database/"
        in (refused(reader.get_table, DatabaseName="closed", Name="t"))
    )
    assert refused(reader.delete_table, DatabaseName="open", Name="t")
    assert f"{ARN}database/*" in refused(reader.get_databases)
    assert owner.get_table(DatabaseName="open", Name="t")


def test_an_explicit_deny_wins_also_where_it_is_asked_for_all(user):
    glue = user(allow("*"), deny("glue:*", resource=f"{ARN}table/open/secret"))
    assert glue.get_table(DatabaseName="open", Name="t")
    for name in ("secret", "SECRET"):
        assert refused(glue.get_table, DatabaseName="Open", Name=name).endswith(
            f"glue:GetTable on resource: {ARN}table/open/secret "
            "with an explicit deny in an identity-based policy"
        )
    assert refused(glue.get_tables, DatabaseName="open")
    assert refused(glue.delete_database, Name="open")
    assert refused(glue.batch_delete_table, DatabaseName="open", TablesToDelete=["t", "secret"])
    assert refused(glue.search_tables, SearchText="secret")
    assert len(glue.get_tables(DatabaseName="closed")["TableList"]) == 2


def test_batches_want_every_resource_allowed_and_empty_ones_want_all(user, client):
    client("glue").create_crawler(
        Name="mine", Role="r", DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://b/"}]}
    )
    glue = user(allow("glue:BatchGet*", resource=f"{ARN}crawler/mine"))
    assert len(glue.batch_get_crawlers(CrawlerNames=["mine"])["Crawlers"]) == 1
    assert refused(glue.batch_get_crawlers, CrawlerNames=["mine", "other"])
    assert refused(glue.batch_get_crawlers, CrawlerNames=[])


def test_tags_of_the_resource_and_of_the_request_decide(user, client):
    owner = client("glue")
    for name, team in {"blue": "blue", "red": "red"}.items():
        command = {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}
        owner.create_job(Name=name, Role="r", Command=command, Tags={"team": team})
    own = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    tagged = {
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]},
    }
    glue = user(
        allow("glue:GetJob", "glue:UntagResource", Condition=own),
        allow("glue:TagResource", Condition=tagged),
    )
    assert glue.get_job(JobName="blue")
    assert refused(glue.get_job, JobName="red")
    assert refused(glue.get_job, JobName="none")
    red = f"{ARN}job/red"
    assert refused(glue.tag_resource, ResourceArn=red, TagsToAdd={"team": "red"})
    assert refused(glue.tag_resource, ResourceArn=red, TagsToAdd={"team": "blue", "x": "y"})
    assert refused(glue.tag_resource, ResourceArn=red, TagsToAdd={"cost": "1"})
    glue.tag_resource(ResourceArn=red, TagsToAdd={"team": "blue", "cost": "1"})
    assert glue.get_job(JobName="red")
    glue.untag_resource(ResourceArn=red, TagsToRemove=["team"])
    assert refused(glue.get_job, JobName="red")


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:username": "${aws:PrincipalAccount}"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/user*"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ],
)
def test_conditions_ask_where_when_and_by_whom(user, condition, allowed):
    glue = user(allow("glue:GetClassifiers", Condition=condition))
    if allowed:
        assert glue.get_classifiers()["Classifiers"] == []
    else:
        assert refused(glue.get_classifiers)


def test_variables_give_everybody_tables_of_their_own(user):
    own = f"{ARN}table/open/${{aws:username}}"
    glue = user(
        allow("glue:*Table", resource=[f"{ARN}catalog", f"{ARN}database/open", own]),
        user_name="zoe",
    )
    glue.create_table(DatabaseName="open", TableInput={"Name": "zoe"})
    assert refused(glue.get_table, DatabaseName="open", Name="t")
    glue.delete_table(DatabaseName="open", Name="zoe")


def test_groups_and_attached_policies_count_as_they_are_now(user, client):
    iam, glue = client("iam"), user()
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName=glue.user_name)
    made = iam.create_policy(PolicyName="reading", PolicyDocument=document(allow("glue:Get*")))
    arn = made["Policy"]["Arn"]
    assert refused(glue.get_databases)
    iam.attach_group_policy(GroupName="readers", PolicyArn=arn)
    assert glue.get_databases()
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("s3:*")), SetAsDefault=True
    )
    assert refused(glue.get_databases)


def assumed(client, role, **more):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    given = client("sts").assume_role(RoleArn=arn, RoleSessionName="lesson", **more)["Credentials"]
    return client("glue", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_a_session_has_its_roles_rights_within_boundary_and_session_policy(client, owner):
    iam = client("iam")
    assert "assumed-role/none/lesson" in refused(assumed(client, "none").get_classifiers)
    boundary = iam.create_policy(
        PolicyName="boundary", PolicyDocument=document(allow("glue:Get*", "glue:List*"))
    )["Policy"]["Arn"]
    iam.create_role(RoleName="teacher", AssumeRolePolicyDocument="{}", PermissionsBoundary=boundary)
    iam.put_role_policy(
        RoleName="teacher", PolicyName="all", PolicyDocument=document(allow("glue:*"))
    )
    teacher = assumed(client, "teacher")
    teacher.list_jobs()
    teacher.get_classifiers()
    assert refused(teacher.delete_classifier, Name="x") == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/teacher/lesson is not authorized to perform: "
        "glue:DeleteClassifier because no permissions boundary allows "
        "the glue:DeleteClassifier action"
    )
    narrowed = assumed(client, "teacher", Policy=document(allow("glue:Get*")))
    assert narrowed.get_classifiers()
    assert "no session policy allows" in refused(narrowed.list_jobs)


def test_operations_of_the_neighbour_and_routes_of_ours_ask_as_well(user, server):
    glue = user(allow("glue:GetTriggers"))
    assert glue.get_triggers()["Triggers"] == []
    trigger = {"Name": "t", "Type": "ON_DEMAND", "Actions": [{"JobName": "j"}]}
    assert f"{ARN}trigger/t" in refused(glue.create_trigger, **trigger)
    url = f"{server.url}/_gluematch/transforms/tfm-1/metrics"
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(*glue.pair), "glue", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    told = json.loads(answer.content)
    assert (answer.status_code, told["__type"]) == (400, "AccessDeniedException")
    assert f"glue:GetMLTransform on resource: {ARN}mlTransform/tfm-1 because" in told["Message"]


def test_nobody_gives_themselves_rights(user, client):
    iam = user(allow("glue:*", "iam:GetUser"), service="iam")
    name = iam.user_name
    assert iam.get_user(UserName=name)
    everything = document(allow("*"))
    assert f"iam:PutUserPolicy on resource: arn:aws:iam::{ACCOUNT}:user/{name} because" in (
        refused(iam.put_user_policy, UserName=name, PolicyName="q", PolicyDocument=everything)
    )
    assert refused(iam.create_access_key, UserName=name)
    sts, stacks = (client(service, *iam.pair) for service in ("sts", "cloudformation"))
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    role = f"arn:aws:iam::{ACCOUNT}:role/teacher"
    assert role in refused(sts.assume_role, RoleArn=role, RoleSessionName="lesson")
    assert refused(stacks.create_stack, StackName="s", TemplateBody="{}")


@pytest.mark.parametrize(
    ("service", "asked"),
    [
        ("sts", "Action=AssumeRole&RoleSessionName=s&RoleName=reader&RoleArn={arn}role/admin"),
        ("iam", "Action=CreatePolicy&PolicyName=p&PolicyDocument={all}&UserName={name}"),
        (
            "iam",
            "Action=CreatePolicyVersion&PolicyArn={arn}policy/p&PolicyDocument={all}"
            "&SetAsDefault=true&UserName={name}",
        ),
        ("iam", "Action=CreateAccountAlias&AccountAlias=mine&UserName={name}"),
        ("iam", "Action=CreateUser&UserName=other&RoleName=reader"),
        ("iam", "Action=UpdateUser&UserName={name}&NewUserName=owner"),
        ("iam", "Action=NoSuchOperation&UserName={name}"),
    ],
)
def test_a_name_that_an_operation_does_not_know_gives_no_right_to_it(server, user, service, asked):
    """Who may do all to oneself, and become a reader, names oneself beside something else."""
    iam, name = f"arn:aws:iam::{ACCOUNT}:", f"decoy{next(numbers)}"
    own = allow("iam:*", resource=[f"{iam}user/{name}", f"{iam}role/reader"])
    who = user(own, allow("sts:AssumeRole", resource=f"{iam}role/reader"), user_name=name)
    body = asked.format(arn=iam, name=name, all=quote(document(allow("*"))))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{server.url}/", kind, body)
    SigV4Auth(Credentials(*who.pair), service, "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert (answer.status_code, b"<Code>AccessDenied</Code>" in answer.content) == (403, True)


def test_only_a_key_of_the_account_itself_empties_the_server(server, user, owner):
    glue = user(allow("*"))
    request = AWSRequest("POST", f"{server.url}/moto-api/reset", {}, "")
    S3SigV4Auth(Credentials(*glue.pair), "s3", "us-east-1").add_auth(request)
    assert URLLib3Session().send(request.prepare()).status_code == 403
    assert owner.get_database(Name="open")


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [
        ("Action=GetUser&UserName=eve", {}, "Action=CreateAccessKey&UserName=eve"),
        ("", {"X-Amz-Target": "IAM.CreateAccessKey"}, "Action=GetUser&UserName=eve"),
        ("", {}, "Action=GetUser&UserName=eve&UserName=owner"),
        ("Action=GetUser&UserName=eve", {"Content-Type": "application/json"}, '{"Action": "x"}'),
        ("", {}, "Version=2010-05-08"),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_needs_both_allowed(
    server, user, query, headers, body
):
    iam = user(allow("iam:GetUser", resource=f"arn:aws:iam::{ACCOUNT}:user/eve"), service="iam")
    kind = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    request = AWSRequest("POST", f"{server.url}/?{query}", kind, body)
    SigV4Auth(Credentials(*iam.pair), "iam", "us-east-1").add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    assert answer.status_code in {400, 403}
    assert b"AccessDenied" in answer.content


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [("[", "not JSON"), ("{}", "statement 1"), (None, "cannot read the policy")],
)
def test_a_policy_that_cannot_be_read_stops_the_start(policy, complaint, tmp_path, capsys):
    if policy is not None:
        (tmp_path / "p.json").write_text(policy)
    keys = tmp_path / "keys"
    keys.write_text(
        "[a]\naws_access_key_id = AKIAX\naws_secret_access_key = hidden\npolicy_file = p.json\n"
    )
    words = ["serve", "--ephemeral", "--port", "0", "--auth", "sigv4", "--credentials", str(keys)]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert "hidden" not in told


def test_policies_may_stand_in_json_beside_their_keys(tmp_path):
    policy = {"Statement": allow("glue:GetClassifiers")}
    key = {"AccessKeyId": "AKIAX", "SecretAccessKey": "s", "UserName": "ann", "Policy": policy}
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(key))
    with GlueServer(credentials=path) as server:
        glue = boto3.client(
            "glue",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAX",
            aws_secret_access_key="s",
        )
        assert glue.get_classifiers()["Classifiers"] == []
        assert ":user/ann is not" in refused(glue.get_crawlers)


def test_a_stack_does_what_its_sender_may_do_and_no_more(user, client, owner):
    name = f"arn:aws:glue:us-east-1:{ACCOUNT}"
    stacks = user(
        allow("cloudformation:*"),
        allow("glue:CreateDatabase", "glue:DeleteDatabase"),
        deny("glue:CreateDatabase", resource=f"{name}:database/secret"),
        service="cloudformation",
    )

    def database(name):
        inside = {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": name}}
        return {"Type": "AWS::Glue::Database", "Properties": inside}

    def made(stack, **resources):
        stacks.create_stack(
            StackName=stack,
            TemplateBody=json.dumps({"Resources": resources}),
            Capabilities=["CAPABILITY_IAM"],
        )
        events = stacks.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [e["ResourceStatusReason"] for e in events if "FAILED" in e["ResourceStatus"]]
        return stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"], failed

    assert made("may", D=database("made")) == ("CREATE_COMPLETE", [])
    assert owner.get_database(Name="made")
    status, failed = made("maynot", D=database("secret"))
    assert status == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: glue:CreateDatabase on resource" in failed[0]
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": document(allow("sts:AssumeRole"))},
    }
    status, failed = made("rights", R=role)
    assert status == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: iam:CreateRole" in failed[0]
    roles = client("iam").list_roles()["Roles"]
    assert [each for each in roles if each["RoleName"].startswith("rights-")] == []
