"""What the store does with a partition filter."""

import pytest

from gluematch.models.catalog import partition_filters, partitions, statements
from gluematch.models.catalog.store import open_catalog
from gluematch.models.errors import InvalidInputException
from gluematch.models.scope import Scope


def test_filters_are_applied_by_an_index_that_holds_all_they_need(tmp_path):
    scoped = open_catalog(tmp_path / "catalog.db").within(Scope("123456789012", "us-east-1"))
    keys = [("year", "int"), ("day", "string")]
    wanted = partition_filters.compiled("year > 2000 AND NOT day LIKE '0%'", keys)
    with scoped.read() as tx:
        place = (partitions.ROWS.c.database == "db", partitions.ROWS.c.table == "t")
        query = statements.rows_of(tx, partitions.ROWS, *place).where(wanted.condition)
        key = partitions.ROWS.c.values_key
        query = query.with_only_columns(key).order_by(key).limit(101)
        text = query.compile(tx.connection.engine, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    scoped.catalog.close()
    assert len(plan) == 1, "sorting is another step"
    assert "COVERING INDEX partitions_by_values" in plan[0]


@pytest.mark.both_stores
def test_each_key_is_asked_for_what_it_can_hold(scoped):
    keys = [(f"key{number}", "string") for number in range(12)]
    expression = " AND ".join(f"{name} = 'v{place}'" for place, (name, _) in enumerate(keys))
    with scoped.begin() as tx:
        for last in ("v11", "other"):
            values = [*(f"v{place}" for place in range(11)), last]
            partitions.create(tx, "db", "t", values, {})
        wanted = partition_filters.compiled(expression, keys)
        assert len(partitions.page(tx, "db", "t", None, 9, matching=wanted).items) == 1


def test_a_key_beyond_those_that_are_compared_is_refused():
    keys = [(f"key{number}", "string") for number in range(13)]
    with pytest.raises(InvalidInputException, match="the first 12 partition keys only"):
        partition_filters.compiled("key0 = 'a' AND key12 = 'b'", keys)


@pytest.mark.both_stores
@pytest.mark.parametrize("text", ["a\0b", "a\x01b", "it''s", "50%", "\\", "é\U0001f600", "\x1b"])
def test_text_of_every_kind_is_found_by_itself_and_by_its_pattern(scoped, text):
    value = text.replace("''", "'")
    with scoped.begin() as tx:
        for one in (value, f"{value}x", "other"):
            partitions.create(tx, "db", "t", [one], {})
        for expression in (f"k = '{text}'", f"k LIKE '{text.replace('%', '_')}'"):
            wanted = partition_filters.compiled(expression, [("k", "string")])
            found = partitions.page(tx, "db", "t", None, 9, matching=wanted).items
            assert [partition.values for partition in found] == [(value,)]
