"""One life of everything, in which each operation succeeds: every answer and error fits the model.

What goes over the wire is judged, before botocore drops what it does not know.
"""

import json
from urllib.request import Request, urlopen

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from waiting import until

from gluematch.handlers.registry import OPERATIONS

from .fits import faults

ACCOUNT = "250000000001"
COMMON = {"ValidationException", "SerializationException", "AccessDeniedException"}
PEOPLE = ["id,name,city", *(f"{n},Name{n // 2},Ulm{n % 3}" for n in range(40))]


class Judge:
    """Sees every answer as it came, and what is wrong with it."""

    def __init__(self, client):
        self.answered = set()
        self.wrong = []
        client.meta.events.register("before-parse.glue", self.look)

    def look(self, operation_model, response_dict, **_more):
        told = json.loads(response_dict["body"])
        if response_dict["status_code"] == 200:
            self.answered.add(xform_name(operation_model.name))
            self.wrong += faults(operation_model.output_shape, told, operation_model.name)
            return
        declared = {shape.name for shape in operation_model.error_shapes} | COMMON
        if response_dict["status_code"] != 400 or told["__type"] not in declared:
            self.wrong.append(f"{operation_model.name}: {response_dict['status_code']} {told}")


@pytest.fixture
def glue(gluematch_server):
    return gluematch_server.client("glue", account=ACCOUNT)


@pytest.fixture
def s3(gluematch_server):
    client = gluematch_server.client("s3", account=ACCOUNT)
    client.create_bucket(Bucket="one-life")
    client.put_object(Bucket="one-life", Key="people.csv", Body="\n".join(PEOPLE).encode())
    return client


def refused(call, **request):
    with pytest.raises(ClientError):
        call(**request)


ELSEWHERE = {"test_connection"}
"""What succeeds only with a database server: test_jdbc_crawls.py asks it of strict servers, too."""


def test_every_operation_answers_as_the_model_says(glue, s3):
    judge = Judge(glue)
    catalog(glue)
    partitions(glue)
    versions(glue)
    settings(glue)
    connections(glue)
    crawler(glue)
    job(glue, s3)
    transform(glue, s3)
    ending(glue)
    assert judge.wrong == []
    assert set(OPERATIONS) - judge.answered == ELSEWHERE


def catalog(glue):
    own = {"DatabaseName": "own"}
    columns = [{"Name": "a", "Type": "int", "Comment": "c", "Parameters": {"k": "v"}}]
    descriptor = {"Columns": columns, "Location": "s3://one-life/", "SortColumns": []}
    table = {
        "Name": "t",
        "StorageDescriptor": descriptor,
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "LastAccessTime": 1700000000.5,
    }
    glue.create_database(DatabaseInput={"Name": "own", "LocationUri": "s3://one-life/"})
    refused(glue.create_database, DatabaseInput={"Name": "own"})
    glue.update_database(Name="own", DatabaseInput={"Name": "own", "Description": "mine"})
    glue.get_database(Name="own")
    glue.get_databases(MaxResults=1)
    for name in ("t", "u", "v"):
        glue.create_table(**own, TableInput=table | {"Name": name})
    refused(glue.create_table, **own, TableInput=table)
    glue.update_table(**own, TableInput=table | {"Owner": "me"})
    glue.get_table(**own, Name="t")
    refused(glue.get_table, **own, Name="none")
    glue.get_tables(**own, MaxResults=2)
    glue.search_tables(SearchText="t", MaxResults=1)
    glue.delete_table(**own, Name="u")
    assert glue.batch_delete_table(**own, TablesToDelete=["v", "none"])["Errors"]


def partitions(glue):
    here = {"DatabaseName": "own", "TableName": "t"}
    partition = {"Values": ["1"], "Parameters": {"k": "v"}}
    glue.create_partition(**here, PartitionInput=partition)
    refused(glue.create_partition, **here, PartitionInput=partition)
    inputs = [{"Values": ["1"]}, {"Values": ["2"]}]
    assert glue.batch_create_partition(**here, PartitionInputList=inputs)["Errors"]
    glue.update_partition(**here, PartitionValueList=["1"], PartitionInput=partition)
    glue.get_partition(**here, PartitionValues=["1"])
    glue.get_partitions(**here, Expression="day <= '2'")
    refused(glue.get_partitions, **here, Expression="month = 1")
    entries = [{"PartitionValueList": [day], "PartitionInput": partition} for day in ("1", "9")]
    assert glue.batch_update_partition(**here, Entries=entries)["Errors"]
    wanted = [{"Values": ["1"]}, {"Values": ["9"]}]
    assert len(glue.batch_get_partition(**here, PartitionsToGet=wanted)["Partitions"]) == 1
    indexes(glue, here)
    statistics(glue, here, "table")
    statistics(glue, {**here, "PartitionValues": ["1"]}, "partition")
    glue.delete_partition(**here, PartitionValues=["1"])
    assert glue.batch_delete_partition(**here, PartitionsToDelete=wanted)["Errors"]


def indexes(glue, here):
    index = {"IndexName": "by_day", "Keys": ["day"]}
    glue.create_partition_index(**here, PartitionIndex=index)
    refused(glue.create_partition_index, **here, PartitionIndex=index)

    def active():
        (found,) = glue.get_partition_indexes(**here)["PartitionIndexDescriptorList"]
        return found["IndexStatus"] == "ACTIVE"

    until(active, "the index")
    glue.delete_partition_index(**here, IndexName="by_day")


def statistics(glue, here, subject):
    counts = {"MaximumValue": 9, "NumberOfNulls": 0, "NumberOfDistinctValues": 1}
    number = {"Type": "LONG", "LongColumnStatisticsData": counts}
    given = [
        {"ColumnName": name, "ColumnType": "int", "AnalyzedTime": 1, "StatisticsData": number}
        for name in ("a", "none")
    ]
    update = getattr(glue, f"update_column_statistics_for_{subject}")
    assert update(**here, ColumnStatisticsList=given)["Errors"]
    found = getattr(glue, f"get_column_statistics_for_{subject}")(**here, ColumnNames=["a", "b"])
    assert found["ColumnStatisticsList"]
    assert found["Errors"]
    getattr(glue, f"delete_column_statistics_for_{subject}")(**here, ColumnName="a")


def versions(glue):
    own, t = {"DatabaseName": "own"}, {"DatabaseName": "own", "TableName": "t"}
    glue.update_table(**own, TableInput={"Name": "t"})
    glue.get_table_version(**t, VersionId="0")
    assert len(glue.get_table_versions(**t)["TableVersions"]) == 3
    glue.delete_table_version(**t, VersionId="0")
    refused(glue.delete_table_version, **t, VersionId="0")
    assert glue.batch_delete_table_version(**t, VersionIds=["1", "9"])["Errors"]


def settings(glue):
    own, function = {"DatabaseName": "own"}, {"FunctionName": "f", "ClassName": "c"}
    glue.create_user_defined_function(**own, FunctionInput=function)
    refused(glue.create_user_defined_function, **own, FunctionInput=function)
    glue.update_user_defined_function(**own, FunctionName="f", FunctionInput=function)
    glue.get_user_defined_function(**own, FunctionName="f")
    glue.get_user_defined_functions(Pattern="*")
    glue.delete_user_defined_function(**own, FunctionName="f")
    refused(glue.get_resource_policy)
    glue.put_resource_policy(PolicyInJson="{}")
    refused(glue.put_resource_policy, PolicyInJson="{}", PolicyExistsCondition="NOT_EXIST")
    glue.get_resource_policy()
    assert glue.get_resource_policies()["GetResourcePoliciesResponseList"]
    glue.delete_resource_policy()
    found = glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=found)
    glue.get_catalog_import_status()


def connections(glue):
    shop = {"Name": "shop", "ConnectionType": "JDBC", "ConnectionProperties": {"PASSWORD": "x"}}
    kafka = {"ConnectionType": "KAFKA", "ConnectionProperties": {}}
    glue.create_connection(ConnectionInput=shop)
    refused(glue.create_connection, ConnectionInput=shop)
    glue.update_connection(Name="shop", ConnectionInput={**shop, "MatchCriteria": ["prod"]})
    glue.get_connection(Name="shop")
    glue.get_connections(HidePassword=True, MaxResults=1)
    assert glue.batch_delete_connection(ConnectionNameList=["shop", "none"])["Errors"]
    refused(glue.delete_connection, ConnectionName="shop")
    refused(glue.test_connection, TestConnectionInput=kafka)
    glue.create_connection(ConnectionInput=shop)
    glue.delete_connection(ConnectionName="shop")


def crawler(glue):
    glue.create_classifier(JsonClassifier={"Name": "j", "JsonPath": "$"})
    glue.update_classifier(JsonClassifier={"Name": "j", "JsonPath": "$[*]"})
    glue.get_classifier(Name="j")
    glue.get_classifiers()
    glue.delete_classifier(Name="j")
    targets = {"S3Targets": [{"Path": "s3://one-life/people.csv"}]}
    glue.create_crawler(Name="c", Role="r", DatabaseName="own", Targets=targets, Tags={"a": "b"})
    refused(glue.create_crawler, Name="c", Role="r", Targets=targets)
    glue.update_crawler(Name="c", Description="reads people")
    glue.start_crawler(Name="c")
    glue.stop_crawler(Name="c")
    ready = lambda: glue.get_crawler(Name="c")["Crawler"]["State"] == "READY"
    until(ready, "the end of the crawl")
    glue.start_crawler(Name="c")
    until(ready, "the end of the crawl")
    assert glue.get_crawler(Name="c")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    refused(glue.stop_crawler, Name="c")
    refused(glue.start_crawler_schedule, CrawlerName="c")
    glue.update_crawler_schedule(CrawlerName="c", Schedule="cron(0 0 1 1 ? 2199)")
    glue.stop_crawler_schedule(CrawlerName="c")
    glue.start_crawler_schedule(CrawlerName="c")
    glue.get_crawlers()
    glue.list_crawlers(Tags={"a": "b"})
    glue.batch_get_crawlers(CrawlerNames=["c", "none"])
    glue.get_crawler_metrics(CrawlerNameList=["c"])
    glue.list_crawls(CrawlerName="c")
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/c"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"c": "d"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"c": "d"}


def job(glue, s3):
    s3.put_object(Bucket="one-life", Key="job.py", Body=b"print('done')")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://one-life/job.py"}
    glue.create_job(Name="j", Role="r", Command=command, Tags={"a": "b"})
    refused(glue.create_job, Name="j", Role="r", Command=command)
    glue.update_job(JobName="j", JobUpdate={"Role": "r", "Command": command, "Timeout": 5})
    glue.get_job(JobName="j")
    glue.get_jobs()
    glue.list_jobs(Tags={"a": "b"})
    glue.batch_get_jobs(JobNames=["j", "none"])
    run_id = glue.start_job_run(JobName="j", Arguments={"--a": "1"})["JobRunId"]
    run = {"JobName": "j", "RunId": run_id}
    ended = lambda: glue.get_job_run(**run)["JobRun"]["JobRunState"] == "SUCCEEDED"
    until(ended, "the end of the job run")
    assert len(glue.get_job_runs(JobName="j")["JobRuns"]) == 1
    assert glue.batch_stop_job_run(JobName="j", JobRunIds=[run_id])["Errors"]
    refused(glue.get_job_bookmark, JobName="j")
    bookmark = {**run, "JobBookmark": "{}"}
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/glue/x"}
    url = f"{glue.meta.endpoint_url}/_gluematch/job-bookmarks"
    urlopen(Request(url, json.dumps(bookmark).encode(), signed)).close()
    glue.get_job_bookmark(JobName="j", RunId=run_id)
    glue.reset_job_bookmark(JobName="j")
    glue.delete_job(JobName="j")


def transform(glue, s3):
    parameters = {
        "TransformType": "FIND_MATCHES",
        "FindMatchesParameters": {"PrimaryKeyColumnName": "id"},
    }
    made = glue.create_ml_transform(
        Name="m",
        Role="r",
        InputRecordTables=[{"DatabaseName": "own", "TableName": "people_csv"}],
        Parameters=parameters,
    )
    transform_id = made["TransformId"]
    refused(glue.get_ml_transform, TransformId="tfm-none")
    refused(glue.start_ml_evaluation_task_run, TransformId=transform_id)
    glue.update_ml_transform(TransformId=transform_id, Description="people")
    output = {"TransformId": transform_id, "OutputS3Path": "s3://one-life/out/"}
    finish(glue, transform_id, glue.start_ml_labeling_set_generation_task_run(**output))
    s3.put_object(Bucket="one-life", Key="labels.csv", Body=labels().encode())
    path = "s3://one-life/labels.csv"
    finish(
        glue,
        transform_id,
        glue.start_import_labels_task_run(TransformId=transform_id, InputS3Path=path),
    )
    finish(glue, transform_id, glue.start_ml_evaluation_task_run(TransformId=transform_id))
    finish(glue, transform_id, glue.start_export_labels_task_run(**output))
    cancelled = glue.start_export_labels_task_run(**output)["TaskRunId"]
    glue.cancel_ml_task_run(TransformId=transform_id, TaskRunId=cancelled)
    assert "EvaluationMetrics" in glue.get_ml_transform(TransformId=transform_id)
    assert len(glue.get_ml_task_runs(TransformId=transform_id)["TaskRuns"]) == 5
    glue.get_ml_transforms(Sort={"Column": "NAME", "SortDirection": "ASCENDING"})
    glue.list_ml_transforms()
    glue.delete_ml_transform(TransformId=transform_id)


def labels():
    """Two records of each of twenty sets are one person, and a third is another."""
    lines = ["labeling_set_id,label,id,name,city"]
    for number in range(0, 38, 2):
        members = zip("AAB", PEOPLE[1 + number : 4 + number], strict=True)
        lines += [f"s{number},{label},{row}" for label, row in members]
    return "\n".join(lines)


def finish(glue, transform_id, started):
    run = {"TransformId": transform_id, "TaskRunId": started["TaskRunId"]}

    def ended():
        found = glue.get_ml_task_run(**run)
        return found if found["Status"] not in {"STARTING", "RUNNING"} else None

    found = until(ended, "the end of the task run")
    assert found["Status"] == "SUCCEEDED", found


def ending(glue):
    glue.delete_crawler(Name="c")
    refused(glue.get_crawler, Name="c")
    glue.delete_database(Name="own")
    refused(glue.get_database, Name="own")
