"""The whole job by AWS CLI commands alone, on the Pima diabetes table or one of its form."""

import csv
import io
import random
from itertools import groupby
from pathlib import Path

import pytest
from waiting import until

PIMA = Path(__file__).parents[3] / "shared/data/pima/diabetes.csv"
HEADER = (
    "recordID,Pregnancies,Glucose,BloodPressure,SkinThickness,Insulin,BMI,"
    "DiabetesPedigreeFunction,Age,Outcome"
)
COLUMNS = [
    ("recordid", "bigint"),
    ("pregnancies", "bigint"),
    ("glucose", "bigint"),
    ("bloodpressure", "bigint"),
    ("skinthickness", "bigint"),
    ("insulin", "bigint"),
    ("bmi", "double"),
    ("diabetespedigreefunction", "double"),
    ("age", "bigint"),
    ("outcome", "bigint"),
]


@pytest.fixture
def diabetes(tmp_path):
    """The public table where it is at hand, else a made one with its columns."""
    if PIMA.exists():
        return PIMA
    draw = random.Random(0)
    lines = [HEADER]
    for row in range(300):
        whole = [draw.randrange(top) for top in (15, 200, 120, 60, 500)]
        real = [round(draw.uniform(18, 50), 1), round(draw.uniform(0.1, 2), 3)]
        lines.append(",".join(map(str, [row, *whole, *real, draw.randrange(20, 80), row % 2])))
    path = tmp_path / "diabetes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def parameters(tradeoff):
    return (
        "TransformType=FIND_MATCHES,FindMatchesParameters={PrimaryKeyColumnName=recordid,"
        f"PrecisionRecallTradeoff={tradeoff},AccuracyCostTradeoff=0.5}}"
    )


def run(aws, transform, operation, *words):
    """Start a task run by the CLI and see it succeed."""
    started = aws("glue", operation, "--transform-id", transform, *words)["TaskRunId"]
    get = ("glue", "get-ml-task-run", "--transform-id", transform, "--task-run-id", started)

    def answered():
        answer = aws(*get)
        return None if answer["Status"] in {"STARTING", "RUNNING"} else answer

    ended = until(answered, operation)
    assert ended["Status"] == "SUCCEEDED", ended
    return ended


def metrics(aws, transform):
    answer = aws("glue", "get-ml-transform", "--transform-id", transform)
    return answer["EvaluationMetrics"]["FindMatchesMetrics"]


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def fill_labels(path):
    """A person's answers: with nothing to know, whoever has had few children is one group."""
    rows = rows_of(path)
    for _, members in groupby(rows, key=lambda row: row["labeling_set_id"]):
        for place, row in enumerate(members):
            row["label"] = "A" if place < 2 else "BCD"[int(row["pregnancies"]) % 3]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def test_the_whole_job_by_aws_cli_commands_alone(aws, diabetes, tmp_path):
    aws.program("s3", "mb", "s3://pima-data")
    aws("s3", "mb", "s3://pima-labels")
    aws("s3", "cp", str(diabetes), "s3://pima-data/diabetes.csv")

    aws("glue", "create-crawler", "--name", "pima", "--role", "anyone", "--database-name", "pima",
        "--targets", "S3Targets=[{Path=s3://pima-data/diabetes.csv}]")  # fmt: skip
    aws.program("glue", "start-crawler", "--name", "pima")
    look = lambda: aws("glue", "get-crawler", "--name", "pima")["Crawler"]
    until(lambda: look()["State"] == "READY", "the end of the crawl")
    assert look()["LastCrawl"]["Status"] == "SUCCEEDED"

    get_table = ("glue", "get-table", "--database-name", "pima", "--name", "diabetes_csv")
    table = aws(*get_table)["Table"]
    found = [(c["Name"], c["Type"]) for c in table["StorageDescriptor"]["Columns"]]
    assert found == COLUMNS
    assert table["Parameters"]["classification"] == "csv"
    assert table["StorageDescriptor"]["Location"] == "s3://pima-data/diabetes.csv"

    transform = aws("glue", "create-ml-transform", "--name", "pima", "--role", "anyone",
        "--input-record-tables", "DatabaseName=pima,TableName=diabetes_csv",
        "--parameters", parameters(0.5),
        "--worker-type", "G.2X", "--number-of-workers", "10")["TransformId"]  # fmt: skip

    run(aws, transform, "start-ml-labeling-set-generation-task-run",
        "--output-s3-path", "s3://pima-labels/questions/")  # fmt: skip
    listing = aws("s3api", "list-objects-v2", "--bucket", "pima-labels", "--prefix", "questions/")
    (generated,) = [item["Key"] for item in listing["Contents"]]
    assert generated.startswith(f"questions/{transform}_labeling_set_")
    file = tmp_path / "labels.csv"
    aws("s3", "cp", f"s3://pima-labels/{generated}", str(file))
    labelled = fill_labels(file)
    assert 80 <= labelled <= 120
    aws("s3", "cp", str(file), "s3://pima-labels/answers/labels.csv")

    run(aws, transform, "start-import-labels-task-run",
        "--input-s3-path", "s3://pima-labels/answers/labels.csv")  # fmt: skip
    state = aws("glue", "get-ml-transform", "--transform-id", transform)
    assert (state["Status"], state["LabelCount"]) == ("READY", labelled)

    run(aws, transform, "start-ml-evaluation-task-run")
    even = metrics(aws, transform)
    aws("glue", "update-ml-transform", "--transform-id", transform, "--parameters", parameters(0.9))
    ended = run(aws, transform, "start-ml-evaluation-task-run")
    careful = metrics(aws, transform)
    assert sum(even["ConfusionMatrix"].values()) == sum(careful["ConfusionMatrix"].values())
    assert careful["Recall"] <= even["Recall"]
    assert 0 <= careful["AreaUnderPRCurve"] <= 1
    importances = [c["Importance"] for c in careful["ColumnImportances"]]
    assert importances == sorted(importances, reverse=True)
    assert sum(importances) == pytest.approx(1)

    run(aws, transform, "start-export-labels-task-run", "--output-s3-path", "s3://pima-labels/out/")
    listing = aws("s3api", "list-objects-v2", "--bucket", "pima-labels", "--prefix", "out/")
    (exported,) = [item["Key"] for item in listing["Contents"]]
    assert f"{transform}_labels_" in exported
    copy = tmp_path / "exported.csv"
    aws("s3", "cp", f"s3://pima-labels/{exported}", str(copy))
    assert len(rows_of(copy)) == labelled

    events = aws("logs", "get-log-events", "--log-group-name", ended["LogGroupName"],
        "--log-stream-name", ended["TaskRunId"])["events"]  # fmt: skip
    assert events
