"""JSON paths: the steps that Glue's classifiers take."""

import pytest

from gluematch.models.datasets.json_paths import json_path

AREA = {
    "id": "ak",
    "identifiers": [{"scheme": "a", "identifier": "1"}, {"scheme": "b", "identifier": "2"}],
    "odd name": {"x.y": [10, 20]},
}


@pytest.mark.parametrize(
    ("path", "records"),
    [
        ("$", [AREA]),
        ("$.id", [{"record": "ak"}]),
        ("$.identifiers[*].identifier", [{"record": "1"}, {"record": "2"}]),
        ("$.identifiers[1]", [AREA["identifiers"][1]]),
        ("$['odd name']['x.y'][0]", [{"record": 10}]),
        ('$["odd name"].*', [{"record": [10, 20]}]),
        ("$.identifiers[9]", []),
        ("$.id.more", []),
    ],
)
def test_a_path_leads_to_records(path, records):
    assert list(json_path(path).records([AREA])) == records


def test_the_members_of_an_array_are_records_of_their_own():
    assert list(json_path("$[*]").records([[{"a": 1}, 2], [{"b": 3}]])) == [
        {"a": 1},
        {"record": 2},
        {"b": 3},
    ]


@pytest.mark.parametrize("text", ["", "id", "$id", "$.", "$[", "$[-1]", "$..a", "$.a[?(@.b)]"])
def test_a_text_that_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="JSON path"):
        json_path(text)
