"""ListCrawls and GetCrawlerMetrics over crawls that have ended."""

import json
from datetime import UTC, timedelta, timezone

import pytest
from prospect import PEOPLE, PETS, Prospect


@pytest.fixture(scope="module")
def prospect(gluematch_server):
    """Three crawls of one crawler: one that adds, one that fails, one that deletes and adds."""
    prospect = Prospect(gluematch_server)
    prospect.put(**{"in/people/a.csv": PEOPLE, "in/pets/b.csv": PETS})
    prospect.create("in", SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    prospect.run()
    nowhere = {"S3Targets": [{"Path": "s3://no-such-bucket-at-all"}]}
    there = prospect.crawler()["Targets"]
    prospect.glue.update_crawler(Name="crawler", Targets=nowhere)
    prospect.run()
    prospect.glue.update_crawler(Name="crawler", Targets={"S3Targets": there["S3Targets"]})
    prospect.drop("in/people/a.csv")
    prospect.put(**{"in/x/a.csv": b"k,v\n1,b\n", "in/y/b.csv": b"w;v\n1;b\n"})
    prospect.run()
    return prospect


@pytest.fixture
def crawls(prospect):
    def listed(**request):
        return prospect.glue.list_crawls(CrawlerName="crawler", **request)["Crawls"]

    return listed


def where(field, operator, value):
    return {"FieldName": field, "FilterOperator": operator, "FieldValue": str(value)}


def milliseconds(instant):
    return round(instant.timestamp() * 1000)


def test_crawls_are_listed_newest_first(crawls):
    found = crawls()
    assert [crawl["State"] for crawl in found] == ["COMPLETED", "FAILED", "COMPLETED"]
    assert [crawl["StartTime"] for crawl in found] == sorted(
        (crawl["StartTime"] for crawl in found), reverse=True
    )
    for crawl in found:
        assert crawl["LogGroup"] == "/aws-glue/crawlers"
        assert crawl["LogStream"] == "crawler"
        assert crawl["MessagePrefix"] == crawl["CrawlId"]
        assert crawl["EndTime"] >= crawl["StartTime"]
        assert crawl["DPUHour"] == 0.0


def test_the_summary_is_json_text_within_json_text(crawls):
    summary = json.loads(crawls()[0]["Summary"])
    assert set(summary) == {"TABLE"}
    assert json.loads(summary["TABLE"]["ADD"]) == {"Details": {"names": ["x", "y"]}, "Count": 2}
    assert json.loads(summary["TABLE"]["DELETE"])["Count"] == 1


def test_crawls_are_paged(prospect, crawls):
    first = prospect.glue.list_crawls(CrawlerName="crawler", MaxResults=2)
    rest = crawls(MaxResults=2, NextToken=first["NextToken"])
    assert [*first["Crawls"], *rest] == crawls()
    completed = {"Filters": [where("STATE", "EQ", "COMPLETED")], "MaxResults": 1}
    first = prospect.glue.list_crawls(CrawlerName="crawler", **completed)
    last = prospect.glue.list_crawls(
        CrawlerName="crawler", **completed, NextToken=first["NextToken"]
    )
    assert [*first["Crawls"], *last["Crawls"]] == crawls(Filters=completed["Filters"])
    assert "NextToken" not in last


def test_crawls_are_filtered_by_id_and_state(crawls):
    new, failed, old = crawls()
    assert crawls(Filters=[where("CRAWL_ID", "EQ", failed["CrawlId"])]) == [failed]
    assert crawls(Filters=[where("STATE", "NE", "FAILED")]) == [new, old]
    both = [where("STATE", "EQ", "COMPLETED"), where("CRAWL_ID", "NE", new["CrawlId"])]
    assert crawls(Filters=both) == [old]


@pytest.mark.parametrize("edge", ["Start", "End"])
def test_crawls_are_filtered_by_milliseconds_since_the_epoch(crawls, edge):
    new, failed, old = crawls()
    field, at = f"{edge.upper()}_TIME", milliseconds(failed[f"{edge}Time"])
    expected = {
        "GT": [new],
        "GE": [new, failed],
        "LT": [old],
        "LE": [failed, old],
        "EQ": [failed],
        "NE": [new, old],
    }
    for operator, found in expected.items():
        assert crawls(Filters=[where(field, operator, at)]) == found


def test_crawls_are_filtered_by_instants_of_iso_8601(crawls):
    new, failed, old = crawls()
    at = failed["StartTime"]
    assert crawls(Filters=[where("START_TIME", "GT", at.isoformat())]) == [new]
    zone = timezone(timedelta(hours=5))
    assert crawls(Filters=[where("START_TIME", "LT", at.astimezone(zone).isoformat())]) == [old]
    plain = at.astimezone(UTC).replace(tzinfo=None)
    assert crawls(Filters=[where("START_TIME", "EQ", plain.isoformat())]) == [failed]


def test_crawls_are_filtered_by_dpu_hours(crawls):
    assert len(crawls(Filters=[where("DPU_HOUR", "LT", 0.5)])) == 3
    assert crawls(Filters=[where("DPU_HOUR", "GT", 0)]) == []


REFUSED = [
    (where("STATE", "GT", "FAILED"), "Only EQ or NE operator is allowed for field : STATE"),
    (where("START_TIME", "GT", "yesterday"), "'yesterday' is no value for START_TIME."),
    (where("DPU_HOUR", "EQ", "many"), "'many' is no value for DPU_HOUR."),
    (where("END_TIME", "LT", 10**30), f"'{10**30}' is no value for END_TIME."),
    (
        {"FieldName": "STATE", "FieldValue": "FAILED"},
        "Invalid Filter Provided: FieldName: STATE, FilterOperator: null, FieldValue: FAILED",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED)
def test_a_filter_that_makes_no_sense_is_refused(prospect, crawls, wrong, message):
    with pytest.raises(prospect.glue.exceptions.InvalidInputException) as refusal:
        crawls(Filters=[wrong])
    assert refusal.value.response["Error"]["Message"] == message


def test_metrics_are_drawn_from_the_crawls_that_completed(prospect, crawls):
    metrics = prospect.glue.get_crawler_metrics()["CrawlerMetricsList"]
    new, _, old = crawls()
    seconds = [(crawl["EndTime"] - crawl["StartTime"]).total_seconds() for crawl in (new, old)]
    assert metrics == [
        {
            "CrawlerName": "crawler",
            "TimeLeftSeconds": 0.0,
            "StillEstimating": False,
            "LastRuntimeSeconds": pytest.approx(seconds[0]),
            "MedianRuntimeSeconds": pytest.approx(sum(seconds) / 2),
            "TablesCreated": 2,
            "TablesUpdated": 0,
            "TablesDeleted": 1,
        }
    ]
