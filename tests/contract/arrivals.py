"""Two tables for FindIncrementalMatches: rows that were matched before, and rows that are new."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from classroom import COLUMNS, Classroom, csv_text, table_input

Row = dict[str, str]


@dataclass(frozen=True)
class Arrivals:
    """The rows of the tables `matched` and `arrivals` of the room, as they were written."""

    room: Classroom
    matched: list[Row]
    new: list[Row]

    def check(self, folder: str) -> None:
        """That Parquet in `folder` has all rows, and the old ones under their old ids."""
        listed = self.room.s3.list_objects_v2(Bucket=self.room.bucket, Prefix=folder)["Contents"]
        parts = [pq.read_table(io.BytesIO(self.room.read(one["Key"]))) for one in listed]
        found: dict[int, Any] = {row["id"]: row for row in pa.concat_tables(parts).to_pylist()}
        assert sorted(found) == sorted(int(row["id"]) for row in (*self.matched, *self.new))
        for row in self.matched:
            assert found[int(row["id"])]["match_id"] == int(row["match_id"])
        for row in self.new:
            assert 0 <= found[int(row["id"])]["match_confidence_score"] <= 1
            assert found[int(row["id"])]["last"] == row["last"]


def arrivals(room: Classroom, transform: str) -> Arrivals:
    """The room's people, matched by the server; the last ten of them are taken for new."""
    body = {"TransformId": transform, "OutputS3Path": f"s3://{room.bucket}/before/"}
    room.succeeded(transform, room.post("find-matches", body)[1]["TaskRunId"])
    (text,) = room.objects("before/").values()
    rows = list(csv.DictReader(io.StringIO(text)))
    found = Arrivals(room, rows[:-10], rows[-10:])
    for table, columns, some in (
        ("matched", [*COLUMNS, ("match_id", "bigint")], found.matched),
        ("arrivals", COLUMNS, found.new),
    ):
        names = [name for name, _ in columns]
        room.put(
            f"{table}/{table}.csv", csv_text([names, *([row[n] for n in names] for row in some)])
        )
        described = table_input(table, columns, f"s3://{room.bucket}/{table}/")
        room.glue.create_table(DatabaseName="db", TableInput=described)
    return found
