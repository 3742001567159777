"""One table's rows in every format and compression, written by libraries that are not ours."""

import bz2
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import fastavro
import lz4.frame
import pyarrow as pa
import pyarrow.parquet as pq
from amazon.ion import simpleion
from lxml import etree
from pyarrow import orc

ROWS: list[dict[str, Any]] = [
    {"Id": 1, "Name": "Ann, née Ä", "Height": 1.75, "Tall": True},
    {"Id": 2, "Name": "Bob", "Height": 1.5, "Tall": False},
    {"Id": 3, "Name": "Cid", "Height": 2.25, "Tall": True},
]

AVRO_SCHEMA = {
    "type": "record",
    "name": "person",
    "fields": [
        {"name": "Id", "type": "int"},
        {"name": "Name", "type": ["null", "string"]},
        {"name": "Height", "type": "double"},
        {"name": "Tall", "type": "boolean"},
    ],
}


def csv(delimiter: str = ",") -> bytes:
    lines = [delimiter.join(ROWS[0])]
    for row in ROWS:
        cells = [str(row["Id"]), f'"{row["Name"]}"', str(row["Height"]), str(row["Tall"]).upper()]
        lines.append(delimiter.join(cells))
    return ("\n".join(lines) + "\n").encode()


def json_lines() -> bytes:
    return "\n".join(json.dumps(row) for row in ROWS).encode()


def arrow() -> pa.Table:
    table = pa.Table.from_pylist(ROWS)
    return table.set_column(0, "Id", table["Id"].cast(pa.int32()))


def parquet(codec: str = "snappy") -> bytes:
    sink = io.BytesIO()
    pq.write_table(arrow(), sink, compression=codec)
    return sink.getvalue()


def orc_file(codec: str = "zlib") -> bytes:
    sink = io.BytesIO()
    orc.write_table(arrow(), sink, compression=codec)
    return sink.getvalue()


def avro(codec: str = "deflate") -> bytes:
    sink = io.BytesIO()
    fastavro.writer(sink, fastavro.parse_schema(AVRO_SCHEMA), ROWS, codec=codec)
    return sink.getvalue()


def ion(*, binary: bool) -> bytes:
    written = simpleion.dumps(ROWS, binary=binary, sequence_as_stream=True)
    return written if isinstance(written, bytes) else written.encode()


def xml() -> bytes:
    root = etree.Element("people")
    for row in ROWS:
        person = etree.SubElement(root, "person", {"Id": str(row["Id"])})
        for name in ("Name", "Height", "Tall"):
            etree.SubElement(person, name).text = str(row[name])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", data)
    return sink.getvalue()


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


def snappy_framed(data: bytes) -> bytes:
    """By the framing format's description; readers may pass over its checksums."""
    parts = [b"\xff\x06\x00\x00sNaPpY"]
    for start in range(0, len(data), 65_536):
        block = b"\0\0\0\0" + bytes(pa.Codec("snappy").compress(data[start : start + 65_536]))
        parts.append(b"\0" + len(block).to_bytes(3, "little") + block)
    return b"".join(parts)


def snappy_of_hadoop(data: bytes) -> bytes:
    """As Hadoop's BlockCompressorStream writes: sizes in front, the highest byte first."""
    parts = []
    for start in range(0, len(data), 262_144):
        plain = data[start : start + 262_144]
        block = bytes(pa.Codec("snappy").compress(plain))
        parts.append(struct.pack(">II", len(plain), len(block)) + block)
    return b"".join(parts)


COMPRESSIONS: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gz": ("gzip", gzip.compress),
    "two.gz": ("gzip", lambda data: gzip.compress(data[:40]) + gzip.compress(data[40:])),
    "bz2": ("bzip2", bz2.compress),
    "zip": ("zip", zipped),
    "lz4": ("lz4", lz4.frame.compress),
    "zst": ("zstd", zstd),
    "snappy": ("snappy", snappy_framed),
    "hadoop.snappy": ("snappy", snappy_of_hadoop),
}
"""By extension: the name that tables bear, and who compresses."""

LOGS: Mapping[str, tuple[str, str]] = {
    "combined_apache": (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 '
        '"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n'
        '::1 - - [11/Oct/2000:13:55:36 -0700] "POST /a?b=c HTTP/1.1" 404 - "-" "curl/7"\n',
        "clientip ident auth timestamp verb request httpversion rawrequest response bytes "
        "referrer agent",
    ),
    "apache": (
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326\n'
        'host.example - - [11/Oct/2000:13:55:36 -0700] "-" 408 0\n',
        "clientip ident auth timestamp verb request httpversion rawrequest response bytes",
    ),
    "linux_kernel": (
        "Feb  1 06:25:43 web-1 kernel: [    0.000000] Linux version 6.1.0\n"
        "Feb 11 06:25:44 web-1 kernel: [12345.678901] eth0: link up\n",
        "timestamp logsource uptime message",
    ),
    "microsoft_log": (
        "192.168.114.201, -, 03/20/01, 7:55:20, W3SVC2, SERVER, 172.21.13.45, 4502, 163, 3223, "
        "200, 0, GET, /DeptLogo.gif, -,\n",
        "c_ip cs_username date time s_sitename s_computername s_ip time_taken cs_bytes sc_bytes "
        "sc_status sc_win32_status cs_method cs_uri_stem cs_uri_query",
    ),
    "ruby_logger": (
        "# Logfile created on 2024-01-01 00:00:00 +0000 by logger.rb/v1.6\n"
        "I, [2024-01-01T00:00:00.123456 #4242]  INFO -- main: started\n"
        "E, [2024-01-01T00:00:01.123456 #4242] ERROR -- : it failed, alas\n",
        "timestamp pid loglevel progname message",
    ),
    "squid": (
        "1286536309.106    921 192.168.0.68 TCP_MISS/200 507 POST http://rcv-srv37.example.com/ - "
        "DIRECT/66.102.11.104 text/html\n"
        "1286536310.450      1 192.168.0.227 TCP_DENIED/407 2864 CONNECT a.example.com:443 - "
        "NONE/- text/html\n",
        "timestamp duration client_address cache_result status_code bytes request_method url user "
        "hierarchy_code server content_type",
    ),
    "redismonlog": (
        '1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\n'
        '1339518087.877697 [0 127.0.0.1:60866] "dbsize"\n',
        "timestamp database client command params",
    ),
    "redislog": (
        "[4018] 14 Nov 07:01:22.119 * Background saving terminated with success\n"
        "4018:M 14 Nov 2024 07:01:23.119 # Server initialized\n",
        "pid role timestamp level message",
    ),
}
"""By classification: lines as the programs' manuals show them, and the columns."""
