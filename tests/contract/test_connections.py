"""Connections through boto3: their records, their secrets, their refusals."""

import pytest

SECRET = "correct horse battery staple"


def connection(name, kind="JDBC", **more):
    properties = {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://db.example:5432/shop",
        "USERNAME": "reader",
        "PASSWORD": SECRET,
    }
    return {"Name": name, "ConnectionType": kind, "ConnectionProperties": properties, **more}


def made(glue, name="shop", **more):
    return glue.create_connection(ConnectionInput=connection(name, **more))


def test_a_connection_is_answered_as_it_was_described(glue):
    network = {"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1a"}
    described = connection(
        "shop",
        Description="the shop",
        MatchCriteria=["prod"],
        PhysicalConnectionRequirements=network,
        SparkProperties={"a": "b"},
    )
    answer = glue.create_connection(ConnectionInput={**described, "ValidateCredentials": False})
    assert answer["CreateConnectionStatus"] == "READY"
    found = glue.get_connection(Name="shop")["Connection"]
    assert {name: found[name] for name in described} == described
    assert found["Status"] == "READY"
    assert found["CreationTime"] == found["LastUpdatedTime"]
    assert found["ConnectionSchemaVersion"] == 1


def test_a_name_is_given_once_in_an_account_and_region(gluematch_server, glue, account):
    made(glue)
    with pytest.raises(glue.exceptions.AlreadyExistsException, match="shop"):
        made(glue)
    made(gluematch_server.client("glue", account=account, region="eu-west-1"))
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Connection none not found"):
        glue.get_connection(Name="none")


def test_an_update_replaces_the_whole_description(glue):
    made(glue, Description="old")
    new = {"Name": "shop", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    glue.update_connection(Name="shop", ConnectionInput=new)
    found = glue.get_connection(Name="shop")["Connection"]
    assert (found["ConnectionType"], found["ConnectionProperties"]) == ("NETWORK", {})
    assert "Description" not in found
    with pytest.raises(glue.exceptions.InvalidInputException, match="renamed"):
        glue.update_connection(Name="shop", ConnectionInput={**new, "Name": "other"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_connection(Name="none", ConnectionInput={**new, "Name": "none"})


def test_deleted_connections_are_gone(glue):
    for name in "abc":
        made(glue, name)
    glue.delete_connection(ConnectionName="a")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_connection(ConnectionName="a")
    answer = glue.batch_delete_connection(ConnectionNameList=["b", "a", "c"])
    assert answer["Succeeded"] == ["b", "c"]
    assert answer["Errors"]["a"]["ErrorCode"] == "EntityNotFoundException"
    assert glue.get_connections()["ConnectionList"] == []


def names(glue, **asked):
    return [one["Name"] for one in glue.get_connections(**asked)["ConnectionList"]]


def test_connections_are_found_by_type_criteria_and_version(glue):
    made(glue, "east", MatchCriteria=["prod", "east"])
    made(glue, "west", MatchCriteria=["prod", "west"])
    made(glue, "queue", kind="KAFKA", MatchCriteria=["prod"])
    made(glue, "new", AuthenticationConfiguration={"AuthenticationType": "BASIC"})
    assert names(glue) == ["east", "new", "queue", "west"]
    assert names(glue, Filter={}) == ["east", "new", "queue", "west"]
    assert names(glue, Filter={"ConnectionType": "JDBC"}) == ["east", "new", "west"]
    assert names(glue, Filter={"MatchCriteria": ["west", "prod"]}) == ["west"]
    assert names(glue, Filter={"ConnectionType": "KAFKA", "MatchCriteria": ["east"]}) == []
    assert names(glue, Filter={"ConnectionSchemaVersion": 2}) == ["new"]


def test_pages_of_connections_are_stable_under_writes(glue):
    for name in "abcd":
        made(glue, name)
    first = glue.get_connections(MaxResults=2)
    assert [one["Name"] for one in first["ConnectionList"]] == ["a", "b"]
    glue.delete_connection(ConnectionName="a")
    made(glue, "aa")
    rest = glue.get_connections(MaxResults=2, NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["ConnectionList"]] == ["c", "d"]
    assert "NextToken" not in rest
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_connections(Filter={"ConnectionType": "SFTP"}, NextToken=first["NextToken"])


def test_passwords_are_shown_unless_they_are_to_be_hidden(glue):
    more = {"KAFKA_SASL_PLAIN_PASSWORD": SECRET}
    described = connection("shop")
    described["ConnectionProperties"] |= more
    glue.create_connection(ConnectionInput=described)
    shown = glue.get_connection(Name="shop")["Connection"]["ConnectionProperties"]
    assert shown["PASSWORD"] == SECRET
    hidden = [
        glue.get_connection(Name="shop", HidePassword=True)["Connection"],
        *glue.get_connections(HidePassword=True)["ConnectionList"],
    ]
    for found in hidden:
        assert found["ConnectionProperties"].keys() == {"JDBC_CONNECTION_URL", "USERNAME"}
    assert SECRET not in str(hidden)


def test_credentials_of_an_authentication_are_never_shown(glue):
    authentication = {
        "AuthenticationType": "BASIC",
        "BasicAuthenticationCredentials": {"Username": "reader", "Password": SECRET},
        "SecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:x",
        "OAuth2Properties": {"OAuth2Credentials": {"AccessToken": SECRET}},
    }
    described = {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": {}}
    glue.create_connection(
        ConnectionInput={**described, "AuthenticationConfiguration": authentication}
    )
    found = glue.get_connection(Name="shop")["Connection"]
    assert SECRET not in str(found)
    assert found["AuthenticationConfiguration"] == {
        "AuthenticationType": "BASIC",
        "SecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:x",
        "OAuth2Properties": {},
    }


def test_a_refusal_does_not_repeat_a_password(glue):
    described = connection("shop")
    described["ConnectionProperties"]["PASSWORD"] = SECRET * 50
    with pytest.raises(glue.exceptions.ClientError, match="ValidationException") as refused:
        glue.create_connection(ConnectionInput=described)
    assert SECRET not in str(refused.value)
    assert "length less than or equal to 1024" in str(refused.value)


def test_properties_that_botocore_does_not_know_yet_are_kept(glue):
    described = {"Name": "new", "ConnectionType": "JDBC", "ConnectionProperties": {"NEW": "1"}}
    glue.create_connection(ConnectionInput=described)
    assert glue.get_connection(Name="new")["Connection"]["ConnectionProperties"] == {"NEW": "1"}


def test_connections_carry_tags_that_go_with_them(glue, account):
    arn = f"arn:aws:glue:us-east-1:{account}:connection/shop"
    glue.create_connection(ConnectionInput=connection("shop"), Tags={"team": "mdm"})
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"cost": "7"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "mdm", "cost": "7"}
    glue.delete_connection(ConnectionName="shop")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn)
    made(glue)
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_the_catalog_of_another_account_has_no_connections(glue):
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_connections(CatalogId="000000000000")
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_connection(CatalogId="000000000000", ConnectionInput=connection("shop"))
