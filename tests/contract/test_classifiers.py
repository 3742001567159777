"""Custom classifiers, as any client of Glue sees them."""

import pytest

GROK = {"Name": "lines", "Classification": "mine", "GrokPattern": "%{INT:id:int} %{WORD:word}"}
XML = {"Name": "rows", "Classification": "xml", "RowTag": "row"}
JSON = {"Name": "records", "JsonPath": "$.items[*]['x'].y[0]"}
CSV = {
    "Name": "cells",
    "Delimiter": ";",
    "QuoteSymbol": "'",
    "ContainsHeader": "PRESENT",
    "Header": ["a", "b"],
    "DisableValueTrimming": True,
    "AllowSingleColumn": False,
    "CustomDatatypeConfigured": True,
    "CustomDatatypes": ["INT", "DATE"],
    "Serde": "OpenCSVSerDe",
}
KINDS = {
    "GrokClassifier": GROK,
    "XMLClassifier": XML,
    "JsonClassifier": JSON,
    "CsvClassifier": CSV,
}


def refusal(call, **request):
    with pytest.raises(Exception, match="An error occurred") as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_classifier_comes_back_with_its_version_and_times(glue, kind):
    given = KINDS[kind]
    assert set(glue.create_classifier(**{kind: given})) == {"ResponseMetadata"}
    found = glue.get_classifier(Name=given["Name"])["Classifier"]
    assert list(found) == [kind]
    assert found[kind]["Version"] == 1
    assert found[kind]["CreationTime"] == found[kind]["LastUpdated"]
    assert {name: found[kind][name] for name in given} == given
    listed = glue.get_classifiers()["Classifiers"]
    assert listed == [found]


def test_an_update_changes_what_it_names_and_counts_the_version(glue):
    glue.create_classifier(GrokClassifier=GROK)
    glue.update_classifier(GrokClassifier={"Name": "lines", "Classification": "other"})
    found = glue.get_classifier(Name="lines")["Classifier"]["GrokClassifier"]
    assert found["Classification"] == "other"
    assert found["GrokPattern"] == GROK["GrokPattern"]
    assert found["Version"] == 2


def test_a_classifier_keeps_its_kind_and_its_name_is_its_own(glue):
    glue.create_classifier(GrokClassifier=GROK)
    taken = refusal(glue.create_classifier, XMLClassifier={**XML, "Name": "lines"})
    assert taken[0] == "AlreadyExistsException"
    other = refusal(glue.update_classifier, XMLClassifier={"Name": "lines", "RowTag": "r"})
    assert other == (
        "InvalidInputException",
        "Classifier lines is a GrokClassifier, not a XMLClassifier.",
    )


def test_what_does_not_exist_is_not_found(glue):
    missing = ("EntityNotFoundException", "Classifier with name no does not exist")
    assert refusal(glue.get_classifier, Name="no") == missing
    assert refusal(glue.delete_classifier, Name="no") == missing
    assert refusal(glue.update_classifier, XMLClassifier={"Name": "no", "RowTag": "r"}) == missing


def test_a_deleted_classifier_is_gone(glue):
    glue.create_classifier(JsonClassifier=JSON)
    glue.delete_classifier(Name="records")
    assert glue.get_classifiers()["Classifiers"] == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Exactly one of"),
        ({"GrokClassifier": GROK, "XMLClassifier": XML}, "Exactly one of"),
        ({"GrokClassifier": {**GROK, "GrokPattern": "%{NOSUCH:x}"}}, "no pattern of the name"),
        ({"GrokClassifier": {**GROK, "GrokPattern": "%{WORD:a}("}}, "no regular expression"),
        ({"GrokClassifier": {**GROK, "GrokPattern": "%{WORD:a:colour}"}}, "the type colour"),
        ({"GrokClassifier": {**GROK, "GrokPattern": "words"}}, "names no field"),
        ({"GrokClassifier": {**GROK, "GrokPattern": "%{A:a}", "CustomPatterns": "A %{A}"}}, "self"),
        (
            {"GrokClassifier": {**GROK, "GrokPattern": "(?<a>((b{999}){999}){999})"}},
            "repetitions unfold",
        ),
        ({"XMLClassifier": {**XML, "RowTag": "<row>"}}, "name of an XML element"),
        ({"XMLClassifier": {"Name": "x", "Classification": "xml"}}, "name of an XML element"),
        ({"JsonClassifier": {**JSON, "JsonPath": "items"}}, "begin with"),
        ({"JsonClassifier": {**JSON, "JsonPath": "$.a[?(@.b)]"}}, "makes no sense"),
        ({"CsvClassifier": {**CSV, "QuoteSymbol": ";"}}, "have to differ"),
        ({"CsvClassifier": {**CSV, "CustomDatatypes": ["COLOUR"]}}, "not COLOUR"),
        ({"CsvClassifier": {**CSV, "Header": ["a", "A"]}}, "have to differ"),
    ],
)
def test_a_definition_that_could_never_work_is_refused(glue, request_, message):
    code, text = refusal(glue.create_classifier, **request_)
    assert code == "InvalidInputException"
    assert message in text


def test_pages_of_classifiers_end_and_hold_each_once(glue):
    for number in range(5):
        glue.create_classifier(XMLClassifier={**XML, "Name": f"rows-{number}"})
    pages = glue.get_paginator("get_classifiers").paginate(PaginationConfig={"PageSize": 2})
    sizes, names = [], []
    for page in pages:
        sizes.append(len(page["Classifiers"]))
        names += [one["XMLClassifier"]["Name"] for one in page["Classifiers"]]
    assert sizes == [2, 2, 1]
    assert names == [f"rows-{number}" for number in range(5)]


def test_a_crawlers_classifiers_have_to_exist(glue):
    target = {"S3Targets": [{"Path": "s3://bucket"}]}
    glue.create_classifier(XMLClassifier=XML)
    glue.create_crawler(Name="one", Role="R", Targets=target, Classifiers=["rows"])
    assert glue.get_crawler(Name="one")["Crawler"]["Classifiers"] == ["rows"]
    code, text = refusal(glue.update_crawler, Name="one", Classifiers=["rows", "no"])
    assert (code, text) == ("InvalidInputException", "Classifier no does not exist.")


def test_classifiers_of_one_account_are_not_seen_by_another(gluematch_server, glue):
    glue.create_classifier(XMLClassifier=XML)
    other = gluematch_server.client("glue", account="333333333333")
    assert other.get_classifiers()["Classifiers"] == []
