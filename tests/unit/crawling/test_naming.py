"""Names of tables, by their places."""

import pytest

from gluematch.models.crawling.naming import assigned, hashed_name, place_of, table_name

NAMES = [
    ("s3://b/diabetes.csv", "diabetes_csv"),
    ("s3://b/Dblp-Scholar records.jsonl", "dblp_scholar_records_jsonl"),
    ("s3://b/in/year=2017/", "year_2017"),
    ("s3://my-bucket.data/", "my_bucket_data"),
    ("s3://b/größe/", "gr__e"),
]


@pytest.mark.parametrize(("location", "name"), NAMES)
def test_a_table_is_named_after_the_last_component(location, name):
    assert table_name(location) == name
    assert table_name(location, "Raw_") == f"raw_{name}"


def test_names_are_cut_at_128_characters():
    assert len(table_name("s3://b/" + "x" * 200, "p_")) == 128
    assert len(hashed_name("x" * 128, "s3://b/x")) == 128


def test_the_plain_name_goes_to_the_first_and_a_digest_to_the_others():
    names = assigned(
        {"s3://b/x/data/": "s3://b/x/data/", "s3://b/y/data/": "s3://b/y/data/"}, "", {}
    )
    assert names["s3://b/x/data/"] == "data"
    assert names["s3://b/y/data/"] == hashed_name("data", "s3://b/y/data/")


def test_a_place_keeps_the_name_that_it_has():
    names = assigned(
        {"s3://b/x/data/": "s3://b/x/data/", "s3://b/y/data/": "s3://b/y/data/"},
        "",
        {"data": "s3://b/y/data"},
    )
    assert names["s3://b/y/data/"] == "data"
    assert names["s3://b/x/data/"] == hashed_name("data", "s3://b/x/data/")


def test_the_name_of_a_table_elsewhere_is_not_taken():
    names = assigned({"s3://b/data/": "s3://b/data/"}, "", {"data": ""})
    assert names == {"s3://b/data/": hashed_name("data", "s3://b/data/")}


def test_tables_of_two_connections_at_one_location_are_two():
    here, there = place_of("db.t", "here"), place_of("db.t", "there")
    names = assigned({here: "db_t", there: "db_t"}, "", {"db_t": there})
    assert names == {there: "db_t", here: hashed_name("db_t", here)}


def test_an_object_and_a_folder_of_one_name_are_two_tables_with_names_that_last():
    found = {"s3://b/x.csv": "s3://b/x.csv", "s3://b/x.csv/": "s3://b/x.csv/"}
    first = assigned(found, "", {})
    assert len(set(first.values())) == 2
    written = {name: place for place, name in first.items()}
    assert assigned(found, "", written) == first
