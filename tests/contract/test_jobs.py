"""Jobs through boto3: their records, lists, refusals, tags and bookmarks."""

import json
import urllib.error
import urllib.request

import pytest
from foreman import Foreman

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://somewhere/script.py"}


@pytest.fixture
def jobs(glue):
    """A client whose account has three jobs."""
    for name in ("ant", "bee", "cat"):
        glue.create_job(Name=name, Role="r", Command=COMMAND, Tags={"kind": name})
    return glue


def job_of(glue, **given):
    glue.create_job(**{"Name": "one", "Role": "r", "Command": COMMAND, **given})
    return glue.get_job(JobName="one")["Job"]


def test_a_new_job_is_answered_with_everything_that_glue_fills_in(glue):
    job = job_of(glue)
    assert job.pop("CreatedOn") == job.pop("LastModifiedOn")
    assert job == {
        "Name": "one",
        "Role": "r",
        "Command": COMMAND,
        "JobMode": "SCRIPT",
        "ExecutionClass": "STANDARD",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "GlueVersion": "6.0",
        "MaxRetries": 0,
        "Timeout": 480,
        "AllocatedCapacity": 10,
        "MaxCapacity": 10.0,
    }


def test_settings_come_back_as_they_were_given(glue):
    given = {
        "Description": "all of it",
        "LogUri": "s3://logs",
        "DefaultArguments": {"--a": "1"},
        "NonOverridableArguments": {"--b": "2"},
        "Connections": {"Connections": ["c"]},
        "ExecutionProperty": {"MaxConcurrentRuns": 3},
        "MaxRetries": 2,
        "Timeout": 10,
        "SecurityConfiguration": "sealed",
        "NotificationProperty": {"NotifyDelayAfter": 5},
        "GlueVersion": "2.0",
        "CodeGenConfigurationNodes": {},
        "ExecutionClass": "FLEX",
        "SourceControlDetails": {"Provider": "GITHUB"},
    }
    job = job_of(glue, **given)
    assert {name: job[name] for name in given} == given


@pytest.mark.parametrize(
    ("given", "capacity"),
    [
        ({"MaxCapacity": 4.0}, (4, 4.0)),
        ({"AllocatedCapacity": 5}, (5, 5.0)),
        ({"WorkerType": "G.2X", "NumberOfWorkers": 3}, (6, 6.0)),
        ({"Command": {"Name": "pythonshell"}}, (0, 0.0625)),
    ],
)
def test_what_follows_from_a_capacity_is_filled_in(glue, given, capacity):
    job = job_of(glue, **given)
    assert (job["AllocatedCapacity"], job["MaxCapacity"]) == capacity


def test_the_default_timeout_is_that_of_the_glue_version(glue):
    assert job_of(glue, GlueVersion="4.0")["Timeout"] == 2880


REFUSED = [
    ({"AllocatedCapacity": 2, "MaxCapacity": 2.0}, "only Allocated Capacity or Max Capacity"),
    ({"MaxCapacity": 2.0, "WorkerType": "G.1X"}, "do not set Max Capacity if using Worker Type"),
    ({"Timeout": 10081}, "10080"),
    ({"MaxRetries": -1}, "MaxRetries"),
    ({"ExecutionProperty": {"MaxConcurrentRuns": 0}}, "MaxConcurrentRuns"),
    ({"Command": {}}, "Command name"),
    ({"Tags": {"aws:x": "1"}}, "reserved"),
]


@pytest.mark.parametrize(("given", "why"), REFUSED)
def test_settings_that_make_no_sense_are_refused(glue, given, why):
    with pytest.raises(glue.exceptions.InvalidInputException, match=why):
        job_of(glue, **given)


def test_a_name_is_taken_once(jobs):
    with pytest.raises(jobs.exceptions.AlreadyExistsException, match="Job already exists"):
        jobs.create_job(Name="ant", Role="r", Command=COMMAND)


def test_an_update_replaces_everything(glue):
    before = job_of(glue, Description="old", MaxRetries=3, GlueVersion="2.0")
    update = {"Role": "r", "Command": COMMAND, "Timeout": 7}
    assert glue.update_job(JobName="one", JobUpdate=update)["JobName"] == "one"
    after = glue.get_job(JobName="one")["Job"]
    assert (after["Timeout"], after["MaxRetries"], after["GlueVersion"]) == (7, 0, "6.0")
    assert "Description" not in after
    assert after["CreatedOn"] == before["CreatedOn"]


def test_a_job_that_is_not_there_is_missed_by_all_but_delete(glue):
    missing = glue.exceptions.EntityNotFoundException
    update = {"Role": "r", "Command": COMMAND}
    for call, request in (
        (glue.get_job, {}),
        (glue.update_job, {"JobUpdate": update}),
        (glue.get_job_runs, {}),
    ):
        with pytest.raises(missing, match=r"Job none not found\."):
            call(JobName="none", **request)
    with pytest.raises(missing, match="Failed to start job run due to missing metadata"):
        glue.start_job_run(JobName="none")
    assert glue.delete_job(JobName="none")["JobName"] == "none"


def test_lists_come_in_pages_by_name(jobs):
    first = jobs.get_jobs(MaxResults=2)
    second = jobs.get_jobs(MaxResults=2, NextToken=first["NextToken"])
    assert [job["Name"] for job in first["Jobs"] + second["Jobs"]] == ["ant", "bee", "cat"]
    assert "NextToken" not in second
    pages = jobs.get_paginator("list_jobs").paginate(PaginationConfig={"PageSize": 1})
    assert [name for page in pages for name in page["JobNames"]] == ["ant", "bee", "cat"]


def test_a_batch_tells_which_jobs_there_are_not(jobs):
    answer = jobs.batch_get_jobs(JobNames=["cat", "none", "ant"])
    assert [job["Name"] for job in answer["Jobs"]] == ["cat", "ant"]
    assert answer["JobsNotFound"] == ["none"]


def test_jobs_are_found_by_their_tags(jobs, account):
    assert jobs.list_jobs(Tags={"kind": "bee"})["JobNames"] == ["bee"]
    arn = f"arn:aws:glue:us-east-1:{account}:job/ant"
    jobs.tag_resource(ResourceArn=arn, TagsToAdd={"kind": "bee"})
    assert jobs.list_jobs(Tags={"kind": "bee"})["JobNames"] == ["ant", "bee"]
    jobs.delete_job(JobName="ant")
    assert jobs.list_jobs(Tags={"kind": "bee"})["JobNames"] == ["bee"]
    with pytest.raises(jobs.exceptions.EntityNotFoundException):
        jobs.get_tags(ResourceArn=arn)


def commit(server, account, **members):
    request = urllib.request.Request(
        f"{server.url}/_gluematch/job-bookmarks",
        json.dumps(members).encode(),
        {"Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/glue/x"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())["JobBookmarkEntry"]
    except urllib.error.HTTPError as error:
        return json.loads(error.read())["__type"]


def test_a_bookmark_is_read_as_it_was_committed_and_can_be_set_back(gluematch_server):
    foreman = Foreman(gluematch_server)
    glue, missing = foreman.glue, foreman.glue.exceptions.EntityNotFoundException
    foreman.job("")
    with pytest.raises(missing, match="Continuation for job job not found"):
        glue.get_job_bookmark(JobName="job")
    first, second = foreman.run()["Id"], foreman.run()["Id"]

    def write(run_id, state, **more):
        entry = {"JobName": "job", "RunId": run_id, "JobBookmark": state, **more}
        return commit(gluematch_server, foreman.account, **entry)

    assert write(first, "{1}", Version=0)["Version"] == 1
    assert write(first, "{2}", Version=1)["Run"] == 1
    assert write(second, "{3}", Version=1) == "VersionMismatchException"
    assert write(second, "{3}", Version=2)["Version"] == 3
    assert write("jr_none", "{4}") == "EntityNotFoundException"
    assert glue.get_job_bookmark(JobName="job")["JobBookmarkEntry"] == {
        "JobName": "job",
        "Version": 3,
        "Run": 2,
        "Attempt": 0,
        "PreviousRunId": first,
        "RunId": second,
        "JobBookmark": "{3}",
    }
    glue.reset_job_bookmark(JobName="job", RunId=first)
    assert glue.get_job_bookmark(JobName="job")["JobBookmarkEntry"]["JobBookmark"] == "{2}"
    assert glue.reset_job_bookmark(JobName="job")["JobBookmarkEntry"]["Run"] == 0
    with pytest.raises(missing):
        glue.get_job_bookmark(JobName="job")
