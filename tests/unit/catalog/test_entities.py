"""What the entity modules promise beyond one row in, one row out."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gluematch.models.catalog import (
    crawlers,
    crawls,
    databases,
    evaluations,
    labels,
    partitions,
    questions,
    tables,
    tags,
    task_runs,
    trained,
    transforms,
)
from gluematch.models.catalog.labels import LabelRow
from gluematch.models.errors import AlreadyExistsException, EntityNotFoundException

NOW = datetime(2024, 1, 1, tzinfo=UTC)
DOCUMENT = {
    "InputRecordTables": [{"DatabaseName": "db", "TableName": "people"}],
    "Parameters": {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {
            "PrimaryKeyColumnName": "id",
            "PrecisionRecallTradeoff": 0.9,
            "AccuracyCostTradeoff": 0.0,
            "EnforceProvidedLabels": True,
        },
    },
    "Timeout": 60,
    "MaxRetries": 2,
}


def transform(number=1, **more):
    columns = (("id", "bigint"), ("name", "string"))
    made = transforms.Transform(
        f"tfm-{number}", f"t{number}", DOCUMENT, "NOT_READY", columns, 0, None, NOW, NOW
    )
    return replace(made, **more)


def test_a_transform_comes_back_as_it_was_written_and_reads_its_document(scoped):
    with scoped.begin() as tx:
        transforms.create(tx, transform())
        found = transforms.get(tx, "tfm-1")
        assert transforms.by_name(tx, "t1") == found
        assert transforms.by_name(tx, "T1") is None
    assert found == transform()
    assert found.table == ("db", "people")
    assert (found.primary_key, found.precision_recall, found.accuracy_cost) == ("id", 0.9, 0.0)
    assert (found.enforce_labels, found.timeout_minutes, found.max_retries) == (True, 60, 2)


def test_a_transform_that_says_little_has_the_documented_defaults():
    settings = {"PrimaryKeyColumnName": "id"}
    bare = transform(document={"Parameters": {"FindMatchesParameters": settings}})
    assert (bare.timeout_minutes, bare.max_retries, bare.enforce_labels) == (2880, 0, False)
    assert bare.precision_recall == bare.accuracy_cost == 0.5


def test_names_of_transforms_are_taken_once(scoped):
    def save(changed):
        with scoped.begin() as tx:
            transforms.save(tx, changed)

    with scoped.begin() as tx:
        transforms.create(tx, transform(1))
        transforms.create(tx, transform(2))
        with pytest.raises(
            AlreadyExistsException, match=r"Transform with name t1 already exists\."
        ):
            transforms.create(tx, transform(3, name="t1"))
    with pytest.raises(AlreadyExistsException, match=r"Another transform with name t1"):
        save(transform(2, name="t1"))
    save(transform(2, name="t3", status="READY", metrics={"F1": 0.5}))
    with scoped.read() as tx:
        assert [one.name for one in transforms.all(tx)] == ["t1", "t3"]
        assert transforms.get(tx, "tfm-2").metrics == {"F1": 0.5}
        assert transforms.count(tx) == 2


def test_what_is_gone_is_not_found(scoped):
    message = r"Cannot find MLTransform in account 123456789012 with handle tfm-9\."
    with scoped.begin() as tx:
        for act in (transforms.get, transforms.delete):
            with pytest.raises(EntityNotFoundException, match=message):
                act(tx, "tfm-9")
        with pytest.raises(EntityNotFoundException, match=message):
            transforms.save(tx, transform(9))
        with pytest.raises(EntityNotFoundException, match="Crawler entry with name x does not"):
            crawlers.get(tx, "x")
        with pytest.raises(EntityNotFoundException, match="Crawler with name x does not exist"):
            crawlers.get(tx, "x", crawlers.MISSING)
        with pytest.raises(EntityNotFoundException, match="Crawler with name x does not exist"):
            crawlers.update(tx, "x", {})
        with pytest.raises(EntityNotFoundException, match="Crawler with name x does not exist"):
            crawlers.delete(tx, "x")


def test_a_transform_takes_all_its_own_with_it_and_nothing_else(scoped):
    def fill(tx, number):
        one = f"tfm-{number}"
        transforms.create(tx, transform(number))
        labels.append(tx, one, [LabelRow("s", "A", "1", {"name": "x"})])
        trained.save(tx, trained.Trained(one, {"kind": "forest"}, b"npz", NOW))
        questions.add(tx, one, {"s": ["1", "2"]})
        states = (NOW, None, NOW, None)
        task_runs.create(
            tx, task_runs.TaskRun(one, f"r{number}", "E", "FAILED", {}, None, 0, 1, 0.0, *states)
        )
        evaluations.add(tx, evaluations.Evaluated(one, f"r{number}", {"F1": 1.0}, NOW))
        tags.add(tx, tx.scope.arn(f"mlTransform/{one}"), {"a": "b"})

    def left(tx, number):
        one = f"tfm-{number}"
        return (
            labels.count(tx, one),
            trained.get(tx, one) is not None,
            len(questions.sets(tx, one)),
            len(task_runs.of_transform(tx, one)),
            evaluations.latest(tx, one) is not None,
            len(tags.get(tx, tx.scope.arn(f"mlTransform/{one}"))),
        )

    with scoped.begin() as tx:
        fill(tx, 1)
        fill(tx, 2)
        transforms.delete(tx, "tfm-1")
        assert left(tx, 1) == (0, False, 0, 0, False, 0)
        assert left(tx, 2) == (1, True, 1, 1, True, 1)


def test_labels_keep_the_order_of_their_import(scoped):
    first = [LabelRow("s1", "A", str(key), {"n": "é\n\x00"}) for key in (3, 1, 2)]
    second = [LabelRow("s1", "B", "1", {})] * 2
    with scoped.begin() as tx:
        labels.append(tx, "t", first)
        labels.append(tx, "t", [])
        labels.append(tx, "t", second)
        assert labels.of_transform(tx, "t") == first + second
        assert labels.count(tx, "t") == 5
        labels.replace(tx, "t", second)
        assert labels.of_transform(tx, "t") == second
        labels.replace(tx, "t", [])
        labels.append(tx, "t", first)
        assert labels.of_transform(tx, "t") == first


def test_questions_keep_their_sets_and_the_order_within(scoped):
    with scoped.begin() as tx:
        questions.add(tx, "t", {"s2": ["9", "1", "1"], "s1": ["2"]})
        questions.add(tx, "t", {"s3": []})
        questions.add(tx, "t", {})
        assert questions.sets(tx, "t") == {"s1": ["2"], "s2": ["9", "1", "1"]}


def test_a_model_is_replaced_by_the_next(scoped):
    with scoped.begin() as tx:
        trained.save(tx, trained.Trained("t", {"v": 1}, b"\x00\xff", NOW))
        trained.save(tx, trained.Trained("t", {"v": 2}, b"", NOW))
        assert trained.get(tx, "t") == trained.Trained("t", {"v": 2}, b"", NOW)


def test_resources_are_found_by_all_of_their_tags(scoped):
    with scoped.begin() as tx:
        tags.add(tx, "x", {"a": "1", "b": "2"})
        tags.add(tx, "y", {"a": "1", "b": "3"})
        tags.add(tx, "z", {"b": "1", "a": "2"})
        assert tags.arns_with(tx, {"a": "1"}) == {"x", "y"}
        assert tags.arns_with(tx, {"a": "1", "b": "2"}) == {"x"}
        assert tags.arns_with(tx, {"a": "3"}) == set()


def test_a_deleted_crawler_takes_its_history_and_tags_with_it(scoped):
    with scoped.begin() as tx:
        arn = tx.scope.arn("crawler/people")
        crawlers.create(tx, "people", {})
        crawls.add(tx, crawls.Crawl("c", "people", "FAILED", NOW, NOW, {}, "x"))
        tags.add(tx, arn, {"a": "b"})
        with pytest.raises(AlreadyExistsException, match="Crawler with name people already exists"):
            crawlers.create(tx, "people", {})
        crawlers.delete(tx, "people")
        crawlers.create(tx, "people", {})
        assert crawls.of_crawler(tx, "people") == []
        assert tags.get(tx, arn) == {}


def test_a_crawlers_versions_count_up_and_names_keep_their_case(scoped):
    with scoped.begin() as tx:
        crawlers.create(tx, "People", {"Role": "a"})
        crawlers.create(tx, "people", {"Role": "b"})
        assert crawlers.update(tx, "People", {"Role": "c"}).version == 2
        assert crawlers.get(tx, "people").version == 1
        assert set(crawlers.many(tx, ["People", "nobody"])) == {"People"}
        assert [one.name for one in crawlers.page(tx, None, 1)] == ["People"]
        assert [one.name for one in crawlers.page(tx, "People", 5)] == ["people"]


def test_partitions_are_put_over_those_before_and_keep_their_creation(scoped):
    with scoped.begin() as tx:
        databases.create(tx, "db", {})
        tables.create(tx, "db", "t", {}, "me")
        partitions.create(tx, "db", "t", ["2024"], {"Parameters": {"v": "1"}})
        created = partitions.get(tx, "db", "t", ["2024"]).created
    many = {(str(year),): {"Parameters": {"v": "2"}} for year in range(1000, 2500)}
    with scoped.begin() as tx:
        partitions.put_many(tx, "db", "t", many)
        assert len(partitions.all_of(tx, "DB", "T")) == 1500
        found = partitions.get(tx, "db", "t", ["2024"])
        assert (found.created, found.document["Parameters"]["v"]) == (created, "2")
        assert len(partitions.many(tx, "db", "t", list(many))) == 1500
        assert partitions.delete_many(tx, "db", "t", [*many, ("none",)]) == 1500
        assert partitions.all_of(tx, "db", "t") == []


def test_a_table_reads_its_document(scoped):
    document = {
        "StorageDescriptor": {
            "Location": "s3://b/k",
            "Columns": [{"Name": "id", "Type": "int"}, {"Name": "any"}],
        },
        "PartitionKeys": [{"Name": "year", "Type": "int"}],
        "Parameters": {"classification": "csv"},
    }
    with scoped.begin() as tx:
        databases.create(tx, "db", {})
        full = tables.create(tx, "db", "T", document, "me")
        bare = tables.create(tx, "db", "bare", {}, "me")
        assert tables.find(tx, "db", "t") == full
        assert [one.name for one in tables.many(tx, "db", ["T", "nobody", "BARE"])] == ["bare", "t"]
    assert full.columns == (("id", "int"), ("any", ""))
    assert full.partition_keys == (("year", "int"),)
    assert (full.location, full.parameters) == ("s3://b/k", {"classification": "csv"})
    assert (bare.columns, bare.partition_keys, bare.location, bare.parameters) == ((), (), "", {})
