"""Job bookmarks in scripts: a run reads what the runs before it have not."""

import pytest
from classroom import Classroom, table_input
from desk import PYSPARK_LEAVES_SOCKETS, desk_of, rows
from foreman import Foreman

pytestmark = PYSPARK_LEAVES_SOCKETS
ON = {"job_bookmark_option": "job-bookmark-enable"}


@pytest.fixture(scope="module")
def room(gluematch_server):
    return Classroom(gluematch_server)


@pytest.fixture(scope="module")
def desk(room, spark):
    yield from desk_of(room, spark)


@pytest.fixture(scope="module")
def foreman(gluematch_server, room):
    """A job of the room's account, whose runs the tests stand in for."""
    found = Foreman(gluematch_server, account=room.account)
    found.job("print('stood in for')")
    return found


@pytest.fixture
def table(room, request):
    """An empty table of the test's own."""
    name = request.node.name[:40]
    described = table_input(name, [("id", "string")], f"s3://{room.bucket}/{name}/")
    room.glue.create_table(DatabaseName="db", TableInput=described)
    return name


def read(desk, foreman, table, options=ON, *, commit=True, context="source"):
    """What a script reads of the table in a run of the job."""
    from awsglue.job import Job

    glue = desk.begin("job", foreman.run()["Id"])
    job = Job(glue)
    job.init("job", options)
    frame = glue.create_dynamic_frame.from_catalog(
        database="db", table_name=table, transformation_ctx=context
    )
    found = sorted(int(row["id"]) for row in rows(frame))
    if commit:
        job.commit()
    return found


def test_a_run_reads_only_new_objects(desk, room, foreman, table):
    room.put(f"{table}/a.csv", "id\n1\n")
    assert read(desk, foreman, table, commit=False) == [1]
    assert read(desk, foreman, table) == [1]
    assert read(desk, foreman, table) == []
    room.put(f"{table}/b.csv", "id\n2\n")
    assert read(desk, foreman, table, {"job_bookmark_option": "job-bookmark-pause"}) == [2]
    assert read(desk, foreman, table, {}) == [1, 2]
    assert read(desk, foreman, table) == [2]
    assert foreman.glue.get_job_bookmark(JobName="job")["JobBookmarkEntry"]["Run"] == 3
    foreman.glue.reset_job_bookmark(JobName="job")
    assert read(desk, foreman, table) == [1, 2]


def test_each_context_has_a_bookmark_and_none_has_none(desk, room, foreman, table):
    room.put(f"{table}/a.csv", "id\n1\n")
    assert read(desk, foreman, table, context="one") == [1]
    assert read(desk, foreman, table, context="two") == [1]
    assert read(desk, foreman, table, context="one") == []
    assert read(desk, foreman, table, context="") == [1]
