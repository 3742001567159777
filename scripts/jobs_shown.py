"""Jobs in full: the documentation's scripts and the proposed one, unmodified, in every way that
scripts start (StartJobRun, run-script, spark-submit to a cluster); and jobs that end badly.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from standalone import HOME, cluster

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contract"))

from arrivals import Arrivals, arrivals
from classroom import Classroom
from documented import FIND_MATCHES, INCREMENTAL
from foreman import Foreman

from gluematch.server.testing import GlueServer

BIN = Path(sys.executable).parent
RUN_MEMORY = 400 * 2**20
PRINTS_100_MB = "line = 'x' * 99\nfor _ in range(1_000_000): print(line)\nprint('last')\n"
Ending: TypeAlias = tuple[str, str, dict[str, Any], str, str]
"""What the script does, the script, the settings of its run, the state and words of its end."""

ENDINGS: tuple[Ending, ...] = (
    ("goes on for ever", "import time\ntime.sleep(9999)", {"Timeout": 1}, "TIMEOUT", ""),
    ("prints 100 MB", PRINTS_100_MB, {}, "SUCCEEDED", ""),
    ("exits 3", "import sys\nsys.exit(3)", {}, "FAILED", "SystemExit: 3"),
    ("raises", "raise ValueError('no such thing')", {}, "FAILED", "ValueError: no such thing"),
    (
        "is killed",
        "import os, signal, subprocess\nsubprocess.Popen(['sleep', '9999'])\n"
        "os.kill(os.getpid(), signal.SIGKILL)",
        {},
        "FAILED",
        "ran out of memory",
    ),
)
TOO_HEAVY: Ending = (
    "takes ever more memory",
    "import time\nheld = []\nwhile True:\n    held.append(b'x' * 2**23)\n    time.sleep(0.02)",
    {},
    "FAILED",
    "took more than 400 MB of memory",
)


def main() -> int:
    """0 if everything went as it should."""
    with tempfile.TemporaryDirectory() as folder, GlueServer(strict=True) as server:
        faults = [*scripts_run(server, Path(folder)), *jobs_end(server, ENDINGS)]
    with GlueServer(strict=True, run_memory=RUN_MEMORY) as server:
        faults += jobs_end(server, (TOO_HEAVY,))
    for fault in faults:
        print(f"FAULT: {fault}")
    print("all as it should be" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


def scripts_run(server: GlueServer, folder: Path) -> Iterator[str]:
    """Each script in each way; yields what is wrong."""
    room = Classroom(server)
    transform = room.taught()
    told = arrivals(room, transform)
    (folder / "find_matches.py").write_text(FIND_MATCHES)
    (folder / "incremental.py").write_text(INCREMENTAL)
    asked = f"OutputS3Path=s3://{room.bucket}/proposed/"
    proposed = room.get(f"transforms/{transform}/script?{asked}")[1]["PythonScript"]
    (folder / "proposed.py").write_text(proposed)
    with cluster(2, folder / "cluster") as master:
        for way in ("job", "run-script", master):
            for script in ("find_matches", "incremental", "proposed"):
                name = f"{script}-{way.partition(':')[0]}"
                out = f"{name}/" if script != "proposed" else "proposed/"
                words = {
                    "JOB_NAME": name,
                    "TRANSFORM": transform,
                    "OUT": f"s3://{room.bucket}/{out}",
                }
                started = time.monotonic()
                text = (folder / f"{script}.py").read_text()
                fault = (
                    _as_job(room, name, text, words)
                    if way == "job"
                    else _as_program(room, way, folder, script, words)
                )
                fault = fault or _wrong(room, told, script, out)
                newest = room.glue.get_ml_task_runs(TransformId=transform)["TaskRuns"][0]
                job = newest["Properties"]["FindMatchesTaskRunProperties"].get("JobName")
                if not fault and (newest["Status"], job) != ("SUCCEEDED", name):
                    fault = f"its task run is {newest['Status']}, of job {job}"
                print(
                    f"{name:<28} {time.monotonic() - started:6.1f} s  {fault or 'right'}",
                    flush=True,
                )
                if fault:
                    yield f"{name}: {fault}"


def _as_job(room: Classroom, name: str, script: str, words: dict[str, str]) -> str:
    """What went wrong in a run of a job."""
    foreman = Foreman(room.server, account=room.account)
    given = {f"--{key}": value for key, value in words.items() if key != "JOB_NAME"}
    foreman.job(script, name=name, kind="glueetl", DefaultArguments=given)
    run = foreman.run(name)
    return "" if run["JobRunState"] == "SUCCEEDED" else str(run.get("ErrorMessage"))


def _as_program(room: Classroom, way: str, folder: Path, script: str, words: dict[str, str]) -> str:
    """What went wrong in run-script, or on the cluster of that master."""
    given = [word for key, value in words.items() for word in (f"--{key}", value)]
    if way == "run-script":
        command = [str(BIN / "gluematch"), way, "--endpoint-url", room.server.url]
    else:
        archive = folder / "gluematch.zip"
        subprocess.run([BIN / "gluematch", "py-files", archive], check=True, capture_output=True)
        submit = [str(HOME / "bin" / "spark-submit"), "--master", way, "--py-files", str(archive)]
        command = [
            *submit,
            "--conf",
            "spark.executor.memory=1g",
            "--conf",
            "spark.ui.enabled=false",
        ]
    environment = os.environ | {
        "AWS_ENDPOINT_URL": room.server.url,
        "AWS_ACCESS_KEY_ID": room.account,
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": room.region,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    done = subprocess.run(
        [*command, str(folder / f"{script}.py"), *given],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else done.stderr[-3000:]


def _wrong(room: Classroom, told: Arrivals, script: str, out: str) -> str:
    """What is wrong with what a script wrote; it is removed."""
    try:
        if script == "incremental":
            told.check(out)
        else:
            lines = [line for text in room.objects(out).values() for line in text.splitlines()]
            assert len([line for line in lines if "match_id" not in line]) == len(room.rows)
    except AssertionError as error:
        return f"wrong output: {error}"
    for one in room.s3.list_objects_v2(Bucket=room.bucket, Prefix=out)["Contents"]:
        room.s3.delete_object(Bucket=room.bucket, Key=one["Key"])
    return ""


def jobs_end(server: GlueServer, endings: tuple[Ending, ...]) -> Iterator[str]:
    """Each ending; yields what is wrong."""
    foreman = Foreman(server)
    for number, (what, script, settings, state, words) in enumerate(endings):
        started = time.monotonic()
        name = foreman.job(script, name=f"job-{number}")
        run = foreman.run(name, **settings)
        told = (run["JobRunState"], run.get("ErrorMessage", ""))
        right = told[0] == state and words in told[1]
        left = [
            path.parent.name
            for path in Path("/proc").glob("[0-9]*/environ")
            if _of(path, run["Id"])
        ]
        answers = foreman.glue.get_databases()["ResponseMetadata"]["HTTPStatusCode"] == 200
        seconds = time.monotonic() - started
        print(f"a script that {what:<17} {seconds:6.1f} s  {told[0]}: {told[1]}", flush=True)
        if not right or left or not answers:
            yield f"{what}: {told}, processes left: {left}, answers: {answers}"


def _of(environ: Path, run_id: str) -> bool:
    try:
        return f"GLUEMATCH_JOB_RUN_ID={run_id}".encode() in environ.read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
