"""Whatever clients name things: a server writes below its data directory and nowhere else."""

import os
import stat

import pytest
from botocore.exceptions import ClientError
from programs import serving
from waiting import until

from gluematch.server.__main__ import main
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


@pytest.fixture
def generous():
    """A umask that takes nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous")
def test_files_are_their_owners_alone_whatever_the_umask_and_the_folder(tmp_path):
    data_dir, again = tmp_path / "data", tmp_path / "again"
    data_dir.mkdir(mode=0o755)
    mine = data_dir / "mine.txt"
    mine.write_text("not the server's")
    with serving(data_dir) as program:
        use(program)
        assert open_to_others(data_dir) == {"mine.txt"}
    assert main(["backup", "--data-dir", str(data_dir), "--to", str(tmp_path / "saved")]) == 0
    assert main(["restore", "--from", str(tmp_path / "saved"), "--data-dir", str(again)]) == 0
    assert open_to_others(data_dir) == {"mine.txt"}
    assert open_to_others(tmp_path / "saved") == open_to_others(again) == set()
    for name in ("catalog.sqlite", "objects", "neighbours", "jobs"):
        (data_dir / name).chmod(0o777)
    with serving(data_dir):
        assert open_to_others(data_dir) == {"mine.txt"}


def use(program):
    """Have a server make every kind of file, while it runs."""
    s3, glue = program.client("s3", account=ACCOUNT), program.client("glue", account=ACCOUNT)
    program.client("iam", account=ACCOUNT).create_user(UserName="ada")
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="s.py", Body=b"print('ran')" + b"#" * 20_000)
    command = {"Name": "pythonshell", "ScriptLocation": "s3://scripts/s.py"}
    glue.create_job(Name="j", Role="r", Command=command)
    run = {"JobName": "j", "RunId": glue.start_job_run(JobName="j")["JobRunId"]}
    until(lambda: glue.get_job_run(**run)["JobRun"]["JobRunState"] == "SUCCEEDED", "the run")


def open_to_others(folder):
    """The files and folders below a folder with which others may do anything."""
    modes = {str(path.relative_to(folder)): path.lstat().st_mode for path in folder.rglob("*")}
    return {name for name, mode in modes.items() if stat.S_IMODE(mode) & 0o077}
