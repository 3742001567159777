"""Which objects become one table: a pure function of places and schemas."""

from datetime import UTC, datetime

import pytest

from gluematch.models.crawling.classifiers import Classified
from gluematch.models.crawling.formats import Csv, Json, Unknown
from gluematch.models.crawling.grouping import tables_of
from gluematch.models.crawling.plan import Grouping
from gluematch.models.datasets.objects import ObjectInfo

ROOT = "s3://bucket/in/"
PEOPLE = (("id", "bigint"), ("name", "string"), ("height", "double"), ("city", "string"))
PETS = (("pet", "string"), ("legs", "bigint"))
CSV = Csv(",", header=True, quoted=False)


def found(path, columns=PEOPLE, form=CSV, compression="none"):
    uri = ROOT + path
    info = ObjectInfo(uri, uri.removeprefix("s3://bucket/"), 100, "e", datetime.now(UTC))
    return Classified(info, form, compression, columns, 10)


def grouped(*objects, **options):
    tables = tables_of(ROOT, objects, Grouping(**options))
    return {table.location.removeprefix(ROOT): table for table in tables}


def test_objects_that_are_alike_are_one_table_of_their_folder():
    table = grouped(found("a"), found("b"))[""]
    assert (table.figures.objects, table.figures.size, table.figures.records) == (2, 200, 20)
    assert table.partition_keys == ()


def test_schemas_more_than_70_percent_alike_are_one_table_with_all_columns():
    wider = (*PEOPLE, ("zip", "string"))
    assert grouped(found("x/a"), found("y/b", wider))[""].columns == wider


def test_schemas_less_alike_are_a_table_each():
    wider = (*PEOPLE, ("zip", "string"), ("street", "string"))
    assert set(grouped(found("x/a"), found("y/b", wider))) == {"x/", "y/"}


@pytest.mark.parametrize(("folders", "tables"), [(4, 1), (5, 7)])
def test_more_than_five_schemas_are_no_table_however_alike(folders, tables):
    wider = [
        found(f"f{n}/{name}", (*PEOPLE, (f"extra{n}", "string")))
        for n in range(folders)
        for name in ("a", "b")
    ]
    assert len(grouped(found("f/plain"), found("g/plain"), *wider)) == tables


def test_whole_and_broken_numbers_make_no_two_schemas():
    kinds = ("tinyint", "smallint", "int", "bigint", "float", "double")
    many = [found(f"{kind}/a", (("id", kind), *PEOPLE[1:])) for kind in kinds]
    assert set(grouped(*many)) == {""}


def test_objects_of_one_folder_share_its_schema():
    many = [found(f"f{n}", (*PEOPLE, (f"extra{n}", "string"))) for n in range(9)]
    assert set(grouped(found("f"), *many)) == {""}


def test_combining_does_not_count_schemas():
    many = [found(f"f{n}/a", (*PEOPLE, (f"extra{n}", "string"))) for n in range(9)]
    assert set(grouped(*many, combine=True)) == {""}


@pytest.mark.parametrize(
    "other",
    [
        found("y/b", form=Json(frozenset())),
        found("y/b", form=Csv(";", header=True, quoted=False)),
        found("y/b", form=Csv(",", header=False, quoted=False)),
        found("y/b", compression="gzip"),
        found("y/b", PETS),
    ],
)
def test_format_compression_and_schema_keep_folders_apart(other):
    assert set(grouped(found("x/a"), other)) == {"x/", "y/"}


def test_quotes_in_one_object_are_the_tables():
    quoted = Csv(",", header=True, quoted=True)
    assert grouped(found("a"), found("b", form=quoted))[""].format == quoted


def test_a_column_that_is_a_number_here_and_a_fraction_there_is_a_fraction():
    fraction = (("id", "double"), *PEOPLE[1:])
    assert grouped(found("a"), found("b", fraction))[""].columns == fraction


def test_objects_of_unlike_schemas_in_one_folder_are_a_table_each():
    assert set(grouped(found("a.csv"), found("b.csv", PETS))) == {"a.csv", "b.csv"}


def test_a_table_begins_where_everything_below_is_alike():
    tables = grouped(
        found("people/day=1/a"), found("people/day=2/b"), found("pets/c", PETS), found("d", PETS)
    )
    assert set(tables) == {"people/", "pets/", "d"}
    assert tables["people/"].partition_keys == ("day",)
    assert [part.values for part in tables["people/"].partitions] == [("1",), ("2",)]


def test_keys_are_named_by_folders_only_where_all_name_the_same():
    tables = grouped(found("Day=1/x/k=1/k2=a/k=7/f"), found("Day=2/y/z/k2=b/k=8/f"))
    table = tables[""]
    # k and k2 in one level, plain names beside them, and a key that is there twice
    assert table.partition_keys == ("day", "partition_1", "partition_2", "k2", "k")
    assert [part.values for part in table.partitions] == [
        ("1", "x", "k=1", "a", "7"),
        ("2", "y", "z", "b", "8"),
    ]


def test_a_key_that_was_there_already_is_numbered():
    table = grouped(found("k=1/k=2/f"))[""]
    assert table.partition_keys == ("k", "partition_1")
    assert table.partitions[0].values == ("1", "k=2")


def test_a_partition_key_is_not_a_column_too():
    table = grouped(found("city=Ulm/f"), found("city=Bonn/f"))[""]
    assert table.partition_keys == ("city",)
    assert "city" not in dict(table.columns)
    assert "city" not in dict(table.partitions[0].columns)


def test_folders_of_different_depth_are_not_partitions_of_one_table():
    assert set(grouped(found("f"), found("x/f"))) == {"f", "x/"}
    assert set(grouped(found("x/f"), found("y/z/f"))) == {"x/", "y/"}


def test_combining_makes_one_table_of_whatever_is_compatible():
    wider = (*PEOPLE, *PETS)
    table = grouped(found("f"), found("x/y/f", wider), combine=True)[""]
    assert table.columns == wider
    assert table.partition_keys == ()
    keyed = grouped(found("x/f"), found("y/f", wider), combine=True)[""]
    assert keyed.partition_keys == ("partition_0",)


def test_combining_does_not_retype():
    clash = (("id", "string"),)
    assert set(grouped(found("x/f"), found("y/f", clash), combine=True)) == {"x/", "y/"}


def test_everything_unknown_below_a_folder_is_one_table_without_columns():
    table = grouped(found("x/a", (), Unknown()), found("b", (), Unknown()))[""]
    assert table.columns == ()
    assert table.partition_keys == ()


def test_the_table_level_counts_the_bucket_as_one():
    objects = [found("x/1/f"), found("y/1/f")]
    assert set(grouped(*objects, table_level=2)) == {""}
    assert set(grouped(*objects, table_level=3)) == {"x/", "y/"}
    assert set(grouped(*objects, table_level=4)) == {"x/1/", "y/1/"}


def test_nothing_gives_no_table():
    assert grouped() == {}
