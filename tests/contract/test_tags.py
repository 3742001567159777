"""Tags on Glue resources through boto3."""

import pytest


@pytest.fixture
def arn(glue, account):
    glue.create_database(DatabaseInput={"Name": "people"}, Tags={"team": "census"})
    return f"arn:aws:glue:us-east-1:{account}:database/people"


def test_tags_given_at_creation_are_answered(glue, arn):
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "census"}


def test_tags_are_added_over_those_of_the_same_keys_and_taken_off(glue, arn):
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"team": "mdm", "cost": "", "Team": "x"})
    expected = {"team": "mdm", "cost": "", "Team": "x"}
    assert glue.get_tags(ResourceArn=arn)["Tags"] == expected
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team", "never"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"cost": "", "Team": "x"}


def test_crawlers_and_transforms_carry_tags(glue, account):
    glue.create_database(DatabaseInput={"Name": "people"})
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
    table = {"Name": "adults", "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName="people", TableInput=table)
    made = glue.create_ml_transform(
        Name="adults",
        Role="glue",
        InputRecordTables=[{"DatabaseName": "people", "TableName": "adults"}],
        Parameters={
            "TransformType": "FIND_MATCHES",
            "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
        },
        Tags={"team": "mdm"},
    )
    targets = {"S3Targets": [{"Path": "s3://people/"}]}
    glue.create_crawler(Name="adults/all", Role="glue", Targets=targets, Tags={"team": "mdm"})
    for resource in (f"mlTransform/{made['TransformId']}", "crawler/adults/all"):
        arn = f"arn:aws:glue:us-east-1:{account}:{resource}"
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "mdm"}
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"cost": "7"})
        glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
        assert glue.get_tags(ResourceArn=arn)["Tags"] == {"cost": "7"}


def test_a_resource_has_at_most_50_tags(glue, arn):
    glue.tag_resource(ResourceArn=arn, TagsToAdd={f"k{n}": "v" for n in range(49)})
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"k1": "another"})
    with pytest.raises(glue.exceptions.InvalidInputException, match="50"):
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"one": "more"})
    assert len(glue.get_tags(ResourceArn=arn)["Tags"]) == 50


@pytest.mark.parametrize("key", ["aws:cloudformation:stack-name", "AWS:x"])
def test_keys_that_are_reserved_for_aws_are_refused(glue, arn, key):
    with pytest.raises(glue.exceptions.InvalidInputException, match="aws:"):
        glue.tag_resource(ResourceArn=arn, TagsToAdd={key: "x"})
    with pytest.raises(glue.exceptions.InvalidInputException, match="aws:"):
        glue.create_database(DatabaseInput={"Name": "other"}, Tags={key: "x"})
    assert [one["Name"] for one in glue.get_databases()["DatabaseList"]] == ["people"]


@pytest.mark.parametrize(
    "resource", ["database/nobody", "crawler/nobody", "mlTransform/tfm-" + "0" * 40]
)
def test_tags_of_a_resource_that_does_not_exist_are_not_found(glue, account, resource):
    arn = f"arn:aws:glue:us-east-1:{account}:{resource}"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "b"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:glue:us-east-1:999999999999:database/people",
        "arn:aws:glue:eu-west-1:{account}:database/people",
        "arn:aws-cn:glue:us-east-1:{account}:database/people",
        "arn:aws:glue:us-east-1:{account}:database/",
        "arn:aws:glue:us-east-1:{account}:table/people/adults",
    ],
)
def test_an_arn_of_another_account_region_or_kind_is_refused(glue, account, arn):
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_tags(ResourceArn=arn.format(account=account))


def test_tags_go_with_their_resource(glue, arn):
    glue.delete_database(Name="people")
    glue.create_database(DatabaseInput={"Name": "people"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
