"""What a second crawl does to a catalog that differs from S3, under each policy."""

import json
import time

import pytest
from prospect import PEOPLE, PETS, Prospect, changes, columns
from waiting import until

WIDER = b"id,name,height,city\n1,Ann,1.7,Ulm\n2,Bob,1.8,Bonn\n"


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def policy(update="UPDATE_IN_DATABASE", delete="DEPRECATE_IN_DATABASE"):
    return {"SchemaChangePolicy": {"UpdateBehavior": update, "DeleteBehavior": delete}}


def two_folders(prospect, **settings):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    assert set(prospect.crawl("in", **settings)) == {"people", "pets"}


def two_partitions(prospect, **settings):
    prospect.put(**{"people/day=1/a.csv": PEOPLE, "people/day=2/b.csv": PEOPLE})
    return prospect.crawl("people", **settings)["people"]


def test_a_second_crawl_with_nothing_changed_writes_nothing(prospect):
    table = two_partitions(prospect)
    parts = prospect.partitions("people")
    record = prospect.run()
    assert record["Summary"] == "{}"
    assert prospect.tables()["people"] == table
    assert prospect.partitions("people") == parts
    versions = prospect.glue.get_table_versions(DatabaseName="db", TableName="people")
    assert len(versions["TableVersions"]) == 1


def test_what_users_added_survives_a_crawl_that_finds_nothing_new(prospect):
    two_partitions(prospect)
    given = prospect.tables()["people"]
    members = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    edited = {name: given[name] for name in members} | {"Description": "our people"}
    edited["StorageDescriptor"]["Columns"][0]["Comment"] = "the key"
    edited["Parameters"]["team"] = "red"
    prospect.glue.update_table(DatabaseName="db", TableInput=edited)
    assert prospect.run()["Summary"] == "{}"
    table = prospect.tables()["people"]
    assert table["Description"] == "our people"
    assert table["Parameters"]["team"] == "red"


def test_a_changed_schema_is_updated_and_foreign_metadata_goes(prospect):
    prospect.put(**{"people/a.csv": PEOPLE})
    before = prospect.crawl("people")["people"]
    edited = {name: before[name] for name in ("Name", "StorageDescriptor", "Parameters")}
    edited["Parameters"]["team"] = "red"
    prospect.glue.update_table(DatabaseName="db", TableInput=edited)
    prospect.put(**{"people/a.csv": WIDER})
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    after = prospect.tables()["people"]
    assert columns(after) == [*columns(before), ("city", "string")]
    assert "team" not in after["Parameters"]
    assert int(after["VersionId"]) > int(before["VersionId"])
    assert after["CreateTime"] == before["CreateTime"]


def test_log_leaves_changed_tables_alone_and_still_adds_new_ones(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    before = prospect.crawl("in", **policy(update="LOG"))["people"]
    prospect.put(**{"in/people/a.csv": WIDER, "in/more/c.csv": b"x,y\n1,a\n2,b\n"})
    assert changes(prospect.run()) == {"TABLE": {"ADD": 1}}
    assert prospect.tables()["people"] == before
    assert "more" in prospect.tables()
    assert any("people" in line and "differs" in line for line in prospect.lines())


def test_merge_new_columns_adds_and_never_removes_or_retypes(prospect):
    prospect.put(**{"people/a.csv": PEOPLE})
    tables = {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}
    prospect.crawl("people", configuration={"CrawlerOutput": tables}, **policy(update="LOG"))
    prospect.put(**{"people/a.csv": b"id,height,city\nx,1.7,Ulm\ny,2,Bonn\n"})
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    assert columns(prospect.tables()["people"]) == [
        ("id", "bigint"),
        ("name", "string"),
        ("height", "double"),
        ("city", "string"),
    ]
    assert prospect.run()["Summary"] == "{}"


def test_a_table_whose_objects_are_gone_is_deprecated_once(prospect):
    two_folders(prospect)
    prospect.drop("in/pets/b.csv")
    prospect.put(**{"in/other/c.csv": b"x,y\n1,a\n2,b\n"})
    begun = time.time() * 1000
    assert changes(prospect.run()) == {"TABLE": {"ADD": 1, "UPDATE": 1}}
    mark = int(prospect.tables()["pets"]["Parameters"]["DEPRECATED_BY_CRAWLER"])
    assert begun - 1000 <= mark <= time.time() * 1000
    assert prospect.run()["Summary"] == "{}"


def test_a_deprecated_table_whose_objects_return_is_one_again(prospect):
    two_folders(prospect)
    prospect.drop("in/pets/b.csv", "in/people/a.csv")
    prospect.run()
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 2}}
    assert "DEPRECATED_BY_CRAWLER" not in prospect.tables()["pets"]["Parameters"]


def test_a_table_whose_objects_are_gone_is_deleted_if_the_policy_says_so(prospect):
    two_folders(prospect, **policy(delete="DELETE_FROM_DATABASE"))
    prospect.drop("in/pets/b.csv", "in/people/a.csv")
    assert changes(prospect.run()) == {"TABLE": {"DELETE": 2}}
    assert prospect.tables() == {}


def test_a_table_whose_objects_are_gone_is_only_logged_if_the_policy_says_so(prospect):
    two_folders(prospect, **policy(delete="LOG"))
    before = prospect.tables()
    prospect.drop("in/pets/b.csv", "in/people/a.csv")
    assert prospect.run()["Summary"] == "{}"
    assert prospect.tables() == before


def test_tables_of_other_crawlers_and_of_people_are_never_deleted(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    prospect.create("in/people/", name="other")
    assert prospect.run("other")["State"] == "COMPLETED"
    storage = {"Columns": [], "Location": f"{prospect.uri}in/hand/"}
    hand = {"Name": "hand", "StorageDescriptor": storage}
    prospect.glue.create_table(DatabaseName="db", TableInput=hand)
    prospect.create("in/pets", **policy(delete="DELETE_FROM_DATABASE"))
    assert prospect.run()["State"] == "COMPLETED"
    prospect.drop("in/people/a.csv", "in/pets/b.csv")
    assert changes(prospect.run()) == {"TABLE": {"DELETE": 1}}
    assert set(prospect.tables()) == {"people", "hand"}


def test_partitions_come_and_change_and_go(prospect):
    two_partitions(prospect, **policy(delete="DELETE_FROM_DATABASE"))
    prospect.drop("people/day=1/a.csv")
    prospect.put(**{"people/day=2/b.csv": PEOPLE + b"3,Cid,1.9\n", "people/day=3/c.csv": PEOPLE})
    assert changes(prospect.run()) == {
        "TABLE": {"UPDATE": 1},
        "PARTITION": {"ADD": 1, "UPDATE": 1, "DELETE": 1},
    }
    parts = prospect.partitions("people")
    assert set(parts) == {("2",), ("3",)}
    assert parts["2",]["Parameters"]["recordCount"] == "3"


def test_partitions_whose_objects_are_gone_are_deprecated_by_default(prospect):
    two_partitions(prospect)
    prospect.drop("people/day=1/a.csv")
    assert changes(prospect.run())["PARTITION"] == {"UPDATE": 1}
    parts = prospect.partitions("people")
    assert "DEPRECATED_BY_CRAWLER" in parts["1",]["Parameters"]
    assert prospect.run()["Summary"] == "{}"


def test_partitions_keep_a_schema_of_their_own_unless_they_inherit(prospect):
    wide = b"id,name,height,city\n1,Ann,1.7,Ulm\n2,Bob,1.8,Bonn\n"
    prospect.put(**{"people/day=1/a.csv": PEOPLE, "people/day=2/b.csv": wide})
    table = prospect.crawl("people")["people"]
    narrow = prospect.partitions("people")["1",]
    assert len(columns(table)) == 4
    assert len(columns(narrow)) == 3
    inherit = {"CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}
    text = json.dumps({"Version": 1.0, **inherit})
    prospect.glue.update_crawler(Name="crawler", Configuration=text)
    assert changes(prospect.run()) == {"PARTITION": {"UPDATE": 1}}
    assert columns(prospect.partitions("people")["1",]) == columns(table)


@pytest.mark.parametrize("update", ["UPDATE_IN_DATABASE", "LOG"])
def test_folders_in_another_order_give_other_keys_if_the_policy_allows(prospect, update):
    two_partitions(prospect, **policy(update=update))
    before = prospect.partitions("people")
    prospect.drop("people/day=1/a.csv", "people/day=2/b.csv")
    prospect.put(**{"people/month=5/day=1/a.csv": PEOPLE})
    record = prospect.run()
    keys = [key["Name"] for key in prospect.tables()["people"]["PartitionKeys"]]
    if update == "LOG":
        assert record["Summary"] == "{}"
        assert (keys, prospect.partitions("people")) == (["day"], before)
    else:
        assert changes(record)["PARTITION"] == {"ADD": 1, "DELETE": 2}
        assert (keys, set(prospect.partitions("people"))) == (["month", "day"], {("5", "1")})


def test_new_folders_only_needs_log_and_adds_what_is_new(prospect):
    recrawl = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}
    with pytest.raises(prospect.glue.exceptions.InvalidInputException, match="can have only LOG"):
        prospect.create("people", **recrawl)
    table = two_partitions(prospect, **recrawl, **policy("LOG", "LOG"))
    prospect.put(**{"people/day=2/b.csv": WIDER, "people/day=3/c.csv": PEOPLE})
    assert changes(prospect.run()) == {"PARTITION": {"ADD": 1}}
    assert prospect.tables()["people"] == table
    assert set(prospect.partitions("people")) == {("1",), ("2",), ("3",)}


def test_more_tables_than_the_threshold_fail_the_crawl_and_nothing_is_written(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    prospect.create("in", configuration={"CrawlerOutput": {"Tables": {"TableThreshold": 1}}})
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert record["ErrorMessage"] == (
        "The number of tables detected by crawler: 2 is greater than the table threshold value "
        "provided: 1. Failing crawler without writing to Data Catalog."
    )
    with pytest.raises(prospect.glue.exceptions.EntityNotFoundException):
        prospect.tables()


def test_a_target_that_fails_leaves_the_catalog_as_it_was(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE})
    good, bad = {"Path": f"{prospect.uri}in"}, {"Path": "s3://no-such-bucket-anywhere/x"}
    prospect.create(Targets={"S3Targets": [good, bad]})
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert record["ErrorMessage"] == (
        "s3://no-such-bucket-anywhere/x/ cannot be reached: the bucket does not exist "
        "(NoSuchBucket)"
    )
    assert "Summary" not in record
    assert prospect.crawler()["LastCrawl"]["Status"] == "FAILED"
    assert prospect.crawler()["LastCrawl"]["ErrorMessage"] == record["ErrorMessage"]
    assert any("ERROR : s3://no-such-bucket" in line for line in prospect.lines())
    with pytest.raises(prospect.glue.exceptions.EntityNotFoundException):
        prospect.tables()


def test_crawlers_that_run_at_once_do_not_lose_each_others_tables(prospect):
    folders = [f"folder{number}" for number in range(6)]
    prospect.put(**{f"{folder}/a.csv": PEOPLE for folder in folders})
    for folder in folders:
        prospect.create(f"{folder}/", name=folder)
    for folder in folders:
        prospect.glue.start_crawler(Name=folder)
    until(
        lambda: all(prospect.crawler(folder)["State"] == "READY" for folder in folders),
        "the end of six crawls",
    )
    assert set(prospect.tables()) == set(folders)
