"""Whatever clients name things: a server writes below its data directory and nowhere else."""

import pytest
from botocore.exceptions import ClientError
from waiting import until

from gluematch.server.testing import GlueServer

ACCOUNT = "430000000003"
NAMES = [
    "../outside",
    "../../outside",
    "/outside",
    "a/../../../outside",
    "..",
    ".",
    "%2e%2e/outside",
]


def below(folder):
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*")}


def test_no_name_leads_out_of_the_data_directory(no_engine, tmp_path):
    with GlueServer(data_dir=tmp_path / "data") as server:
        s3, glue = server.client("s3", account=ACCOUNT), server.client("glue", account=ACCOUNT)
        s3.create_bucket(Bucket="names")
        for number, name in enumerate(NAMES):
            s3.put_object(Bucket="names", Key=name, Body=b"print('ran')")
            assert s3.get_object(Bucket="names", Key=name)["Body"].read() == b"print('ran')"
            upload = s3.create_multipart_upload(Bucket="names", Key=name)["UploadId"]
            part = {"Bucket": "names", "Key": name, "UploadId": upload, "PartNumber": 1}
            s3.upload_part(**part, Body=b"x")
            with pytest.raises(ClientError):
                s3.upload_part(**{**part, "UploadId": f"../{upload}"}, Body=b"x")
            glue.create_database(DatabaseInput={"Name": name})
            arguments = {"--extra-files": f"s3://names/{name}", "--job-bookmark-from": name}
            command = {"Name": "pythonshell", "ScriptLocation": f"s3://names/{name}"}
            glue.create_job(
                Name=f"{name}/{number}", Role="r", Command=command, DefaultArguments=arguments
            )
        job = f"{NAMES[0]}/0"
        run = {"JobName": job, "RunId": glue.start_job_run(JobName=job)["JobRunId"]}
        ended = {"SUCCEEDED", "FAILED"}
        until(lambda: glue.get_job_run(**run)["JobRun"]["JobRunState"] in ended, "the run")
        assert below(tmp_path) == {"data"}
    assert below(tmp_path) == {"data"}
    assert {"catalog.sqlite", "objects"} <= below(tmp_path / "data")


def test_servers_one_after_another_in_a_process_keep_each_in_their_own_directory(tmp_path):
    account = "430000000004"
    for name in ("first", "second"):
        with GlueServer(data_dir=tmp_path / name) as server:
            s3 = server.client("s3", account=account)
            s3.create_bucket(Bucket=f"of-the-{name}")
            s3.put_object(Bucket=f"of-the-{name}", Key="k", Body=name.encode() * 5000)
    for name in ("first", "second"):
        (body,) = (tmp_path / name).glob("objects/*/*")
        assert body.read_bytes() == name.encode() * 5000
