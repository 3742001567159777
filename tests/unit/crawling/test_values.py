"""Types of values that JSON has not: Ion's, and XML's text."""

from decimal import Decimal

import pytest
from amazon.ion import simpleion

from gluematch.models.crawling import ion_text, xml_text
from gluematch.models.crawling.samples import Sample
from gluematch.models.crawling.types import alike, hive, merged, of_json

EXACT = [
    ("decimal(4,2)", "decimal(3,1)", "decimal(4,2)"),
    ("decimal(4,2)", "decimal(5,0)", "decimal(7,2)"),
    ("decimal(4,2)", "int", "decimal(12,2)"),
    ("bigint", "decimal(4,2)", "decimal(21,2)"),
    ("decimal(38,0)", "decimal(38,38)", "string"),
    ("decimal(4,2)", "double", "double"),
    ("decimal(4,2)", "string", "string"),
]


@pytest.mark.parametrize(("one", "other", "both"), EXACT)
def test_exact_numbers_keep_all_digits_of_both(one, other, both):
    assert merged(one, other) == both
    assert merged(other, one) == both
    assert alike(one, other) == (other != "string")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1.25", "decimal(3,2)"),
        ("0.001", "decimal(3,3)"),
        ("1E+3", "decimal(4,0)"),
        ("0", "decimal(1,0)"),
        ("NaN", "string"),
        ("1E+40", "string"),
    ],
)
def test_the_decimal_of_a_value_has_its_digits(value, kind):
    assert of_json(Decimal(value)) == kind


def sample(data, *, whole=True):
    return Sample(None, data, data, "none", whole, len(data))


def kinds(seen):
    return {name: hive(kind) for name, kind in seen.columns}


ION = """$ion_1_0
{Whole: 1, big: 3000000000, exact: 1.25, float: 2e0, yes: true, at: 2024-01-01T00:00:00Z,
 symbol: abc, blob: {{aGVsbG8=}}, list: [1, 2.5], sexp: (a b), in: {X: null.int}, none: null}
{Whole: 2, exact: 10.5, more: "text"}
"""


@pytest.mark.parametrize("binary", [False, True])
def test_values_of_ion_have_hives_types(binary):
    data = ION.encode()
    if binary:
        values = simpleion.loads(ION, single_value=False)
        data = simpleion.dumps(values, binary=True, sequence_as_stream=True)
    assert kinds(ion_text.classify(sample(data))) == {
        "whole": "int",
        "big": "bigint",
        "exact": "decimal(4,2)",
        "float": "double",
        "yes": "boolean",
        "at": "timestamp",
        "symbol": "string",
        "blob": "binary",
        "list": "array<decimal(11,1)>",
        "sexp": "array<string>",
        "in": "struct<x:string>",
        "none": "string",
        "more": "string",
    }


@pytest.mark.parametrize(
    "data", [b"word another", b"[1, 2]", b"{a: 1} 5", b"", b"{a: 1", b"$ion_1_0"]
)
def test_ion_that_is_no_structs_is_no_table(data):
    assert ion_text.classify(sample(data)) is None


def test_the_struct_that_a_sample_cuts_off_does_not_count():
    seen = ion_text.classify(sample(b"{a: 1}\n{a: 2}\n{a: 'cut", whole=False))
    assert seen.records == 2


XML = """<?xml version="1.0" encoding="iso-8859-1"?>
<all xmlns:n="urn:n"><head/>
<Row no="1"><Name lang="de">Jörg</Name><score>1</score><on>true</on><n:x>5</n:x></Row>
<Row no="2"><Name>Ann</Name><score>1.5</score><on/><phone>1</phone><phone>2</phone></Row>
<Row no="3"/></all>"""


def test_xml_gives_attributes_text_lists_and_their_types():
    seen = xml_text.classify(sample(XML.encode("latin-1")))
    assert seen.records == 2
    assert seen.format.row_tag == "Row"
    assert kinds(seen) == {
        "_no": "bigint",
        "name": "string",
        "score": "double",
        "on": "boolean",
        "n:x": "bigint",
        "phone": "array<bigint>",
    }


def test_xml_that_is_cut_off_counts_up_to_there():
    data = XML.encode("latin-1")
    seen = xml_text.classify(sample(data[: data.index(b'<Row no="3')], whole=False))
    assert seen.records == 2


@pytest.mark.parametrize("data", [b"<a></a>", b"a < b", b"<a><b/></a>"])
def test_xml_without_rows_is_no_table(data):
    assert xml_text.classify(sample(data)) is None
