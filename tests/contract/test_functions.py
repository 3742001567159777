"""User-defined functions through boto3."""

import pytest

GIVEN = {
    "FunctionName": "Mask",
    "ClassName": "org.example.Mask",
    "OwnerName": "census",
    "OwnerType": "USER",
    "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://bucket/mask.jar"}],
}


@pytest.fixture
def glue(glue):
    glue.create_database(DatabaseInput={"Name": "people"})
    glue.create_user_defined_function(DatabaseName="people", FunctionInput=GIVEN)
    return glue


def get(glue, name="mask", database="people"):
    answer = glue.get_user_defined_function(DatabaseName=database, FunctionName=name)
    return answer["UserDefinedFunction"]


def names(glue, **query):
    answer = glue.get_user_defined_functions(**query)
    return [f["FunctionName"] for f in answer["UserDefinedFunctions"]]


def test_a_function_is_answered_as_it_was_given_with_its_name_folded(glue, account):
    function = get(glue, "MASK")
    assert function.pop("CreateTime")
    assert function == {
        **GIVEN,
        "FunctionName": "mask",
        "DatabaseName": "people",
        "FunctionType": "REGULAR_FUNCTION",
        "CatalogId": account,
    }


def test_names_are_taken_once_in_a_database(glue):
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_user_defined_function(DatabaseName="people", FunctionInput=GIVEN)
    glue.create_database(DatabaseInput={"Name": "others"})
    glue.create_user_defined_function(DatabaseName="others", FunctionInput=GIVEN)
    missing = glue.exceptions.EntityNotFoundException
    with pytest.raises(missing, match="Database nowhere not found"):
        glue.create_user_defined_function(DatabaseName="nowhere", FunctionInput=GIVEN)
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_user_defined_function(DatabaseName="people", FunctionInput={"ClassName": "x"})


def test_an_update_replaces_and_does_not_rename(glue):
    at = {"DatabaseName": "people", "FunctionName": "mask"}
    new = {"FunctionName": "mask", "ClassName": "org.example.Other"}
    glue.update_user_defined_function(**at, FunctionInput=new)
    assert get(glue)["ClassName"] == "org.example.Other"
    assert "OwnerName" not in get(glue)
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.update_user_defined_function(**at, FunctionInput={**new, "FunctionName": "hide"})
    at["FunctionName"] = "hide"
    with pytest.raises(glue.exceptions.EntityNotFoundException, match="Function hide not found"):
        glue.update_user_defined_function(**at, FunctionInput={"ClassName": "x"})


def test_a_deleted_function_is_gone_and_so_are_those_of_a_deleted_database(glue):
    at = {"DatabaseName": "people", "FunctionName": "Mask"}
    glue.delete_user_defined_function(**at)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_user_defined_function(**at)
    glue.create_user_defined_function(DatabaseName="people", FunctionInput=GIVEN)
    glue.delete_database(Name="people")
    glue.create_database(DatabaseInput={"Name": "people"})
    assert names(glue, DatabaseName="people", Pattern="*") == []


def test_functions_are_listed_by_pattern_type_and_database_page_by_page(glue):
    glue.create_database(DatabaseInput={"Name": "more"})
    for name in ("sum", "average", "masked"):
        kind = "REGULAR_FUNCTION" if name == "masked" else "AGGREGATE_FUNCTION"
        given = {"FunctionName": name, "ClassName": "c", "FunctionType": kind}
        glue.create_user_defined_function(DatabaseName="more", FunctionInput=given)
    assert names(glue, Pattern="mask*") == ["masked", "mask"]
    assert names(glue, Pattern="mask*", DatabaseName="people") == ["mask"]
    assert names(glue, Pattern="*", FunctionType="AGGREGATE_FUNCTION") == ["average", "sum"]
    pages = glue.get_paginator("get_user_defined_functions").paginate(
        Pattern="*", PaginationConfig={"PageSize": 1}
    )
    found = [f["FunctionName"] for page in pages for f in page["UserDefinedFunctions"]]
    assert found == ["average", "masked", "sum", "mask"]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        names(glue, Pattern="*", DatabaseName="nowhere")


def test_a_database_has_at_most_a_hundred_functions(glue):
    for number in range(99):
        given = {"FunctionName": f"f{number}", "ClassName": "c"}
        glue.create_user_defined_function(DatabaseName="people", FunctionInput=given)
    with pytest.raises(glue.exceptions.ResourceNumberLimitExceededException):
        glue.create_user_defined_function(
            DatabaseName="people", FunctionInput={"FunctionName": "f99", "ClassName": "c"}
        )
    assert len(names(glue, Pattern="f*", MaxResults=100)) == 99
