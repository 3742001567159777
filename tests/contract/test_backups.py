"""Backups of a server that is being written to, and what is restored of them."""

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import tarfile
import threading
from contextlib import closing
from functools import partial

import pytest
from programs import serving

from gluematch.models.catalog import snapshots
from gluematch.server.__main__ import main
from gluematch.server.backups import taking
from gluematch.server.backups.errors import BackupError
from gluematch.server.neighbours.kept import asking
from gluematch.server.testing import GlueServer

BUCKET = "kept"
ACCOUNT = "430000000001"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """The data directory of a server that has ended: a database, two objects and a small one, an
    upload, a user."""
    folder = tmp_path_factory.mktemp("origin") / "data"
    with GlueServer(data_dir=folder) as server:
        s3 = server.client("s3", account=ACCOUNT)
        s3.create_bucket(Bucket=BUCKET)
        for key in ("a", "b"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode() * 20_000)
        s3.put_object(Bucket=BUCKET, Key="small", Body=b"small")
        s3.create_multipart_upload(Bucket=BUCKET, Key="c")
        server.client("glue", account=ACCOUNT).create_database(DatabaseInput={"Name": "kept"})
        server.client("iam", account=ACCOUNT).create_user(UserName="kept")
    return folder


def backup(data_dir, to):
    return main(["backup", "--data-dir", str(data_dir), "--to", str(to)])


def restore(place, data_dir):
    return main(["restore", "--from", str(place), "--data-dir", str(data_dir)])


@pytest.mark.parametrize("name", ["folder", "archive.tar", "archive.tar.gz"])
def test_what_was_backed_up_is_there_after_it_was_restored(data_dir, name, tmp_path, capsys):
    place, again = tmp_path / name, tmp_path / "again"
    assert backup(data_dir, place) == 0
    again.mkdir()
    assert restore(place, again) == 0
    assert str(again) in capsys.readouterr().out
    assert not (data_dir / "backup").exists()
    with GlueServer(data_dir=again) as server:
        s3 = server.client("s3", account=ACCOUNT)
        assert s3.get_object(Bucket=BUCKET, Key="b")["Body"].read() == b"b" * 20_000
        assert s3.get_object(Bucket=BUCKET, Key="small")["Body"].read() == b"small"
        assert len(s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
        assert server.client("glue", account=ACCOUNT).get_database(Name="kept")
    assert (again / "neighbours" / "iam.json").read_bytes() == (
        data_dir / "neighbours" / "iam.json"
    ).read_bytes()
    written = [place, *place.rglob("*"), *(again / "neighbours").rglob("*")]
    assert not [path for path in (*written, again) if path.stat().st_mode & 0o077]


def test_a_backup_is_verified_by_programs_that_everybody_has(data_dir, tmp_path):
    backup(data_dir, tmp_path / "saved")
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path / "saved", capture_output=True, text=True)
    assert done.returncode == 0
    files = [path for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    assert done.stdout.count(": OK\n") == len(files) - 1


class Traffic:
    """Meanwhile one writer alternates between S3 and catalog, two others overwrite and delete."""

    def __init__(self, program):
        client = partial(program.client, account=ACCOUNT)
        self.done = 0  # steps that were acknowledged
        self._stop = threading.Event()
        client("s3").create_bucket(Bucket=BUCKET)
        work = [(self._advance, client("s3"), client("glue"))]
        work += [(self._churn, client("s3"), f"churn/{key}") for key in "xy"]
        self._workers = [threading.Thread(target=what, args=given) for what, *given in work]

    def __enter__(self):
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for worker in self._workers:
            worker.join()

    def _advance(self, s3, glue):
        while not self._stop.is_set():
            s3.put_object(Bucket=BUCKET, Key=f"step/{self.done:05}", Body=b"%d" % self.done)
            glue.create_database(DatabaseInput={"Name": f"step_{self.done:05}"})
            self.done += 1

    def _churn(self, s3, key):
        number = 0
        while not self._stop.is_set():
            number += 1
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"%d" % number * 5000)
            if number % 3 == 0:
                s3.delete_object(Bucket=BUCKET, Key=key)


def whole_objects(s3):
    """The keys of all objects, each of which has the bytes that its ETag says."""
    keys = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            assert f'"{hashlib.md5(body).hexdigest()}"' == item["ETag"]
            keys.append(item["Key"])
    return keys


def test_a_server_that_is_written_to_is_backed_up_as_of_one_moment(tmp_path):
    """What is restored is a beginning of what the writer did, with all that was acknowledged before
    the backup began; and every object is whole."""
    acknowledged = []
    with serving(tmp_path / "data") as program, Traffic(program) as traffic:
        for attempt in range(2):
            acknowledged.append(traffic.done)
            assert backup(tmp_path / "data", tmp_path / f"saved{attempt}.tar") == 0
    for attempt, least in enumerate(acknowledged):
        again = tmp_path / f"again{attempt}"
        assert restore(tmp_path / f"saved{attempt}.tar", again) == 0
        with GlueServer(data_dir=again) as server:
            steps = [
                key
                for key in whole_objects(server.client("s3", account=ACCOUNT))
                if key.startswith("step")
            ]
            pages = server.client("glue", account=ACCOUNT).get_paginator("get_databases").paginate()
            databases = [each["Name"] for page in pages for each in page["DatabaseList"]]
        assert steps == [f"step/{number:05}" for number in range(len(steps))]
        assert databases == [f"step_{number:05}" for number in range(len(databases))]
        assert least <= len(databases) <= len(steps) <= len(databases) + 1


def test_other_services_are_backed_up_as_they_are_at_that_moment(tmp_path):
    data_dir, place = tmp_path / "data", tmp_path / "saved"
    with serving(data_dir) as program:
        secrets = program.client("secretsmanager", account=ACCOUNT)
        secrets.create_secret(Name="login", SecretString="first")
        assert backup(data_dir, place) == 0
        secrets.put_secret_value(SecretId="login", SecretString="later")
    assert restore(place, tmp_path / "again") == 0
    with GlueServer(data_dir=tmp_path / "again") as server:
        secrets = server.client("secretsmanager", account=ACCOUNT)
        assert secrets.get_secret_value(SecretId="login")["SecretString"] == "first"


def test_a_server_that_cannot_say_what_its_neighbours_hold_is_told_of(data_dir, tmp_path):
    origin = shutil.copytree(data_dir, tmp_path / "data")
    assert asking.ask(origin)  # nobody holds them
    server = asking.Asked(origin)
    ask = partial(asking.ask, patience=0)
    taken = taking.take(origin, tmp_path / "saved", lambda _line: None, ask=ask)
    assert server.now()
    assert not taken.neighbours_asked
    assert (tmp_path / "saved" / "neighbours" / "iam.json").is_file()
    server.close()
    assert asking.ask(origin)  # the server has ended


def test_a_backup_of_before_there_were_neighbours_in_them_is_restored(data_dir, tmp_path):
    place = tmp_path / "saved"
    backup(data_dir, place)
    shutil.rmtree(place / "neighbours")
    relabel(place, format=1)
    label = hashlib.sha256((place / "backup.json").read_bytes()).hexdigest()
    lines = (place / "SHA256SUMS").read_text().splitlines(keepends=True)
    kept = [line for line in lines if "neighbours/" not in line and "backup.json" not in line]
    (place / "SHA256SUMS").write_text("".join([f"{label}  backup.json\n", *kept]))
    assert restore(place, tmp_path / "again") == 0
    assert not (tmp_path / "again" / "neighbours").exists()


def test_an_object_that_goes_while_it_is_backed_up_costs_another_look(data_dir, tmp_path):
    origin, looks = shutil.copytree(data_dir, tmp_path / "data"), []

    def copy(catalog, to):
        """Copies, and the first time deletes an object at once, as a server would."""
        looks.append(to)
        if len(looks) == 1:
            (name,) = sorted(snapshots.bodies(catalog))[:1]
            shutil.copytree(origin / "objects", tmp_path / "before")
            snapshots.copy(catalog, to)
            shutil.rmtree(origin / "backup" / "objects")
            (origin / "objects" / name[:2] / name).unlink()
            with closing(sqlite3.connect(catalog)) as connection, connection:
                connection.execute("DELETE FROM kept_objects WHERE body = ?", (name,))
        else:
            snapshots.copy(catalog, to)

    taking.take(origin, tmp_path / "saved", lambda _line: None, copy)
    assert len(looks) == 2
    assert restore(tmp_path / "saved", tmp_path / "again") == 0


def test_a_directory_that_lacks_an_objects_bytes_is_not_backed_up_in_silence(data_dir, tmp_path):
    origin = shutil.copytree(data_dir, tmp_path / "data")
    next(origin.glob("objects/*/*")).unlink()
    with pytest.raises(BackupError, match=r"the bytes of s3://kept/[ab] are missing"):
        taking.take(origin, tmp_path / "saved", lambda _line: None)
    assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize("name", ["saved", "saved.tar"])
def test_an_object_that_is_cut_short_or_changed_is_named_and_not_backed_up(
    name, data_dir, tmp_path, capsys
):
    origin = shutil.copytree(data_dir, tmp_path / "data")
    body = next(origin.glob("objects/*/*"))
    whole = body.read_bytes()
    key = whole[:1].decode()
    body.write_bytes(whole[:10_000])
    told = complaint(capsys, backup(origin, tmp_path / name))
    assert f"s3://kept/{key} is damaged: 10000 of 20000 bytes are there" in told
    body.write_bytes(b"x" * 20_000)
    told = complaint(capsys, backup(origin, tmp_path / name))
    assert f"s3://kept/{key} is damaged: its bytes are not those of its ETag" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize("name", ["saved", "saved.tar"])
def test_what_is_written_is_read_again_before_it_is_called_a_backup(name, data_dir, tmp_path):
    unfinished = tmp_path / f"{name}.unfinished"

    def spoil(line):
        if line == "100%: copying" and name == "saved":
            next(unfinished.glob("objects/*/*")).write_bytes(b"x" * 20_000)
        elif line.endswith("verifying") and name != "saved":
            unfinished.write_bytes(unfinished.read_bytes().replace(b"aaaaaaaa", b"aaaaxaaa"))

    with pytest.raises(BackupError, match="damaged"):
        taking.take(data_dir, tmp_path / name, spoil)
    assert not [*tmp_path.iterdir()]


def test_a_file_of_another_service_that_cannot_be_read_is_not_backed_up(data_dir, tmp_path, capsys):
    origin = shutil.copytree(data_dir, tmp_path / "data")
    iam = origin / "neighbours" / "iam.json"
    iam.write_text(iam.read_text()[:100])
    told = complaint(capsys, backup(origin, tmp_path / "saved"))
    assert "neighbours/iam.json is damaged" in told


def test_a_part_of_an_upload_is_named_by_its_key(data_dir, tmp_path, capsys):
    origin = tmp_path / "data"
    with GlueServer(data_dir=origin) as server:
        s3 = server.client("s3", account=ACCOUNT)
        s3.create_bucket(Bucket="parts")
        upload = s3.create_multipart_upload(Bucket="parts", Key="a/b")["UploadId"]
        part = {"Bucket": "parts", "Key": "a/b", "UploadId": upload, "PartNumber": 1}
        s3.upload_part(**part, Body=b"x" * 20_000)
    next(origin.glob("objects/*/*")).unlink()
    told = complaint(capsys, backup(origin, tmp_path / "saved"))
    assert "the bytes of s3://parts/a/b are missing" in told


def test_progress_ends_at_all(data_dir, tmp_path):
    lines = []
    taking.take(data_dir, tmp_path / "saved.tar", lines.append)
    assert lines[0] == "0%: holding what there is"
    assert "100%: copying" in lines
    assert lines[-1] == "100%: verifying"


def complaint(capsys, done):
    told = capsys.readouterr().err
    assert done == 1
    assert told.count("\n") == 1
    return told


def test_nothing_that_is_there_is_written_over(data_dir, tmp_path, capsys):
    place = tmp_path / "saved.tar"
    place.write_text("mine")
    assert "is there already" in complaint(capsys, backup(data_dir, place))
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    assert "is not empty" in complaint(capsys, backup(data_dir, full))
    backup(data_dir, tmp_path / "saved")
    assert "is not empty" in complaint(capsys, restore(tmp_path / "saved", full))
    assert "is not empty" in complaint(capsys, restore(tmp_path / "saved", data_dir))
    assert [path.name for path in full.iterdir()] == ["mine"]
    assert place.read_text() == "mine"


def test_no_catalog_is_no_backup(tmp_path, capsys):
    assert "no catalog in" in complaint(capsys, backup(tmp_path, tmp_path / "saved"))
    assert "cannot read" in complaint(capsys, restore(tmp_path / "none", tmp_path / "again"))
    (tmp_path / "letter.tar").write_bytes(b"this is a letter" * 1000)
    assert "no backup" in complaint(capsys, restore(tmp_path / "letter.tar", tmp_path / "again"))


def relabel(place, **changes):
    label = place / "backup.json"
    label.write_text(json.dumps({**json.loads(label.read_text()), **changes}))


DAMAGES = {
    "a changed object": (
        lambda p: next(p.glob("objects/*/*")).write_bytes(b"x"),
        "damaged: s3://kept/[ab] ",
    ),
    "a missing object": (
        lambda p: next(p.glob("objects/*/*")).unlink(),
        "damaged: s3://kept/[ab] ",
    ),
    "a changed catalog": (
        lambda p: (p / "catalog.sqlite").write_bytes(b"x" * 9999),
        "damaged: catalog.sqlite",
    ),
    "no digests": (lambda p: (p / "SHA256SUMS").unlink(), "not finished"),
    "half of the digests": (
        lambda p: (p / "SHA256SUMS").write_text((p / "SHA256SUMS").read_text()[:100]),
        "damaged",
    ),
    "no label": (lambda p: (p / "backup.json").unlink(), "no backup"),
    "a changed neighbour": (
        lambda p: (p / "neighbours" / "iam.json").write_text("{}"),
        "damaged: neighbours/iam.json",
    ),
    "another label": (lambda p: (p / "backup.json").write_text("{}"), "no backup"),
    "a newer schema": (lambda p: relabel(p, schema="9999", gluematch="9.9"), "9.9 wrote it.*newer"),
    "a newer form": (lambda p: relabel(p, format=3), "newer.*upgrade gluematch"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_or_newer_backup_is_refused_and_leaves_nothing(
    damage, data_dir, tmp_path, capsys
):
    spoil, why = DAMAGES[damage]
    backup(data_dir, tmp_path / "saved")
    spoil(tmp_path / "saved")
    capsys.readouterr()
    told = complaint(capsys, restore(tmp_path / "saved", tmp_path / "again"))
    assert re.search(why, told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["saved"]


def test_a_truncated_archive_is_refused(data_dir, tmp_path, capsys):
    place = tmp_path / "saved.tar.gz"
    backup(data_dir, place)
    whole = place.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 100):
        place.write_bytes(whole[:length])
        capsys.readouterr()
        assert "is not restored" in complaint(capsys, restore(place, tmp_path / "again"))
        assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/tmp/outside",
        "objects/../../outside",
        "lock",
        "objects/ab/../c",
        "neighbours/../x.json",
    ],
)
def test_an_archive_writes_nowhere_else(name, data_dir, tmp_path, capsys):
    backup(data_dir, tmp_path / "saved")
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        tar.add(tmp_path / "saved" / "backup.json", "backup.json")
        tar.add(tmp_path / "saved" / "catalog.sqlite", name)
    told = complaint(capsys, restore(tmp_path / "bad.tar", tmp_path / "in" / "again"))
    assert "no file of a backup" in told
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        tar.add(tmp_path / "saved" / "backup.json", "backup.json")
        link = tarfile.TarInfo("catalog.sqlite")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    told = complaint(capsys, restore(tmp_path / "link.tar", tmp_path / "in" / "again"))
    assert "no file of a backup" in told
    assert not (tmp_path / "outside").exists()
    assert not (tmp_path / "in" / "again").exists()
