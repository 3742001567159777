"""Files with one wrong byte, wherever it is: read, or refused in words that quote no record."""

import io
import itertools
import json
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest

from gluematch.models.datasets import avro, ion, xml_rows
from gluematch.models.datasets.errors import FormatError
from gluematch.models.datasets.footers import orc_footer_of, parquet_footer_of
from gluematch.models.datasets.formats import read_frame

NAME, KEY = "Kowalczyk", "12345678-1234-5678-1234-567812345678"
SECRETS = (NAME[:5], NAME[-5:], KEY[:8], KEY[-8:])
ROWS = [{"id": n, "name": NAME, "key": KEY} for n in range(3)]
SCHEMA = {
    "type": "record",
    "name": "person",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "name", "type": "string"},
        {"name": "key", "type": {"type": "string", "logicalType": "uuid"}},
        {
            "name": "debt",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2},
        },
    ],
}


class Shelf:
    """An object store that holds one object."""

    def __init__(self, data):
        self.data = data

    def read(self, uri):
        return self.data

    def open(self, uri):
        return io.BytesIO(self.data)


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def of_avro():
    rows = [{**row, "debt": Decimal("1.25")} for row in ROWS]
    return written(lambda file: fastavro.writer(file, SCHEMA, rows))


TABLE = pa.Table.from_pylist(ROWS)
PARQUET = written(lambda file: pa.parquet.write_table(TABLE, file, compression="none"))
ORC = written(lambda file: pa.orc.write_table(TABLE, file))
XML = "".join(f'<p id="{n}"><name>{NAME}</name><key>{KEY}</key></p>' for n in range(3))

READERS = {
    "csv": (
        b"id,name,key\n" + b"".join(f'{n},"{NAME}",{KEY}\n'.encode() for n in range(3)),
        lambda data: read_frame(Shelf(data), "s3://b/k", "csv"),
    ),
    "json": (
        b"\n".join(json.dumps(row).encode() for row in ROWS),
        lambda data: read_frame(Shelf(data), "s3://b/k", "json"),
    ),
    "parquet": (PARQUET, lambda data: read_frame(Shelf(data), "s3://b/k", "parquet")),
    "orc": (ORC, lambda data: read_frame(Shelf(data), "s3://b/k", "orc")),
    "parquet footer": (PARQUET, lambda data: parquet_footer_of(io.BytesIO(data), "s3://b/k")),
    "orc footer": (ORC, lambda data: orc_footer_of(io.BytesIO(data), "s3://b/k")),
    "avro": (of_avro(), lambda data: list(avro.records(data))),
    "avro header": (of_avro(), avro.header),
    "ion": (
        "\n".join(f"{{id: {n}, name: \"{NAME}\", key: '{KEY}'}}" for n in range(3)).encode(),
        lambda data: list(ion.values(data)),
    ),
    "xml": (f"<all>{XML}</all>".encode(), lambda data: list(xml_rows.rows(data, "p"))),
}


@pytest.mark.parametrize("form", READERS)
def test_a_wrong_byte_is_refused_without_quoting_a_record(form):
    data, read = READERS[form]
    refusals = []
    for at, wrong in itertools.product(range(len(data)), (b"\xff", b"Z")):
        try:
            read(data[:at] + wrong + data[at + 1 :])
        except FormatError as error:
            refusals.append(str(error))
    assert refusals
    assert [told for told in refusals if any(secret in told for secret in SECRETS)] == []
