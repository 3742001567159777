"""Names and times of IAM and STS that AWS does not take: policies go by what ARNs say."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "482000000001"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/teacher"


@pytest.fixture
def service(gluematch_server):
    def client(name):
        unchecked = Config(parameter_validation=False)
        return gluematch_server.client(name, account=ACCOUNT, config=unchecked)

    return client


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    return error["Message"]


@pytest.mark.parametrize("name", [f"x:{ACCOUNT}:root", "*", "a/b", "${aws:username}", "a\nb", "é"])
def test_a_name_in_an_arn_has_the_signs_of_names_only(service, name):
    iam, sts = service("iam"), service("sts")
    assert "at 'roleSessionName'" in refused(sts.assume_role, RoleArn=ROLE, RoleSessionName=name)
    assert "at 'userName'" in refused(iam.create_user, UserName=name)
    assert "at 'groupName'" in refused(iam.create_group, GroupName=name)
    assert "at 'roleName'" in refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument="{}")
    assert "at 'policyName'" in refused(iam.create_policy, PolicyName=name, PolicyDocument="{}")
    iam.create_user(UserName="plain_+=,.@-1")
    refused(iam.update_user, UserName="plain_+=,.@-1", NewUserName=name)
    iam.delete_user(UserName="plain_+=,.@-1")


@pytest.mark.parametrize("seconds", ["899", "43201", "1000000000", "1" * 30, "-900", "x"])
def test_a_session_lasts_from_a_quarter_of_an_hour_to_twelve_hours(service, seconds):
    named = {"RoleArn": ROLE, "RoleSessionName": "lesson"}
    sts = service("sts")
    assert "at 'durationSeconds'" in refused(sts.assume_role, **named, DurationSeconds=seconds)
    for lasting in (900, 43_200):
        assert sts.assume_role(**named, DurationSeconds=lasting)["Credentials"]
