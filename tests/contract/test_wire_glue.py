"""Glue's dialect on the wire: who is asked, for whom, and how refusals look."""

import http.client
import json
import threading
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def post(gluematch_server):
    """POST a body to the server; the status, the headers, the body parsed."""
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)

    def send(target, body=b"{}", path="/", method="POST", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if target:
            named["X-Amz-Target"] = target
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())

    yield send
    connection.close()


def test_an_unsigned_call_is_the_default_accounts(gluematch_server, post):
    gluematch_server.client("glue").create_database(DatabaseInput={"Name": "unsigned"})
    status, headers, body = post("AWSGlue.GetDatabase", b'{"Name": "unsigned"}')
    assert (status, body["Database"]["Name"]) == (200, "unsigned")
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(headers["x-amzn-RequestId"]) == 36
    created = body["Database"]["CreateTime"]
    assert isinstance(created, float)
    assert round(created, 3) == created


def test_a_refusal_of_glue_carries_message_with_a_capital(post):
    status, headers, body = post("AWSGlue.GetDatabase", b'{"Name": "nowhere"}')
    assert status == 400
    assert body == {
        "__type": "EntityNotFoundException",
        "Message": "Database nowhere not found.",
    }
    assert headers["x-amzn-ErrorType"] == "EntityNotFoundException"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"Name": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_serialization_exception(post, body):
    status, _, answer = post("AWSGlue.GetDatabase", body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert "message" in answer


def test_half_a_surrogate_pair_is_no_text(post):
    body = rb'{"Name": "x", "CatalogId": "\ud800"}'
    status, _, answer = post("AWSGlue.GetDatabase", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


def test_an_operation_that_glue_has_not_is_unknown(post):
    for name in ("GetTheMoon", "", "FindMatches"):
        status, _, body = post(f"AWSGlue.{name}")
        assert (status, body["__type"]) == (400, "UnknownOperationException")
        assert repr(name) in body["message"]


def test_an_operation_that_nobody_builds_is_refused_by_name(gluematch_server):
    glue = gluematch_server.client("glue")
    for call in (glue.import_catalog_to_glue, glue.list_blueprints, glue.list_usage_profiles):
        with pytest.raises(glue.exceptions.InvalidInputException, match="operation of AWS Glue"):
            call()


def test_what_moto_builds_and_is_not_ours_is_passed_on(gluematch_server):
    here = gluematch_server.client("glue", account="220000000001")
    there = gluematch_server.client("glue", account="220000000002")
    here.create_workflow(Name="nightly", Tags={"a": "b"})
    assert here.list_workflows()["Workflows"] == ["nightly"]
    assert there.list_workflows()["Workflows"] == []
    elsewhere = gluematch_server.client("glue", account="220000000001", region="eu-west-1")
    assert elsewhere.list_workflows()["Workflows"] == []
    with pytest.raises(here.exceptions.EntityNotFoundException):
        here.get_workflow(Name="none")
    arn = "arn:aws:glue:us-east-1:220000000001:workflow/nightly"
    here.tag_resource(ResourceArn=arn, TagsToAdd={"c": "d"})
    assert here.get_tags(ResourceArn=arn)["Tags"] == {"a": "b", "c": "d"}


def test_what_is_passed_on_is_validated_first(gluematch_server, post):
    status, _, body = post("AWSGlue.CreateTrigger", b'{"Name": "x"}')
    assert (status, body["__type"]) == (400, "ValidationException")
    assert body["message"].startswith("2 validation errors detected: Value null at 'type'")


def test_accounts_and_regions_never_mix(gluematch_server):
    def names(**scope):
        return [
            d["Name"]
            for d in gluematch_server.client("glue", **scope).get_databases()["DatabaseList"]
        ]

    own = {"account": "220000000003", "region": "eu-west-1"}
    gluematch_server.client("glue", **own).create_database(DatabaseInput={"Name": "mine"})
    assert names(**own) == ["mine"]
    assert names(account="220000000003", region="eu-west-2") == []
    assert names(account="220000000004", region="eu-west-1") == []


def test_a_key_that_iam_or_sts_issued_is_its_owners(gluematch_server):
    account = "220000000005"
    gluematch_server.client("glue", account=account).create_database(DatabaseInput={"Name": "o"})
    iam = gluematch_server.client("iam", account=account)
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    sts = gluematch_server.client("sts", account=account)
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    for pair in (key, session):
        glue = boto3.client(
            "glue",
            endpoint_url=gluematch_server.url,
            region_name="us-east-1",
            aws_access_key_id=pair["AccessKeyId"],
            aws_secret_access_key=pair["SecretAccessKey"],
            aws_session_token=pair.get("SessionToken"),
        )
        assert [d["Name"] for d in glue.get_databases()["DatabaseList"]] == ["o"]


def test_unknown_keys_are_the_default_account_for_us_and_for_neighbours(gluematch_server):
    stranger = {"account": "AKIASTRANGER"}
    sts = gluematch_server.client("sts", **stranger)
    assert sts.get_caller_identity()["Account"] == "123456789012"
    gluematch_server.client("glue").create_database(DatabaseInput={"Name": "default"})
    assert gluematch_server.client("glue", **stranger).get_database(Name="default")


def test_several_violations_are_told_at_once(gluematch_server):
    glue = gluematch_server.client("glue")
    with pytest.raises(ClientError) as refusal:
        glue.get_ml_transforms(MaxResults=99999, Filter={"Status": "BOGUS"})
    assert refusal.value.response["Error"]["Code"] == "ValidationException"
    assert refusal.value.response["Error"]["Message"] == (
        "2 validation errors detected: Value '99999' at 'maxResults' failed to satisfy "
        "constraint: Member must have value less than or equal to 1000; Value 'BOGUS' at "
        "'filter.status' failed to satisfy constraint: Member must satisfy enum value set: "
        "[NOT_READY, READY, DELETING]"
    )


def test_health_and_the_front_door_speak_json(gluematch_server, post):
    assert post(None, None, "/_gluematch/health", "GET")[2]["status"] == "ok"
    status, _, body = post(None, None, "/", "GET")
    assert (status, body["service"]) == (200, "gluematch")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_gluematch/nothing", 404),
        ("POST", "/_gluematch/nothing", 404),
        ("DELETE", "/_gluematch/health", 405),
        ("GET", "/moto-api/data.json", 404),
        ("GET", "/moto-api/reset", 405),
        ("POST", "/moto-api/reset-auth", 404),
        ("GET", "/favicon.ico", 404),
    ],
)
def test_what_is_not_there_is_said_in_json(post, method, path, status):
    found, headers, body = post(None, b"", path, method, Accept="text/html, application/json")
    assert (found, "json" in headers["Content-Type"]) == (status, True)
    assert body["message"]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "list_contributor_insights", "NotImplemented"),
        ("iam", "list_service_specific_credentials", "NotImplemented"),
    ],
)
def test_a_neighbour_says_in_its_own_dialect_what_it_lacks(
    gluematch_server, service, operation, code
):
    client = gluematch_server.client(service)
    with pytest.raises(ClientError) as refusal:
        getattr(client, operation)()
    assert refusal.value.response["Error"]["Code"] == code
    assert "<" not in refusal.value.response["Error"]["Message"]


def test_a_bucket_may_be_named_like_a_service(gluematch_server):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    connection.request("GET", "/bucket_x/y")
    answer = connection.getresponse()
    assert (answer.status, b"NoSuchBucket" in answer.read()) == (404, True)
    connection.close()


def test_a_client_cannot_choose_the_account_by_motos_header(gluematch_server):
    place = urlsplit(gluematch_server.url)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    credential = "220000000006/20260101/us-east-1/sts/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}",
        "Content-Type": "application/x-www-form-urlencoded",
        "x-moto-account-id": "999999999999",
    }
    connection.request("POST", "/", body, headers)
    assert b"<Account>220000000006</Account>" in connection.getresponse().read()
    connection.close()


def test_many_clients_at_once_are_served(gluematch_server):
    results = []

    def work():
        glue = gluematch_server.client("glue", account="220000000007")
        results.append([glue.get_databases()["DatabaseList"] for _ in range(5)])
        glue.close()

    threads = [threading.Thread(target=work) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[[]] * 5] * 40


def test_the_schema_registry_takes_schemas_of_several_lines_and_refuses_in_its_own_words(glue):
    glue.create_registry(RegistryName="own-words")
    schema = {"DataFormat": "AVRO", "Compatibility": "NONE"}
    of = {"RegistryId": {"RegistryName": "own-words"}, **schema}
    text = '{"type": "record",\n "name": "r",\n "fields": []}'
    glue.create_schema(SchemaName="s", SchemaDefinition=text, **of)
    with pytest.raises(glue.exceptions.InvalidInputException, match="not valid"):
        glue.create_schema(SchemaName="a b", SchemaDefinition=text, **of)


def test_sessions_never_run_so_their_role_may_be_any_text(glue):
    command = {"Name": "glueetl", "PythonVersion": "3"}
    glue.create_session(Id="s", Role="a role that is no ARN", Command=command)
    assert glue.get_session(Id="s")["Session"]["Role"] == "a role that is no ARN"
    glue.delete_session(Id="s")
