"""What the store does with a partition filter."""

from gluematch.models.catalog import partition_filters, partitions, statements


def test_filters_are_applied_by_an_index_that_holds_all_they_need(scoped):
    keys = [("year", "int"), ("day", "string")]
    wanted = partition_filters.compiled("year > 2000 AND NOT day LIKE '0%'", keys)
    with scoped.read() as tx:
        place = (partitions.ROWS.c.database == "db", partitions.ROWS.c.table == "t")
        query = statements.rows_of(tx, partitions.ROWS, *place).where(wanted.condition)
        key = partitions.ROWS.c.values_key
        query = query.with_only_columns(key).order_by(key).limit(101)
        text = query.compile(tx.connection.engine, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert len(plan) == 1, "sorting is another step"
    assert "COVERING INDEX partitions_by_values" in plan[0]


def test_each_key_is_asked_for_what_it_can_hold(scoped):
    keys = [(f"key{number}", "string") for number in range(12)]
    expression = " AND ".join(f"{name} = 'v{place}'" for place, (name, _) in enumerate(keys))
    with scoped.begin() as tx:
        for last in ("v11", "other"):
            values = [*(f"v{place}" for place in range(11)), last]
            partitions.create(tx, "db", "t", values, {})
        wanted = partition_filters.compiled(expression, keys)
        assert len(partitions.page(tx, "db", "t", None, 9, matching=wanted)) == 1
