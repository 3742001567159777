"""What contract tests share: a Glue client of an account that no other test uses."""

import gc
import warnings
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from database_servers import furnished, mariadb, missing_programs
from processes import fork_server
from small_disks import mounted

from gluematch.models.tasks import worker

_accounts = count(310000000000)


@pytest.fixture
def account():
    """The 12 digits of an account that is this test's alone."""
    return str(next(_accounts))


@pytest.fixture
def glue(gluematch_server, account):
    """A boto3 client of Glue in `account`, us-east-1."""
    return gluematch_server.client("glue", account=account)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own with 4 MB."""
    with mounted(tmp_path / "disk") as where:
        yield where


@pytest.fixture(scope="session")
def other_forks(gluematch_server):
    """The fork server of `gluematch_server`, known before a test's own server has one."""
    return {fork_server()}


@pytest.fixture(scope="module")
def no_engine(gluematch_server):
    """Servers that begin meanwhile, but not the common one, load what crawls and scripts need, and
    no engine: in a second less they are as ready for those."""
    kept = [name for name in worker.MODULES if name.endswith((".crawling", ".scripts"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "MODULES", kept)
        yield


@pytest.fixture(scope="session")
def spark():
    """Spark in this process, one for all tests of a worker."""
    from pyspark.sql import SparkSession

    from gluematch.models.jobs.spark import variables

    quick = {
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g",
        "spark.python.daemon.module": "gluematch.models.matching_on_spark.python_daemon",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables("2", quick).items():
            patch.setenv(name, value)
        session = SparkSession.builder.getOrCreate()
        yield session
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            session.stop()
            gc.collect()


@pytest.fixture(scope="session")
def databases(request):
    """By engine: a server, or what to install for it."""
    lacking = missing_programs()
    with TemporaryDirectory(prefix="gluematch-") as folder, ExitStack() as stack:
        place = Path(folder)
        place.chmod(0o711)
        found = dict(lacking)
        if "mariadb" not in lacking:
            found["mariadb"] = stack.enter_context(mariadb(place))
        if "postgresql" not in lacking:
            found["postgresql"] = furnished(request.getfixturevalue("postgresql_server"))
        yield found
