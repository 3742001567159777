"""How partition indexes come and go."""

from datetime import UTC, datetime, timedelta

import pytest

from gluematch.models.catalog import databases, partition_indexes, tables
from gluematch.models.catalog.partition_indexes import Index
from gluematch.models.errors import (
    ConflictException,
    EntityNotFoundException,
    ResourceNumberLimitExceededException,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def table(scoped):
    with scoped.begin() as tx:
        databases.create(tx, "db", {})
        keys = [{"Name": name, "Type": "string"} for name in "abc"]
        return tables.create(tx, "db", "t", {"PartitionKeys": keys}, "me")


@pytest.mark.parametrize(
    ("change", "misfits", "before", "after"),
    [
        ("CREATING", (), "CREATING", "ACTIVE"),
        ("CREATING", (("x",),), "CREATING", "FAILED"),
        ("DELETING", (), "DELETING", None),
        ("DELETING", (("x",),), "DELETING", None),
    ],
)
def test_a_change_of_an_index_is_over_at_its_time(change, misfits, before, after):
    index = Index("i", (("a", "int"),), misfits, change, NOW)
    assert [index.status(at) for at in (BEFORE, NOW, AFTER)] == [before, after, after]


def test_one_index_changes_at_a_time_and_is_not_found_meanwhile(scoped, table):
    with scoped.begin() as tx:
        partition_indexes.create_empty(tx, table, "first", ["a"])
        partition_indexes.create(tx, table, "second", ["b"], settling=HOUR)
        message = r"Index second is in CREATING state\. Only 1 index can be created or deleted"
        with pytest.raises(ResourceNumberLimitExceededException, match=message):
            partition_indexes.create(tx, table, "third", ["c"])
        with pytest.raises(ConflictException, match=message):
            partition_indexes.delete(tx, "db", "t", "first")
        for name in ("second", "none"):
            with pytest.raises(EntityNotFoundException, match=f"indexName : {name} does not exist"):
                partition_indexes.delete(tx, "db", "t", name)
