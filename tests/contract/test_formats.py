"""Every format and compression that crawlers know: the table that a crawl of real files gives."""

import json

import pytest
import samples_of_formats as samples
from prospect import Prospect, columns

CSV_COLUMNS = [("id", "bigint"), ("name", "string"), ("height", "double"), ("tall", "boolean")]
TYPED_COLUMNS = [("id", "int"), ("name", "string"), ("height", "double"), ("tall", "boolean")]
HIVE = "org.apache.hadoop.hive"
TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat")
LAZY = f"{HIVE}.serde2.lazy.LazySimpleSerDe"
DELIMITERS = {"comma": ",", "pipe": "|", "tab": "\t", "semicolon": ";", "ctrl_a": "\x01"}
INNER = {
    **{f"parquet_{codec}": samples.parquet(codec) for codec in ("none", "gzip", "zstd")},
    **{f"orc_{codec}": samples.orc_file(codec) for codec in ("uncompressed", "snappy", "zlib")},
    **{f"avro_{codec}": samples.avro(codec) for codec in ("null", "deflate", "bzip2")},
}


def objects():
    """A folder for each table: alone in it, no object is put together with another."""
    yield from ((f"csv_{name}", samples.csv(sign)) for name, sign in DELIMITERS.items())
    yield from INNER.items()
    yield "json", samples.json_lines()
    yield "json_array", json.dumps(samples.ROWS).encode()
    yield "ion_text", samples.ion(binary=False)
    yield "ion_binary", samples.ion(binary=True)
    yield "xml", samples.xml()
    yield from ((name, lines.encode()) for name, (lines, _) in samples.LOGS.items())
    for extension, (_, pack) in samples.COMPRESSIONS.items():
        for name, data in packable().items():
            yield f"{name}_{extension}", pack(data)


def packable():
    return {
        "csv": samples.csv(),
        "json": samples.json_lines(),
        "xml": samples.xml(),
        "ion": samples.ion(binary=True),
        "apache": samples.LOGS["apache"][0].encode(),
    }


@pytest.fixture(scope="module")
def tables(gluematch_server):
    """The tables of one crawl over everything, each folder a table."""
    prospect = Prospect(gluematch_server)
    prospect.put(**{f"{name}/object": data for name, data in objects()})
    return prospect.crawl(configuration={"Grouping": {"TableLevelConfiguration": 2}})


def storage(table):
    descriptor = table["StorageDescriptor"]
    serde = descriptor["SerdeInfo"]
    return (
        (descriptor["InputFormat"], descriptor["OutputFormat"]),
        serde.get("SerializationLibrary"),
        serde["Parameters"],
    )


@pytest.mark.parametrize("name", DELIMITERS)
def test_csv_is_found_with_each_delimiter(tables, name):
    table = tables[f"csv_{name}"]
    assert columns(table) == CSV_COLUMNS
    assert storage(table) == (TEXT, LAZY, {"field.delim": DELIMITERS[name]})
    parameters = table["Parameters"]
    assert parameters["classification"] == "csv"
    assert parameters["delimiter"] == DELIMITERS[name]
    assert parameters["areColumnsQuoted"] == "true"
    assert parameters["skip.header.line.count"] == "1"
    assert parameters["compressionType"] == "none"
    assert parameters["recordCount"] == "3"


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_parquet_is_found_whatever_compresses_its_pages(tables, codec):
    table, parquet = tables[f"parquet_{codec}"], f"{HIVE}.ql.io.parquet"
    assert columns(table) == TYPED_COLUMNS
    formats = (f"{parquet}.MapredParquetInputFormat", f"{parquet}.MapredParquetOutputFormat")
    serde = f"{parquet}.serde.ParquetHiveSerDe"
    assert storage(table) == (formats, serde, {"serialization.format": "1"})
    assert table["Parameters"]["compressionType"] == "none"
    assert table["Parameters"]["recordCount"] == "3"


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "zlib"])
def test_orc_is_found_whatever_compresses_its_stripes(tables, codec):
    table, orc = tables[f"orc_{codec}"], f"{HIVE}.ql.io.orc"
    assert columns(table) == TYPED_COLUMNS
    assert storage(table) == (
        (f"{orc}.OrcInputFormat", f"{orc}.OrcOutputFormat"),
        f"{orc}.OrcSerde",
        {},
    )
    assert table["Parameters"]["classification"] == "orc"
    assert table["Parameters"]["recordCount"] == "3"


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2"])
def test_avro_is_found_and_its_schema_told(tables, codec):
    table, avro = tables[f"avro_{codec}"], f"{HIVE}.ql.io.avro"
    assert columns(table) == TYPED_COLUMNS
    formats, serde, parameters = storage(table)
    assert formats == (f"{avro}.AvroContainerInputFormat", f"{avro}.AvroContainerOutputFormat")
    assert serde == f"{HIVE}.serde2.avro.AvroSerDe"
    schema = json.loads(parameters["avro.schema.literal"])
    assert [field["name"] for field in schema["fields"]] == ["Id", "Name", "Height", "Tall"]
    assert parameters["serialization.format"] == "1"
    assert table["Parameters"]["avro.schema.literal"] == parameters["avro.schema.literal"]
    assert table["Parameters"]["classification"] == "avro"
    assert table["Parameters"]["recordCount"] == "3"


def test_json_lines_are_columns_and_an_array_is_one(tables):
    assert columns(tables["json"]) == TYPED_COLUMNS
    serde = "org.openx.data.jsonserde.JsonSerDe"
    assert storage(tables["json"]) == (TEXT, serde, {"paths": "Height,Id,Name,Tall"})
    struct = "struct<id:int,name:string,height:double,tall:boolean>"
    assert columns(tables["json_array"]) == [("array", f"array<{struct}>")]


@pytest.mark.parametrize("name", ["ion_text", "ion_binary"])
def test_ion_is_found_in_text_and_in_binary(tables, name):
    assert columns(tables[name]) == TYPED_COLUMNS
    ion = "com.amazon.ionhiveserde"
    formats = (f"{ion}.formats.IonInputFormat", f"{ion}.formats.IonOutputFormat")
    assert storage(tables[name]) == (formats, f"{ion}.IonHiveSerDe", {})
    assert tables[name]["Parameters"]["classification"] == "ion"


def test_xml_is_found_with_its_row_tag(tables):
    table = tables["xml"]
    assert columns(table) == [("_id", "bigint"), *CSV_COLUMNS[1:]]
    assert storage(table) == (("", ""), None, {"rowTag": "person"})
    assert table["Parameters"]["classification"] == "xml"
    assert table["Parameters"]["rowTag"] == "person"
    assert table["Parameters"]["recordCount"] == "3"


@pytest.mark.parametrize("name", samples.LOGS)
def test_logs_are_taken_apart_by_grok(tables, name):
    table = tables[name]
    assert table["Parameters"]["classification"] == name
    assert [column for column, _ in columns(table)] == samples.LOGS[name][1].split()
    formats, serde, parameters = storage(table)
    assert (formats, serde) == (TEXT, "com.amazonaws.glue.serde.GrokSerDe")
    assert "%{" in parameters["input.format"]


@pytest.mark.parametrize("extension", samples.COMPRESSIONS)
@pytest.mark.parametrize("name", packable())
def test_compression_is_seen_through(tables, name, extension):
    table = tables[f"{name}_{extension.replace('.', '_')}"]
    plain = tables[{"csv": "csv_comma", "ion": "ion_binary"}.get(name, name)]
    assert columns(table) == columns(plain)
    assert storage(table) == storage(plain)
    assert table["Parameters"]["classification"] == plain["Parameters"]["classification"]
    assert table["Parameters"]["compressionType"] == samples.COMPRESSIONS[extension][0]
    assert table["StorageDescriptor"]["Compressed"] is True
