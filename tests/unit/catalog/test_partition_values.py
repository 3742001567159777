"""The ranks of partition values: text that sorts as what the values mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluematch.models.catalog.partition_values import columns, comparable, kind_and_rank

NUMBERS = (
    st.decimals(allow_nan=False, allow_infinity=False)
    .map(str)
    .filter(lambda text: kind_and_rank(text)[1] is not None)
)


@given(NUMBERS, NUMBERS)
def test_numbers_are_ranked_as_they_are_ordered(one, other):
    ranks = kind_and_rank(one)[1], kind_and_rank(other)[1]
    assert (ranks[0] < ranks[1]) == (Decimal(one) < Decimal(other))
    assert (ranks[0] == ranks[1]) == (Decimal(one) == Decimal(other))


@given(st.integers(), st.integers())
def test_whole_numbers_of_any_size_are_ranked_exactly(one, other):
    ranks = [kind_and_rank(str(number)) for number in (one, other)]
    assert (ranks[0] < ranks[1]) == (one < other)
    assert {kind for kind, _ in ranks} == {"n"}


@pytest.mark.parametrize("written", ["2", "+2", "02", "2.0", "2.", "20e-1", ".2e1"])
def test_a_number_has_one_rank_however_it_is_written(written):
    assert kind_and_rank(written)[1] == kind_and_rank("2")[1]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("7", "n"),
        ("-0", "n"),
        ("1.5", "f"),
        ("3e14", "f"),
        ("2024-02-29", "d"),
        ("2024-2-9", "d"),
        ("2023-02-29", "x"),
        ("0000-01-01", "x"),
        ("2024-02-29 12:00:00", "t"),
        ("2024-02-29 12:00:00.", "x"),
        ("2024-02-29 24:00:00", "x"),
        ("1e99999", "x"),
        ("NaN", "x"),
        ("1_000", "x"),
        ("१२", "x"),
        ("two", "x"),
        (" 2", "x"),
    ],
)
def test_values_are_read_as_hive_writes_them(value, kind):
    assert kind_and_rank(value)[0] == kind


def test_days_and_moments_are_ranked_by_time():
    days = ["999-01-01", "1999-12-31", "2024-2-9", "2024-02-10"]
    assert kind_and_rank(days[0])[1] is None
    assert sorted(days[1:], key=lambda day: kind_and_rank(day)[1]) == days[1:]
    moments = ["2024-01-01 00:00:00", "2024-01-01 00:00:00.000000001", "2024-01-01 00:00:00.1"]
    assert sorted(moments, key=lambda moment: kind_and_rank(moment)[1]) == moments


@given(st.text(max_size=6), st.text(max_size=6))
def test_text_stays_in_order_without_its_nul_characters(one, other):
    assert (comparable(one) < comparable(other)) == (one < other)
    assert "\0" not in comparable(one)


def test_a_partition_has_a_column_for_each_of_its_first_values():
    row = columns(["2024", "x", *("y" for _ in range(20))])
    assert row["kinds"] == "nxxxxxxxxxxx"
    assert (row["text_0"], row["text_1"], row["rank_1"]) == ("2024", "x", None)
    assert columns([])["text_0"] is None
