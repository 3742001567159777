"""Tables of real PostgreSQL and MariaDB servers, read and written by scripts."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from classroom import Classroom, table_input
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows

from gluematch.models.datasets.jdbc import DatabaseError

pytestmark = PYSPARK_LEAVES_SOCKETS
KINDS = (
    "id int, many bigint, price decimal(12,3), score double, ok boolean, name string, due date,"
    " at timestamp, raw binary, tags array<string>"
)
ROWS = [
    (
        *(1, 2**40, Decimal("1.500"), 0.1, True, "Ann, née Ä", date(2020, 2, 29)),
        *(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), bytearray(b"\x00x"), ["a", "b"]),
    ),
    (2, None, None, None, None, None, None, None, None, None),
    *((n, n, Decimal(n), float(n), False, f"name {n}", None, None, None, []) for n in range(3, 40)),
]


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


@pytest.fixture(params=["postgresql", "mariadb"])
def place(request, room, databases):
    """How a script names a database that it may write to; the connection `link` leads there."""
    database = databases[request.param]
    if isinstance(database, str):
        pytest.skip(f"no server: {database}")
    name = "bench" if request.param == "postgresql" else "written"
    url = f"jdbc:{request.param}://127.0.0.1:{database.port}/{name}"
    properties = {"JDBC_CONNECTION_URL": url, "USERNAME": "writer", "PASSWORD": database.password}
    link = {"Name": "link", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    room.glue.create_connection(ConnectionInput=link)
    yield request.param, {"url": url, "user": "writer", "password": database.password}
    room.glue.delete_connection(ConnectionName="link")


def test_a_table_is_written_and_read_again(desk, room, place):
    from awsglue.dynamicframe import DynamicFrame

    engine, how = place
    table = "written.Things" if engine == "postgresql" else "Things"
    made = DynamicFrame.fromDF(desk.spark.createDataFrame(ROWS, KINDS), desk.glue, "made")
    desk.glue.write_dynamic_frame.from_options(made, engine, {**how, "dbtable": table})
    one = DynamicFrame.fromDF(made.toDF().where("id = 1"), desk.glue, "one")
    desk.glue.write_dynamic_frame.from_jdbc_conf(
        one, catalog_connection="link", connection_options={"dbtable": table}
    )
    described = table_input("things", [("id", "int")], f"{how['url'].rpartition('/')[2]}.{table}")
    described["Parameters"] = {"classification": engine, "connectionName": "link"}
    room.glue.create_table(DatabaseName="db", TableInput=described | {"Name": f"of_{engine}"})
    shared = {"hashfield": "id", "hashpartitions": "3"}
    whole = desk.glue.create_dynamic_frame.from_options(engine, {**how, "dbtable": table})
    parts = desk.glue.create_dynamic_frame.from_catalog(
        database="db", table_name=f"of_{engine}", additional_options=shared
    )
    assert (whole.getNumPartitions(), parts.getNumPartitions()) == (1, 3)
    found = sorted(rows(whole), key=lambda row: row["id"])
    assert sorted(rows(parts), key=lambda row: row["id"]) == found
    assert [row["id"] for row in found] == [1, *range(1, 40)]
    first, second = found[1:3]
    assert first == {
        **dict(zip(made.toDF().columns, ROWS[0], strict=True)),
        "at": ROWS[0][7].replace(tzinfo=None),
        "tags": '["a", "b"]',
    }
    assert set(second.values()) == {2, None}
    with pytest.raises(DatabaseError, match="The database has no table none"):
        desk.glue.create_dynamic_frame.from_options(
            "jdbc", {"connectionName": "link", "dbtable": "none"}
        )
    wrong = {**how, "password": "not this", "dbtable": table}
    with pytest.raises(DatabaseError) as refused:
        desk.glue.create_dynamic_frame.from_options(engine, wrong)
    assert "not this" not in str(refused.value)
