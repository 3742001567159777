"""SearchTables through boto3."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def glue(glue):
    for database in ("shop", "zoo"):
        glue.create_database(DatabaseInput={"Name": database})
    make(glue, "shop", "customer-link", Owner="ann", Parameters={"classification": "csv"})
    make(glue, "shop", "xx_link_yy", Description="The links of 2024")
    make(glue, "shop", "xxlinkyy", PartitionKeys=[{"Name": "year", "Type": "int"}])
    columns = [{"Name": "species", "Type": "string", "Comment": "in Latin"}]
    storage = {"Columns": columns, "Location": "s3://zoo/animals/"}
    make(glue, "zoo", "animals", StorageDescriptor=storage, TableType="EXTERNAL_TABLE")
    return glue


def make(glue, database, name, **more):
    glue.create_table(DatabaseName=database, TableInput={"Name": name, **more})


def names(glue, **query):
    return [table["Name"] for table in glue.search_tables(**query)["TableList"]]


def by(key, value, comparator=None):
    found = {"Key": key, "Value": value}
    return found if comparator is None else {**found, "Comparator": comparator}


def test_without_a_query_all_tables_are_found_as_get_table_answers_them(glue):
    assert names(glue) == ["customer-link", "xx_link_yy", "xxlinkyy", "animals"]
    (found,) = glue.search_tables(Filters=[by("DatabaseName", "zoo")])["TableList"]
    assert found == glue.get_table(DatabaseName="zoo", Name="animals")["Table"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([by("Name", "link")], ["customer-link", "xx_link_yy"]),
        ([by("name", "XX_LINK_YY")], ["xx_link_yy"]),
        ([by("Name", "link"), by("Owner", "ann")], ["customer-link"]),
        ([by("Description", "2024")], ["xx_link_yy"]),
        ([by("TableType", "EXTERNAL_TABLE")], ["animals"]),
        ([by("Location", "animals")], ["animals"]),
        ([by("classification", "csv")], ["customer-link"]),
        ([by("classification", "json")], []),
    ],
)
def test_filters_compare_whole_words(glue, filters, found):
    assert names(glue, Filters=filters) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LINK", ["customer-link", "xx_link_yy", "xxlinkyy"]),
        ("link 2024", ["xx_link_yy"]),
        ("latin", ["animals"]),
        ("year", ["xxlinkyy"]),
        ('"link"', []),
        ('"animals"', ["animals"]),
        ("csv", ["customer-link"]),
        ("nothing of that kind", []),
    ],
)
def test_a_text_is_searched_everywhere(glue, text, found):
    assert names(glue, SearchText=text) == found


def test_times_are_compared(glue):
    created = glue.get_table(DatabaseName="zoo", Name="animals")["Table"]["CreateTime"]
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert len(names(glue, Filters=[by("CreateTime", later, "LESS_THAN")])) == 4
    assert names(glue, Filters=[by("UpdateTime", later, "GREATER_THAN_EQUALS")]) == []
    exact = str(created.timestamp())
    assert "animals" in names(glue, Filters=[by("CreateTime", exact, "EQUALS")])
    assert names(glue, Filters=[by("LastAccessTime", later, "LESS_THAN")]) == []
    with pytest.raises(glue.exceptions.InvalidInputException, match="not a point in time"):
        names(glue, Filters=[by("CreateTime", "yesterday")])


def test_tables_are_sorted_by_one_field_and_walked_page_by_page(glue):
    falling = [{"FieldName": "Name", "Sort": "DESC"}]
    assert names(glue, SortCriteria=falling) == [
        "xxlinkyy",
        "xx_link_yy",
        "customer-link",
        "animals",
    ]
    by_time = [{"FieldName": "CreateTime", "Sort": "ASC"}]
    assert names(glue, SortCriteria=by_time)[-1] == "animals"
    query = {"SortCriteria": falling, "MaxResults": 1}
    answer = glue.search_tables(**query)
    found = answer["TableList"]
    make(glue, "zoo", "zebras")
    while token := answer.get("NextToken"):
        answer = glue.search_tables(**query, NextToken=token)
        found += answer["TableList"]
    assert [t["Name"] for t in found] == ["xxlinkyy", "xx_link_yy", "customer-link", "animals"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="cannot be sorted by Colour"):
        names(glue, SortCriteria=[{"FieldName": "Colour", "Sort": "ASC"}])


def test_nothing_is_shared_by_other_accounts(glue):
    assert names(glue, ResourceShareType="FOREIGN") == []
    with pytest.raises(glue.exceptions.InvalidInputException, match="Catalog 999999999999"):
        names(glue, CatalogId="999999999999")
