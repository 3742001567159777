"""Crawls that look only at what is new: folders, or tables that the catalog names."""

import pytest
from prospect import PEOPLE, PETS, Prospect, changes, columns

WIDER = b"id,name,height,city\n1,Ann,1.7,Ulm\n2,Bob,1.8,Bonn\n"
NEW_ONLY = {
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
    "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
}


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def hide(prospect, key):
    """An object whose content no one can read, while listings show it."""
    prospect.s3.put_object(Bucket=prospect.bucket, Key=key, Body=PEOPLE, StorageClass="GLACIER")


def test_an_object_that_cannot_be_read_fails_a_crawl(prospect):
    hide(prospect, "people/day=1/a.csv")
    prospect.create("people")
    assert prospect.run()["State"] == "FAILED"


def test_new_folders_only_reads_no_folder_that_the_catalog_knows(prospect):
    prospect.put(**{"people/day=1/a.csv": PEOPLE, "people/day=2/b.csv": PEOPLE})
    table = prospect.crawl("people", **NEW_ONLY)["people"]
    hide(prospect, "people/day=1/a.csv")
    hide(prospect, "people/day=2/c.csv")
    prospect.put(**{"people/day=3/c.csv": WIDER})
    assert changes(prospect.run()) == {"PARTITION": {"ADD": 1}}
    assert prospect.tables()["people"] == table
    parts = prospect.partitions("people")
    assert set(parts) == {("1",), ("2",), ("3",)}
    assert parts["3",]["StorageDescriptor"]["Location"] == f"{prospect.uri}people/day=3/"
    assert len(columns(parts["3",])) == 4
    assert prospect.run()["Summary"] == "{}"


def test_new_folders_only_makes_no_table_once_there_is_one(prospect):
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    before = prospect.crawl("in", **NEW_ONLY)
    prospect.put(**{"in/more/c.csv": PEOPLE, "in/people/d.csv": PEOPLE})
    assert prospect.run()["Summary"] == "{}"
    assert prospect.tables() == before
    assert any("in/more/ is of no table" in line for line in prospect.lines())


def test_new_folders_that_do_not_fit_their_table_are_left_out(prospect):
    prospect.put(**{"people/north/a.csv": PEOPLE, "people/south/b.csv": PEOPLE})
    assert list(prospect.crawl("people", **NEW_ONLY)) == ["people"]
    prospect.put(**{"people/east/c.csv": PETS, "people/west/d.csv": PEOPLE})
    prospect.put(**{"people/a/b/deep.csv": PEOPLE, "people/odd/e.json": b'{"id": 1}'})
    assert changes(prospect.run()) == {"PARTITION": {"ADD": 1}}
    assert set(prospect.partitions("people")) == {("north",), ("south",), ("west",)}
    left_out = [line for line in prospect.lines() if "left out" in line]
    assert len(left_out) == 3


def test_the_targets_of_new_folders_only_stay_as_they_are(prospect):
    prospect.create("people", **NEW_ONLY)
    targets = prospect.crawler()["Targets"]
    other = {"S3Targets": [{"Path": f"{prospect.uri}pets"}]}
    with pytest.raises(prospect.glue.exceptions.InvalidInputException, match="cannot be changed"):
        prospect.glue.update_crawler(Name="crawler", Targets=other)
    prospect.glue.update_crawler(Name="crawler", Description="the same", Targets=targets)


def named(prospect, *names, **settings):
    """Settings of a crawler of tables in the catalog."""
    target = {"DatabaseName": "db", "Tables": list(names)}
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
    return {"Targets": {"CatalogTargets": [target]}, "SchemaChangePolicy": policy, **settings}


def by_hand(prospect, name, location, keys=()):
    """A table that somebody made without knowing much of it."""
    prospect.glue.create_table(
        DatabaseName="db",
        TableInput={
            "Name": name,
            "StorageDescriptor": {"Columns": [], "Location": f"{prospect.uri}{location}"},
            "PartitionKeys": [{"Name": key, "Type": "date"} for key in keys],
        },
    )


@pytest.fixture
def catalogued(prospect):
    prospect.glue.create_database(DatabaseInput={"Name": "db"})
    return prospect


def test_a_table_of_the_catalog_is_crawled_where_it_lies_and_keeps_its_name(catalogued):
    prospect = catalogued
    by_hand(prospect, "persons", "in/people", keys=["born"])
    prospect.put(
        **{
            "in/people/day=1/a.csv": PEOPLE,
            "in/people/day=2/b.csv": b"id,phone\n1,2\n",
            "in/pets/c.csv": PETS,
        }
    )
    prospect.create(**named(prospect, "persons", DatabaseName=""))
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}, "PARTITION": {"ADD": 2}}
    tables = prospect.tables()
    assert list(tables) == ["persons"]
    table = tables["persons"]
    assert [name for name, _ in columns(table)] == ["id", "name", "height", "phone"]
    assert table["PartitionKeys"] == [{"Name": "born", "Type": "date"}]
    assert table["StorageDescriptor"]["Location"] == f"{prospect.uri}in/people"
    assert table["Parameters"]["classification"] == "csv"
    assert prospect.run()["Summary"] == "{}"
    prospect.put(**{"in/people/day=3/c.csv": PEOPLE})
    prospect.drop("in/people/day=1/a.csv")
    assert changes(prospect.run())["PARTITION"] == {"ADD": 1}
    assert set(prospect.partitions("persons")) == {("1",), ("2",), ("3",)}
    names = {one["Name"] for one in prospect.glue.get_databases()["DatabaseList"]}
    assert names == {"db"}


def test_tables_of_the_catalog_without_a_compatible_object_stay_as_they_are(catalogued):
    prospect = catalogued
    by_hand(prospect, "nothing", "nothing/")
    by_hand(prospect, "mixture", "mixture/")
    by_hand(prospect, "one", "one.csv")
    prospect.put(
        **{"mixture/a.csv": PEOPLE, "mixture/b.json": b'{"a": 1}', "one.csv": PEOPLE, "two": PETS}
    )
    before = prospect.tables()
    prospect.create(**named(prospect, "nothing", "mixture", "one"))
    assert changes(prospect.run()) == {"TABLE": {"UPDATE": 1}}
    after = prospect.tables()
    assert {name: after[name] for name in ("nothing", "mixture")} == {
        name: before[name] for name in ("nothing", "mixture")
    }
    assert len(columns(after["one"])) == 3
    assert sum("was left as it is" in line for line in prospect.lines()) == 2


def test_a_table_that_the_catalog_does_not_have_fails_the_crawl(catalogued):
    catalogued.create(**named(catalogued, "missing"))
    record = catalogued.run()
    assert (record["State"], record["ErrorMessage"]) == ("FAILED", "Table missing not found.")


def test_catalog_targets_stand_alone_and_delete_nothing(prospect):
    refused = prospect.glue.exceptions.InvalidInputException
    settings = named(prospect, "a")
    with pytest.raises(refused, match="can have only LOG DeleteBehavior"):
        prospect.create(Targets=settings["Targets"])
    settings["Targets"]["S3Targets"] = [{"Path": prospect.uri}]
    with pytest.raises(refused, match="cannot be mixed"):
        prospect.create(**settings)
