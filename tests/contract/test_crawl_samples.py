"""Objects longer than what a crawl reads of them."""

import gzip
import io
import json
import random

import pandas as pd
import pytest
from prospect import Prospect, columns

ROWS = 60_000


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def rows_of(table):
    return int(table["Parameters"]["recordCount"])


def long_csv():
    chance = random.Random(1)
    words = ("naïve", "plain", '"quoted, twice"', "größer")
    rows = [f"{n},{chance.choice(words)},{chance.random()}" for n in range(ROWS)]
    data = "\n".join(["id,word,score", *rows]).encode()
    assert len(data) > 1_500_000
    return data


def test_records_of_a_long_object_are_estimated_from_its_first_megabyte(prospect):
    data = long_csv()
    late = data + b"\nlate,x,no number\n"
    prospect.put(**{"in/a.csv": late, "zip/a.csv.gz": gzip.compress(data)})
    tables = prospect.crawl()
    assert columns(tables["in"]) == [("id", "bigint"), ("word", "string"), ("score", "double")]
    assert columns(tables["zip"]) == columns(tables["in"])
    for name in ("in", "zip"):
        assert rows_of(tables[name]) == pytest.approx(ROWS, rel=0.05)


def test_a_json_value_longer_than_a_megabyte_is_read_to_its_end(prospect):
    first, second = {"text": "x" * 2_000_000, "n": 1}, {"text": "y", "n": 2.5}
    data = "\n".join(json.dumps(one) for one in (first, second)).encode()
    prospect.put(**{"long.json": data})
    table = prospect.crawl("long.json")["long_json"]
    assert columns(table) == [("text", "string"), ("n", "double")]
    assert rows_of(table) == 2


def test_a_long_parquet_object_is_read_by_its_end(prospect):
    chance = random.Random(1)
    numbers = [chance.random() for _ in range(100_000)]
    data = io.BytesIO()
    pd.DataFrame({"n": numbers, "": numbers}).to_parquet(data, index=False)
    prospect.put(**{"long.parquet": data.getvalue()})
    table = prospect.crawl("long.parquet")["long_parquet"]
    # A column without a name is one that the catalog cannot hold.
    assert columns(table) == [("n", "double")]
    assert rows_of(table) == 100_000


def test_what_only_begins_like_gzip_is_unknown(prospect):
    noise = b"\x1f\x8b" + bytes(range(256))
    prospect.put(**{f"in/{number}.gz": noise for number in range(12)})
    table = prospect.crawl("in")["in"]
    assert table["Parameters"]["classification"] == "UNKNOWN"
    assert table["Parameters"]["compressionType"] == "none"
    assert any("2 more objects are UNKNOWN" in line for line in prospect.lines())


def test_text_of_no_format_is_unknown(prospect):
    prospect.put(**{"in/letter.txt": b"Dear Ann,\nthe weather is fine.\nYours, Bob\n"})
    assert prospect.crawl("in")["in"]["Parameters"]["classification"] == "UNKNOWN"


@pytest.mark.parametrize("shift", [0, 1])
def test_a_character_that_the_samples_end_cuts_in_two_does_no_harm(prospect, shift):
    header = b"id," + b"n" * (5 + shift) + b"\n"
    data = header + ("1," + "ä" * 20 + "\n").encode() * 40_000
    prospect.put(**{"cut.csv": data})
    assert columns(prospect.crawl("cut.csv")["cut_csv"])[0] == ("id", "bigint")
