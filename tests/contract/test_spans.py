"""Large objects of text, cut where records begin: what is read by spans is what is read whole."""

import gzip
import json

import pytest
from classroom import Classroom

from gluematch.models.datasets import spans
from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.dialects import Dialect
from gluematch.models.datasets.formats import read_object
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.rows import Manner

COLUMNS = [("id", "bigint"), ("name", "string")]
HEADER = Dialect(skipped=1)


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def store(room):
    return ObjectStore(AwsAccess(room.server.url, room.region, room.account, "any"))


def cut(room, store, name, data):
    """The spans of an object, and its rows: read whole, and span by span."""
    form = name.rpartition(".")[2]
    info = store.head(room.put(name, data))
    found = list(spans.cut(store, info, form, HEADER, 300))
    read = [
        read_object(store, info.uri, form, COLUMNS, Manner(HEADER), span=span).frame
        for span in (None, *found)
    ]
    whole, *parts = [list(zip(one["id"], one["name"], strict=True)) for one in read]
    return found, whole, [row for part in parts for row in part]


def test_csv_is_cut_at_lines_and_each_span_has_the_header(room, store):
    lines = [f"name {n} é,{n}" for n in range(200)]
    text = "\ufeffname,id\r\n" + "\r\n".join(lines)
    found, whole, parts = cut(room, store, "a.csv", text)
    assert parts == whole
    assert len(whole) == 200
    assert len(found) == -(-len(text.encode()) // 300)
    assert [one.stop for one in found[:-1]] == [one.start for one in found[1:]]
    assert {one.head for one in found[1:]} == {b"name,id\r\n"}


def test_a_cut_within_quotes_is_found_out(room, store):
    rows = [f'{n},"{n}\n{n} ""x"", and more"' for n in range(100)]
    found, _, _ = cut(room, store, "quoted.csv", "id,name\n" + "\n".join(rows))
    info = store.head(f"s3://{room.bucket}/quoted.csv")
    data = [spans.contents(store, info.uri, span) for span in found]
    assert not all(spans.is_whole(one, HEADER) for one in data)
    assert spans.is_whole(b'1,"a\nb"\n2,c\n', HEADER)
    assert not spans.is_whole(b'1,"a\n', HEADER)
    assert not spans.is_whole(b"1,a\\\n", Dialect(escape="\\"))
    assert spans.is_whole(b'5" pipe,2\n', HEADER)
    assert spans.is_whole(b'5" pipe\n', Dialect(quote=""))


@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_cut_between_values(room, store, indent):
    rows = [{"id": n, "name": "a } {", "more": [{"x": 1}, {"x": 2}]} for n in range(60)]
    text = "\n".join(json.dumps(row, indent=indent) for row in rows)
    found, whole, parts = cut(room, store, "rows.json", text)
    assert len(found) > 5
    assert parts == whole
    assert len(whole) == 60


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("packed.csv", gzip.compress(str(list(range(2000))).encode(), 0)),
        ("array.json", json.dumps([{"id": n} for n in range(100)], indent=1)),
        ("one-line.csv", "x" * 1000),
        ("broken-header.csv", '"' + "name\n" * 300),
    ],
)
def test_what_cannot_be_cut_is_read_whole(room, store, name, data):
    info = store.head(room.put(name, data))
    assert not spans.cut(store, info, name.rpartition(".")[2], HEADER, 300)
