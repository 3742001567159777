"""Resource policies and encryption settings through boto3."""

import json

import pytest

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []}, indent=2)
OTHER = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})


def test_a_policy_is_answered_to_the_letter_with_its_hash(glue):
    digest = glue.put_resource_policy(PolicyInJson=POLICY)["PolicyHash"]
    answer = glue.get_resource_policy()
    assert (answer["PolicyInJson"], answer["PolicyHash"]) == (POLICY, digest)
    assert answer["CreateTime"] == answer["UpdateTime"]
    other = glue.put_resource_policy(PolicyInJson=OTHER)["PolicyHash"]
    assert other != digest
    assert glue.get_resource_policy()["CreateTime"] == answer["CreateTime"]


def test_without_a_policy_there_is_none_to_get_or_delete(glue):
    for ask in (glue.get_resource_policy, glue.delete_resource_policy):
        with pytest.raises(glue.exceptions.EntityNotFoundException, match="Policy not found"):
            ask()
    glue.put_resource_policy(PolicyInJson=POLICY)
    glue.delete_resource_policy()
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_resource_policy()


@pytest.mark.parametrize("text", ["{not json", "[1]", '"text"'])
def test_a_policy_is_a_json_object(glue, text):
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.put_resource_policy(PolicyInJson=text)


def test_conditions_keep_a_policy_from_being_overwritten(glue):
    refused = glue.exceptions.ConditionCheckFailureException
    with pytest.raises(refused):
        glue.put_resource_policy(PolicyInJson=POLICY, PolicyExistsCondition="MUST_EXIST")
    with pytest.raises(refused):
        glue.put_resource_policy(PolicyInJson=POLICY, PolicyHashCondition="x")
    glue.put_resource_policy(PolicyInJson=POLICY, PolicyExistsCondition="NOT_EXIST")
    with pytest.raises(refused):
        glue.put_resource_policy(PolicyInJson=OTHER, PolicyExistsCondition="NOT_EXIST")
    with pytest.raises(refused):
        glue.put_resource_policy(PolicyInJson=OTHER, PolicyHashCondition="x")
    with pytest.raises(refused):
        glue.delete_resource_policy(PolicyHashCondition="x")
    digest = glue.get_resource_policy()["PolicyHash"]
    changed = glue.put_resource_policy(PolicyInJson=OTHER, PolicyHashCondition=digest)
    glue.delete_resource_policy(PolicyHashCondition=changed["PolicyHash"])


def test_policies_of_resources_are_beside_the_one_of_the_catalog(glue, account):
    catalog = f"arn:aws:glue:us-east-1:{account}:catalog"
    database = f"arn:aws:glue:us-east-1:{account}:database/d"
    glue.put_resource_policy(PolicyInJson=POLICY)
    glue.put_resource_policy(PolicyInJson=OTHER, ResourceArn=database)
    assert glue.get_resource_policy(ResourceArn=catalog)["PolicyInJson"] == POLICY
    assert glue.get_resource_policy(ResourceArn=database)["PolicyInJson"] == OTHER
    pages = glue.get_paginator("get_resource_policies").paginate(PaginationConfig={"PageSize": 1})
    found = [p["PolicyInJson"] for page in pages for p in page["GetResourcePoliciesResponseList"]]
    assert found == [POLICY, OTHER]


def test_nothing_is_encrypted_until_settings_are_put(glue):
    assert glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"] == {
        "EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    given = {
        "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": "key"},
        "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False},
    }
    for _ in range(2):
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=given)
        answer = glue.get_data_catalog_encryption_settings()
        assert answer["DataCatalogEncryptionSettings"] == given


def test_there_is_nothing_to_import_from_athena(glue):
    assert glue.get_catalog_import_status()["ImportStatus"] == {"ImportCompleted": True}
