"""Crawled tables read by others and by us: by their location, columns and SerDe alone."""

import awswrangler as wr
import boto3
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.json
import pytest
import samples_of_formats as samples
from prospect import Prospect, columns
from pyarrow import fs

from gluematch.models.catalog.tables import Table
from gluematch.models.datasets.access import AwsAccess
from gluematch.models.datasets.objects import ObjectStore
from gluematch.models.datasets.tables import read_table

ARROW = {
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
}
FILES = {
    "csv": samples.csv(),
    "csv_pipe": samples.csv("|"),
    "json": samples.json_lines(),
    "parquet": samples.parquet(),
    "orc": samples.orc_file(),
}
SOURCE = [{name.lower(): value for name, value in row.items()} for row in samples.ROWS]


@pytest.fixture(scope="module")
def prospect(gluematch_server):
    """A bucket that was crawled once: two objects of the same rows in each folder."""
    found = Prospect(gluematch_server)
    folders = {**FILES, **more_files()}
    found.put(**{f"{name}/{at}": data for name, data in folders.items() for at in "ab"})
    found.crawl(configuration={"Grouping": {"TableLevelConfiguration": 2}})
    return found


def more_files():
    packed = {
        f"{name}_{extension.replace('.', '_')}": pack(FILES[name])
        for extension, (_, pack) in samples.COMPRESSIONS.items()
        for name in ("csv", "json")
    }
    return {
        "avro": samples.avro(),
        "ion": samples.ion(binary=True),
        "ion_text": samples.ion(binary=False),
        "xml": samples.xml(),
        **packed,
    }


@pytest.fixture
def table(prospect, request):
    return prospect.glue.get_table(DatabaseName="db", Name=request.param)["Table"]


def named(name):
    return pytest.mark.parametrize("table", name, indirect=True)


def pyarrow_of(prospect, table):
    """The table's rows as pyarrow reads them, told no more than the catalog says."""
    store = fs.S3FileSystem(
        access_key=prospect.account,
        secret_key="test",
        endpoint_override=prospect.server.url,
        region="us-east-1",
    )
    storage = table["StorageDescriptor"]
    place = storage["Location"].removeprefix("s3://").rstrip("/")
    types = {name: ARROW[kind] for name, kind in columns(table)}
    form = table["Parameters"]["classification"]
    if form in {"parquet", "orc"}:
        read = pyarrow.dataset.dataset(place, format=form, filesystem=store).to_table()
        return read.rename_columns([name.lower() for name in read.column_names]).cast(
            pa.schema(types)
        )
    files = [one.path for one in store.get_file_info(fs.FileSelector(place))]
    if form == "json":
        names = storage["SerdeInfo"]["Parameters"]["paths"].split(",")
        schema = pa.schema([(name, types[name.lower()]) for name in names])
        options = pyarrow.json.ParseOptions(explicit_schema=schema)
        parts = [
            pyarrow.json.read_json(store.open_input_stream(file), parse_options=options)
            for file in files
        ]
        read = pa.concat_tables(parts)
        return read.rename_columns([name.lower() for name in read.column_names])
    parts = [
        pyarrow.csv.read_csv(
            store.open_input_stream(file),
            read_options=pyarrow.csv.ReadOptions(
                column_names=list(types),
                skip_rows=int(table["Parameters"]["skip.header.line.count"]),
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=storage["SerdeInfo"]["Parameters"]["field.delim"]
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types=types),
        )
        for file in files
    ]
    return pa.concat_tables(parts)


@named(FILES)
def test_pyarrow_reads_a_crawled_table_as_its_source(prospect, table):
    read = pyarrow_of(prospect, table)
    assert read.select(list(SOURCE[0])).to_pylist() == SOURCE * 2


@pytest.fixture
def wrangler(prospect, monkeypatch):
    """awswrangler with its endpoints here, and a session of the prospect's account."""
    monkeypatch.setattr(wr.config, "s3_endpoint_url", prospect.server.url)
    monkeypatch.setattr(wr.config, "glue_endpoint_url", prospect.server.url)
    yield boto3.Session(prospect.account, "test", region_name="us-east-1")
    wr.config.reset()


def wrangler_of(session, table):
    """The table's rows as awswrangler reads them, told no more than the catalog says."""
    place = {"database": "db", "table": table["Name"], "boto3_session": session}
    form = table["Parameters"]["classification"]
    if form == "parquet":
        return wr.s3.read_parquet_table(**place)
    if form == "orc":
        return wr.s3.read_orc_table(**place)
    location = wr.catalog.get_table_location(**place)
    if form == "json":
        return wr.s3.read_json(location, boto3_session=session, lines=True)
    names = list(wr.catalog.get_table_types(**place))
    delimiter = wr.catalog.get_table_parameters(**place)["delimiter"]
    return wr.s3.read_csv(
        location, boto3_session=session, sep=delimiter, names=names, header=None, skiprows=1
    )


@named(FILES)
def test_awswrangler_reads_a_crawled_table_as_its_source(wrangler, table):
    frame = wrangler_of(wrangler, table)
    frame.columns = [name.lower() for name in frame.columns]
    rows = frame[list(SOURCE[0])].astype(object).to_dict("records")
    assert rows == SOURCE * 2


@named([*FILES, *more_files()])
def test_matching_reads_a_crawled_table_as_its_source(prospect, table):
    store = ObjectStore(AwsAccess(prospect.server.url, "us-east-1", prospect.account, "test"))
    described = Table(
        database="db",
        name=table["Name"],
        document=table,
        version=0,
        created_by="",
        created=table["CreateTime"],
        updated=table["UpdateTime"],
    )
    frame = read_table(store, described).rename(columns={"_id": "id"})
    assert frame[list(SOURCE[0])].astype(object).to_dict("records") == SOURCE * 2
