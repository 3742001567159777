"""What crawls make of objects by custom classifiers: before Glue's own, in order, by certainty."""

import json

import pytest
from prospect import Prospect, columns

JOBS = b"""2024-01-01 run 7 took 1.5 s
2024-01-02 run 8 took 20 s
2024-01-03 run 9 took 0.25 s
"""
AREAS = [
    {"id": "ak", "names": [{"lang": "en", "name": "Alaska"}], "seats": 1},
    {"id": "al", "names": [{"lang": "en", "name": "Alabama"}, {"lang": "fr", "name": "A"}]},
]
PEOPLE = b"id;name;born\n1;'Ann; the first';2001-02-03\n2;'Bob';1999-12-31\n"


@pytest.fixture
def prospect(gluematch_server):
    return Prospect(gluematch_server)


def crawled(prospect, data, **classifiers):
    """The table of one object, crawled by classifiers given as kind_number=definition."""
    names = []
    for label, definition in classifiers.items():
        kind = label.partition("_")[0]
        names.append(label)
        prospect.glue.create_classifier(**{f"{kind}Classifier": {"Name": label, **definition}})
    prospect.put(thing=data)
    return prospect.crawl("thing", Classifiers=names)["thing"]


def test_a_grok_classifier_gives_its_columns_and_its_classification(prospect):
    pattern = "%{DAY_:day} run %{INT:run:int} took %{NUMBER:seconds:double} s"
    custom = "DAY_ %{YEAR}-%{MONTHNUM2}-%{MONTHDAY}"
    table = crawled(
        prospect,
        JOBS,
        Grok={"Classification": "jobs", "GrokPattern": pattern, "CustomPatterns": custom},
    )
    assert columns(table) == [("day", "string"), ("run", "int"), ("seconds", "double")]
    assert table["Parameters"]["classification"] == "jobs"
    assert table["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "com.amazonaws.glue.serde.GrokSerDe",
        "Parameters": {"input.format": pattern, "input.grokCustomPatterns": custom},
    }


def test_the_most_certain_of_uncertain_classifiers_decides(prospect):
    few = {"Classification": "few", "GrokPattern": "%{INT:run} took 20 s"}
    most = {"Classification": "most", "GrokPattern": "run %{INT:run} took %{INT:whole}"}
    lines = JOBS + b"something else\n"
    table = crawled(prospect, lines, Grok_1=few, Grok_2=most)
    assert table["Parameters"]["classification"] == "most"


def test_the_first_certain_classifier_decides_even_over_glues_own(prospect):
    line = {"Classification": "lines", "GrokPattern": "%{GREEDYDATA:line}"}
    cells = {"Delimiter": ";"}
    table = crawled(prospect, PEOPLE, Grok=line, Csv=cells)
    assert table["Parameters"]["classification"] == "lines"


def test_an_uncertain_classifier_yields_to_one_of_glues_own(prospect):
    some = {"Classification": "some", "GrokPattern": "%{INT:run} took"}
    table = crawled(prospect, b"run,took\n1 took,5\n2,6\n", Grok=some)
    assert table["Parameters"]["classification"] == "csv"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "$[*]",
            [
                ("id", "string"),
                ("names", "array<struct<lang:string,name:string>>"),
                ("seats", "int"),
            ],
        ),
        ("$[*].id", [("record", "string")]),
        ("$[*].names[*]", [("lang", "string"), ("name", "string")]),
        ("$[0]['names'][0]", [("lang", "string"), ("name", "string")]),
    ],
)
def test_a_json_path_leads_to_the_records(prospect, path, expected):
    table = crawled(prospect, json.dumps(AREAS).encode(), Json={"JsonPath": path})
    assert columns(table) == expected
    assert table["Parameters"]["jsonPath"] == path
    assert table["Parameters"]["classification"] == "json"


def test_a_json_path_into_a_document_that_is_longer_than_what_is_read(prospect):
    rows = [{"n": number, "text": "x" * 1000} for number in range(12_000)]
    data = json.dumps({"version": 1, "rows": rows}).encode()
    assert len(data) > 12_000_000
    table = crawled(prospect, data, Json={"JsonPath": "$.rows[*]"})
    assert columns(table) == [("n", "int"), ("text", "string")]


def test_an_xml_classifier_names_the_rows(prospect):
    data = b"""<?xml version="1.0"?>
<catalog><book id="bk101"><AnyCompany>
  <author>Rivera, Martha</author><title>Guide</title><tag>a</tag><tag>b</tag>
</AnyCompany></book><book id="bk102"><AnyCompany pages="12">
  <author sure="no">Stiles, John</author><title>Style</title>
</AnyCompany></book><AnyCompany self="closing"/></catalog>"""
    table = crawled(prospect, data, XML={"Classification": "xml", "RowTag": "AnyCompany"})
    assert columns(table) == [
        ("author", "string"),
        ("title", "string"),
        ("tag", "array<string>"),
        ("_pages", "bigint"),
    ]
    assert table["Parameters"]["rowTag"] == "AnyCompany"
    assert table["Parameters"]["recordCount"] == "2"


def test_a_csv_classifier_knows_quotes_names_and_types(prospect):
    table = crawled(
        prospect,
        PEOPLE,
        Csv={
            "Delimiter": ";",
            "QuoteSymbol": "'",
            "ContainsHeader": "PRESENT",
            "Header": ["No", "Called", "Birth"],
            "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["SHORT", "DATE", "STRING"],
        },
    )
    assert columns(table) == [("no", "smallint"), ("called", "string"), ("birth", "date")]
    assert table["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ";", "quoteChar": "'"},
    }
    assert table["Parameters"]["skip.header.line.count"] == "1"


CSV_CASES = {
    "absent": (
        b"a,1\nb,2\n",
        {"ContainsHeader": "ABSENT", "Header": ["x", "y"]},
        [("x", "string"), ("y", "bigint")],
    ),
    "all text": (
        b"first,second\na,b\nc,d\n",
        {"ContainsHeader": "PRESENT"},
        [("first", "string"), ("second", "string")],
    ),
    "single": (b"n\n1\n2\n", {"AllowSingleColumn": True}, [("n", "bigint")]),
    "untrimmed": (
        b"n,m\n 1,2\n 3,4\n",
        {"DisableValueTrimming": True},
        [("n", "string"), ("m", "bigint")],
    ),
    "another delimiter": (
        b"a~b\n1~x\n2~y\n",
        {"Delimiter": "~"},
        [("a", "bigint"), ("b", "string")],
    ),
    "decimals": (
        b"a,b\n1.5,2024-01-01 10:00:00\n22.25,2024-01-02 11:30:00\n",
        {"CustomDatatypeConfigured": True, "CustomDatatypes": ["DECIMAL", "TIMESTAMP"]},
        [("a", "decimal(4,2)"), ("b", "timestamp")],
    ),
    "types that are not in use": (
        b"a,b\n1,2024-01-01\n",
        {"CustomDatatypeConfigured": False, "CustomDatatypes": ["DATE"]},
        [("a", "bigint"), ("b", "string")],
    ),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_a_csv_classifier_reads_what_glues_own_would_not(prospect, case):
    data, definition, expected = CSV_CASES[case]
    assert columns(crawled(prospect, data, Csv=definition)) == expected


@pytest.mark.parametrize(
    ("serde", "library"),
    [("LazySimpleSerDe", "lazy.LazySimpleSerDe"), ("OpenCSVSerDe", "OpenCSVSerde")],
)
def test_a_csv_classifier_chooses_the_serde(prospect, serde, library):
    table = crawled(prospect, b"a,b\n1,x\n2,y\n", Csv={"Serde": serde})
    found = table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert found.endswith(f"serde2.{library}")


def test_a_list_of_names_of_another_length_does_not_fit(prospect):
    table = crawled(prospect, b"a,b\n1,x\n2,y\n", Csv={"Header": ["only"]})
    assert [name for name, _ in columns(table)] == ["a", "b"]


def test_a_deleted_classifier_fails_the_crawl_with_its_name(prospect):
    prospect.glue.create_classifier(JsonClassifier={"Name": "gone", "JsonPath": "$"})
    prospect.create(Classifiers=["gone"])
    prospect.glue.delete_classifier(Name="gone")
    record = prospect.run()
    assert record["State"] == "FAILED"
    assert record["ErrorMessage"] == "Classifier with name gone does not exist"


def test_a_pattern_that_never_ends_leaves_the_object_to_the_others(prospect):
    endless = {"Classification": "endless", "GrokPattern": "(?<a>(?:a|aa)+)+$"}
    table = crawled(prospect, (b"a" * 200 + b"b\n") * 50, Grok=endless)
    assert table["Parameters"]["classification"] == "UNKNOWN"
    assert any("longer than 2 seconds" in line for line in prospect.lines())
