"""How long the wire takes: reading requests, writing the answer of 100 tables with 20 columns.

    .venv/bin/python scripts/bench_wire.py

Prints the median of many rounds for each step, in milliseconds.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gluematch.server.protocol import parser, serializer, spec
from gluematch.server.testing import GlueServer

ROUNDS = 200
AT = datetime(2026, 11, 22, 12, 0, 0, 255000, tzinfo=UTC)


def table(number: int) -> dict[str, Any]:
    """A table as GetTables answers it."""
    columns = [{"Name": f"column_{n}", "Type": "string", "Comment": "text"} for n in range(20)]
    return {
        "Name": f"table_{number}",
        "DatabaseName": "bench",
        "CreateTime": AT,
        "UpdateTime": AT,
        "Retention": 0,
        "StorageDescriptor": {
            "Columns": columns,
            "Location": f"s3://bucket/table_{number}/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"SerializationLibrary": "x", "Parameters": {"field.delim": ","}},
            "Parameters": {"classification": "csv", "recordCount": "1000"},
        },
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "recordCount": "1000"},
    }


def median(step: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Milliseconds."""
    step()
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        step()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def tell(what: str, milliseconds: float) -> None:
    print(f"{what:56} {milliseconds:8.3f} ms")


def main() -> None:
    """Measure and print."""
    get_tables = spec.operation("GetTables")
    answer = {"TableList": [table(number) for number in range(100)]}
    size = len(serializer.serialize(get_tables, answer))
    write = median(lambda: serializer.serialize(get_tables, answer))
    tell(f"serialize GetTables: 100 tables, {size // 1000} kB", write)

    create = spec.operation("CreateTable")
    made = table(0)
    wanted = create.input.members["TableInput"].members  # type: ignore[union-attr]  # it has one
    body = {name: value for name, value in made.items() if name in wanted and name != "CreateTime"}
    request = json.dumps({"DatabaseName": "bench", "TableInput": body}).encode()
    tell(
        "parse and validate CreateTable: 20 columns", median(lambda: parser.parse(create, request))
    )

    small = b'{"TransformId": "tfm-0123456789"}'
    get = spec.operation("GetMLTransform")
    tell("parse and validate GetMLTransform", median(lambda: parser.parse(get, small)))

    with GlueServer(strict=False) as server:
        glue = server.client("glue")
        glue.create_database(DatabaseInput={"Name": "bench"})
        for number in range(100):
            glue.create_table(DatabaseName="bench", TableInput=body | {"Name": f"t{number}"})
        tell("boto3 get_database, whole way", median(lambda: glue.get_database(Name="bench")))
        page = lambda: glue.get_tables(DatabaseName="bench")  # noqa: E731
        tell("boto3 get_tables: 100 tables, whole way", median(page, 30))


if __name__ == "__main__":
    main()
