"""Labels through boto3: sets that are generated, files that are imported, and exports."""

import re

import pytest
from classroom import COLUMNS, Classroom, csv_rows, csv_text, refusal

from gluematch.server.testing import GlueServer

HEADER = ["labeling_set_id", "label", *(name for name, _ in COLUMNS)]
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d{2}-\d{2}_\d{2}_\d{2}_\d{2}"


@pytest.fixture(scope="module")
def room(gluematch_server: GlueServer) -> Classroom:
    return Classroom(gluematch_server)


@pytest.fixture
def transform(room: Classroom) -> str:
    return room.transform()


@pytest.fixture(scope="module")
def pair(room: Classroom) -> str:
    """A transform with one labelled pair, for tests that change nothing."""
    made = room.transform()
    room.imported(made, room.labels(("s1", "A", 1), ("s1", "A", 2)))
    return made


def state(room: Classroom, transform: str) -> tuple[str, int]:
    found = room.glue.get_ml_transform(TransformId=transform)
    return found["Status"], found["LabelCount"]


def exported(room: Classroom, transform: str) -> list[list[str]]:
    """The rows of an export of the transform's labels, header first."""
    folder = f"exports/{transform}"
    before = room.objects(folder)
    started = room.glue.start_export_labels_task_run(
        TransformId=transform, OutputS3Path=f"s3://{room.bucket}/{folder}"
    )
    room.succeeded(transform, started["TaskRunId"])
    after = room.objects(folder)
    (fresh,) = after.keys() - before.keys()
    return csv_rows(after[fresh])


def test_a_generated_set_asks_about_a_hundred_rows_in_ten_sets(
    room: Classroom, transform: str
) -> None:
    rows = room.generate(transform, f"generated-{transform}")
    assert rows[0] == HEADER
    sets: dict[str, list[list[str]]] = {}
    for row in rows[1:]:
        sets.setdefault(row[0], []).append(row)
    assert all(re.fullmatch(UUID, set_id) for set_id in sets)
    assert 8 <= len(sets) <= 12
    assert 80 <= len(rows) - 1 <= 120
    assert {row[1] for row in rows[1:]} == {""}
    known = {person.cells for person in room.rows}
    assert {tuple(row[2:]) for row in rows[1:]} <= known
    (key,) = room.objects(f"generated-{transform}/")
    assert re.fullmatch(f"generated-{transform}/{transform}_labeling_set_{TIME}_{UUID}[.]csv", key)


def test_the_first_set_has_matches_and_non_matches(room: Classroom, transform: str) -> None:
    rows = csv_rows(room.answered(room.generate(transform)))[1:]
    pairs = [
        one[1] == other[1]
        for place, one in enumerate(rows)
        for other in rows[:place]
        if one[0] == other[0]
    ]
    assert {True, False} == set(pairs)


def test_a_second_set_asks_about_other_records(gluematch_server: GlueServer) -> None:
    big = Classroom(gluematch_server, persons=150)
    transform = big.transform()
    first, second = big.generate(transform), big.generate(transform)
    asked = {row[2] for row in first[1:]}
    assert not asked & {row[2] for row in second[1:]}
    big.imported(transform, big.answered(second))
    third = big.generate(transform)
    assert not (asked | {row[2] for row in second[1:]}) & {row[2] for row in third[1:]}


def test_a_table_without_records_to_ask_about_fails_the_run(room: Classroom) -> None:
    room.add_table("lonely", room.rows[:1])
    tables = [{"DatabaseName": "db", "TableName": "lonely"}]
    transform = room.transform(InputRecordTables=tables)
    started = room.glue.start_ml_labeling_set_generation_task_run(
        TransformId=transform, OutputS3Path=f"s3://{room.bucket}/none/"
    )
    run = room.finished(transform, started["TaskRunId"])
    assert run["Status"] == "FAILED"
    assert run["ErrorString"].startswith("There is nothing to ask: of the 1 records")


def test_an_import_makes_a_transform_ready(room: Classroom, transform: str) -> None:
    assert state(room, transform) == ("NOT_READY", 0)
    text = room.lesson
    run = room.succeeded(transform, room.start_import(transform, text))
    assert state(room, transform) == ("READY", len(csv_rows(text)) - 1)
    assert run["Properties"] == {
        "TaskType": "IMPORT_LABELS",
        "ImportLabelsTaskRunProperties": {
            "InputS3Path": f"s3://{room.bucket}/answers/labels.csv",
            "Replace": False,
        },
    }


def test_one_labelled_pair_is_enough_and_a_single_row_is_not(
    room: Classroom, transform: str
) -> None:
    run_id = room.imported(transform, room.labels(("s1", "A", 1), ("s2", "A", 2)))
    assert state(room, transform) == ("NOT_READY", 2)
    assert any("nothing to learn from yet" in line for line in room.log(run_id))
    room.imported(transform, room.labels(("s1", "B", 3)))
    assert state(room, transform) == ("READY", 3)


def test_rows_without_a_label_are_skipped_and_counted(room: Classroom, transform: str) -> None:
    text = room.labels(("s1", "A", 1), ("s1", "", 2), ("s1", "B", 3), ("s2", "", 4))
    run_id = room.imported(transform, text)
    assert state(room, transform) == ("READY", 2)
    assert any("2 rows without a label were skipped" in line for line in room.log(run_id))


def test_imports_add_up_and_a_replacing_one_starts_anew(room: Classroom, transform: str) -> None:
    room.imported(transform, room.labels(("s1", "A", 1), ("s1", "A", 2)))
    room.imported(transform, room.labels(("s2", "A", 3), ("s2", "B", 4), ("s2", "B", 5)))
    assert state(room, transform) == ("READY", 5)
    room.imported(transform, room.labels(("s3", "A", 6), ("s3", "B", 7)), ReplaceAllLabels=True)
    assert state(room, transform) == ("READY", 2)
    assert [row[0] for row in exported(room, transform)[1:]] == ["s3", "s3"]


def test_replacing_by_labels_without_a_pair_forgets_what_was_learned(
    room: Classroom, transform: str
) -> None:
    room.imported(transform, room.labels(("s1", "A", 1), ("s1", "A", 2)))
    room.imported(transform, room.labels(("s1", "A", 1)), ReplaceAllLabels=True)
    assert state(room, transform) == ("NOT_READY", 1)


def test_a_set_imported_again_has_its_new_labels(room: Classroom, transform: str) -> None:
    room.imported(transform, room.labels(("s1", "A", 1), ("s1", "A", 2), ("s1", "B", 3)))
    run_id = room.imported(transform, room.labels(("s1", "B", 2), ("s1", "B", 3)))
    assert [row[:3] for row in exported(room, transform)[1:]] == [
        ["s1", "A", "1"],
        ["s1", "B", "2"],
        ["s1", "B", "3"],
    ]
    log = room.log(run_id)
    assert any("2 rows of sets imported before" in line and "1 of them" in line for line in log)
    assert any(line.startswith("1 pairs were labelled otherwise") for line in log)


def test_of_two_imports_about_one_pair_the_later_wins_and_the_log_says_so(
    room: Classroom, transform: str
) -> None:
    room.imported(transform, room.labels(("s1", "A", 1), ("s1", "A", 2), ("s1", "A", 3)))
    run_id = room.imported(transform, room.labels(("s2", "A", 1), ("s2", "B", 2)))
    log = room.log(run_id)
    assert any(line.startswith("1 pairs were labelled otherwise") for line in log)
    assert "Learned from 2 matching and 1 non-matching pairs" in log


FAULTS = {
    "wrong first columns": (["label,labeling_set_id,id,first,last,city,born"], "line 1:"),
    "missing column": (["labeling_set_id,label,id,first,last,city"], "lacks the table's column"),
    "extra column": ([",".join([*HEADER, "age"])], "has, beside the table's, column: age"),
    "short row": ([",".join(HEADER), "s1,A,1"], "line 2: 3 fields, but the header names 7"),
    "contradiction": (
        [",".join(HEADER), "s1,A,1,,,,", "s1,A,2,,,,", "s1,B,1,,,,"],
        "line 4: the record of line 2 is here again",
    ),
    "label without set": ([",".join(HEADER), ",A,1,,,,"], "line 2: a label without"),
    "nothing labelled": ([",".join(HEADER), "s1,,1,,,,"], "has no labelled row"),
    "unknown keys": ([",".join(HEADER), "s1,A,9001,,,,"], "none of the labelled records"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_cannot_be_used_fails_and_changes_nothing(
    room: Classroom, pair: str, fault: str
) -> None:
    lines, words = FAULTS[fault]
    for replace in (False, True):
        run_id = room.start_import(pair, "\n".join(lines), ReplaceAllLabels=replace)
        run = room.finished(pair, run_id)
        assert run["Status"] == "FAILED"
        assert words in run["ErrorString"]
        assert room.log(run_id)[-2] == run["ErrorString"]
    assert state(room, pair) == ("READY", 2)


def test_bytes_that_are_not_utf_8_name_their_line(room: Classroom, transform: str) -> None:
    text = room.labels(("s1", "A", 1), ("s1", "A", 2)).encode() + b"s1,A,3,J\xf6rg,,,\n"
    run = room.finished(transform, room.start_import(transform, text))
    assert run["Status"] == "FAILED"
    assert "line 4: byte 0xf6 is not UTF-8" in run["ErrorString"]


def test_windows_files_are_fine(room: Classroom, transform: str) -> None:
    text = room.labels(("s1", "A", 1), ("s1", "A", 2)).replace("\n", "\r\n")
    room.imported(transform, b"\xef\xbb\xbf" + text.encode())
    assert state(room, transform) == ("READY", 2)


def test_rows_of_records_that_are_not_in_the_table_are_kept_and_named(
    room: Classroom, transform: str
) -> None:
    text = room.labels(("s1", "A", 1), ("s1", "A", 2)) + "s1,A,9001,,,,\ns1,B,9002,,,,\n"
    run_id = room.imported(transform, text)
    assert state(room, transform) == ("READY", 4)
    log = room.log(run_id)
    assert any("2 labelled rows are kept but not used" in line for line in log)
    assert any("lines 4 and 5" in line for line in log)


def test_no_log_line_holds_a_record(room: Classroom, transform: str) -> None:
    run_id = room.imported(transform, room.lesson)  # many rows that a line could quote
    run = room.finished(transform, room.start_import(transform, room.lesson.replace(",", ";", 1)))
    text = "\n".join([*room.log(run_id), *room.log(run["TaskRunId"])])
    assert not [row for row in room.rows if row.cells[2] in text]


@pytest.mark.parametrize("path", ["labels.csv", "http://b/labels.csv", "s3://", "s3://bucket"])
def test_an_import_needs_the_path_of_an_object(room: Classroom, transform: str, path: str) -> None:
    call = room.glue.start_import_labels_task_run
    assert refusal(call, TransformId=transform, InputS3Path=path) == (
        "InvalidInputException",
        "Invalid label file path.",
    )


def test_an_import_needs_an_object_that_it_can_read(room: Classroom, transform: str) -> None:
    for path in (f"s3://{room.bucket}/nobody.csv", "s3://no-such-bucket/labels.csv"):
        call = room.glue.start_import_labels_task_run
        code, message = refusal(call, TransformId=transform, InputS3Path=path)
        assert code == "InvalidInputException"
        assert message.startswith(f"Cannot access the label file at {path}. ")


def test_an_import_refuses_an_empty_and_a_huge_file(room: Classroom, transform: str) -> None:
    call = room.glue.start_import_labels_task_run
    empty = room.put("empty.csv", "")
    assert refusal(call, TransformId=transform, InputS3Path=empty) == (
        "InvalidInputException",
        "Invalid label file of size 0.",
    )
    huge = room.put("huge.csv", b"x" * (10 * 1024 * 1024 + 1))
    assert refusal(call, TransformId=transform, InputS3Path=huge) == (
        "ResourceNumberLimitExceededException",
        "Label file has exceeded the limit of 10 MB.",
    )


def test_paths_lie_in_the_transforms_own_region(room: Classroom, pair: str) -> None:
    bucket = f"{room.bucket}-away"
    room.s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    message = (
        "S3 path provided is not in the same region as transform. "
        "Expecting region - us-east-1, but got - eu-west-1."
    )
    path = f"s3://{bucket}/labels.csv"
    for call, more in (
        (room.glue.start_import_labels_task_run, {"InputS3Path": path}),
        (room.glue.start_export_labels_task_run, {"OutputS3Path": path}),
        (room.glue.start_ml_labeling_set_generation_task_run, {"OutputS3Path": path}),
    ):
        said = refusal(call, TransformId=pair, **more)
        assert said == ("InvalidInputException", message)


@pytest.mark.parametrize("path", ["somewhere", "s3://no-such-bucket/labels"])
def test_output_needs_a_bucket_that_is_there(room: Classroom, transform: str, path: str) -> None:
    call = room.glue.start_ml_labeling_set_generation_task_run
    code, message = refusal(call, TransformId=transform, OutputS3Path=path)
    assert code == "InvalidInputException"
    assert "output path" in message


def test_an_export_is_the_import_again(room: Classroom, transform: str) -> None:
    text = room.labels(("s1", "A", 1), ("s1", 'B "or" C, D', 2), ("s2", "Ä", 3))
    room.imported(transform, text)
    rows = exported(room, transform)
    assert csv_text(rows) == text
    (key,) = room.objects(f"exports/{transform}")
    assert re.fullmatch(f"exports/{transform}/{transform}_labels_{TIME}_{UUID}[.]csv", key)
    other = room.transform()
    room.imported(other, csv_text(rows))
    assert exported(room, other) == rows


def test_there_is_nothing_to_export_before_an_import(room: Classroom, transform: str) -> None:
    call = room.glue.start_export_labels_task_run
    said = refusal(call, TransformId=transform, OutputS3Path=f"s3://{room.bucket}/x/")
    assert said == (
        "EntityNotFoundException",
        f"No labelset exists for transformId {transform} in account id {room.account}.",
    )


def test_imports_started_together_all_count(room: Classroom, transform: str) -> None:
    started = []
    for number in range(3):
        text = room.labels((f"s{number}", "A", 3 * number + 1), (f"s{number}", "B", 3 * number + 2))
        path = room.put(f"answers/{transform}-{number}.csv", text)
        answer = room.glue.start_import_labels_task_run(TransformId=transform, InputS3Path=path)
        started.append(answer["TaskRunId"])
    for run_id in started:
        room.succeeded(transform, run_id)
    assert state(room, transform) == ("READY", 6)
    assert "Learned from 0 matching and 3 non-matching pairs" in room.log(started[-1])


def test_labels_of_a_table_with_numbers_as_keys_survive_a_spreadsheet(
    room: Classroom, transform: str
) -> None:
    text = room.labels(("s1", "A", 1), ("s1", "A", 2)).replace("A,1,", "A,1.0,")
    run_id = room.imported(transform, text)
    assert any("0 not in the table" in line for line in room.log(run_id))
