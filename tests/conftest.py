"""What every test may use: an AWS CLI that talks to the server, and no AWS settings of the user."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from unmeasured import environment

DEAR = pytest.mark.xdist_group("dear")
"""Tests that share what is dear to start, real database servers and Spark: one worker has it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--store=postgresql` runs all that `gluematch_server` is asked on a real PostgreSQL."""
    parser.addoption("--store", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marks; and let the processes that tests start hear Control-C, even where the
    tests themselves were started in the background, which ignores it."""
    config.addinivalue_line("markers", "both_stores: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "cluster: takes minutes of Spark, for `make cluster` only")
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """Look for no garbage while modules are loaded and tests are found: what is made stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run on several workers, one alone starts Spark."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(DEAR)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Any:
    """Do not trace, for coverage, the thread of a test that is only a client: it runs boto3 and
    none of our lines, at nearly twice the price. The server's threads are traced all the same."""
    tracer = sys.gettrace()
    if _is_only_a_client(item):
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


def _is_only_a_client(test: pytest.Function) -> bool:
    """Whether a test reaches our code by a server alone, as far as the names of its module tell."""
    if not set(test.path.parts) & {"contract", "conformance", "journeys"}:
        return False
    names = vars(test.module).values()
    homes = {str(getattr(value, "__module__", getattr(value, "__name__", ""))) for value in names}
    ours = {home for home in homes if home.startswith("gluematch.")}
    return "spark" not in test.fixturenames and ours <= {"gluematch.server.testing"}


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Credentials, profiles and regions of the machine do not reach a test."""
    nowhere = tmp_path_factory.mktemp("aws") / "none"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "GLUEMATCH_"))]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Any:
    """A real PostgreSQL server, one for all tests of a worker."""
    from database_servers import missing_programs, postgresql

    lacking = missing_programs()
    if "postgresql" in lacking:
        pytest.skip(f"no server to keep a catalog: {lacking['postgresql']}")
    with TemporaryDirectory(prefix="gluematch-") as folder:
        place = Path(folder)
        place.chmod(0o711)
        with postgresql(place) as server:
            yield server


@pytest.fixture(scope="session")
def _catalog_url(postgresql_server: Any) -> str:
    """The URL of a database that tests of the catalog use one after the other."""
    url: str = postgresql_server.database()
    return url


@pytest.fixture
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Opens one and the same empty catalog, again and again; its parameter is the kind of store."""
    from gluematch.models.catalog.emptying import empty
    from gluematch.models.catalog.store import open_catalog, open_database

    opened = []
    url = request.getfixturevalue("_catalog_url") if request.param == "postgresql" else ""

    def open_one() -> Any:
        made = open_database(url) if url else open_catalog(tmp_path / "catalog.db", durable=False)
        opened.append(made)
        return made

    if url:
        empty(open_one())
    yield open_one
    for catalog in opened:
        catalog.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of the catalog run on the store that was asked for, those marked so on both."""
    if "open_store" in metafunc.fixturenames:
        stores = [metafunc.config.getoption("--store")]
        if any(mark.name == "both_stores" for mark in metafunc.definition.iter_markers()):
            stores = ["sqlite", "postgresql"]
        kinds = [pytest.param(one, marks=DEAR if one == "postgresql" else ()) for one in stores]
        metafunc.parametrize("open_store", kinds, indirect=True)


@pytest.fixture(scope="session")
def gluematch_server(request: pytest.FixtureRequest) -> Any:
    """The fixture that users have, but strict: an answer that does not fit the model is a 500."""
    from gluematch.server.testing import GlueServer

    url = None
    if request.config.getoption("--store") == "postgresql":
        url = request.getfixturevalue("postgresql_server").database()
    with GlueServer(strict=True, database_url=url) as server:
        yield server


@dataclass
class AwsCli:
    """The AWS CLI, version 1."""

    url: str
    environment: dict[str, str]

    @cached_property
    def _driver(self) -> Any:
        """What the program makes at its start: the models of services are read but once."""
        from awscli.clidriver import create_clidriver

        return create_clidriver()

    def __call__(self, *words: str) -> Any:
        """Run `aws WORDS` in this process, which spares a second of loading; what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            code = self._driver.main(["--endpoint-url", self.url, *words])
        assert code == 0, f"aws {' '.join(words)}: {err.getvalue()}"
        return _printed(out.getvalue())

    def program(self, *words: str) -> Any:
        """Run `aws WORDS` as a program of its own; what it printed."""
        program = Path(sys.executable).with_name("aws")
        command = [str(program), "--endpoint-url", self.url, *words]
        given = {**environment(), **self.environment}
        done = subprocess.run(command, env=given, capture_output=True, text=True)
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.stderr}"
        return _printed(done.stdout)


def _printed(text: str) -> Any:
    """The JSON that the CLI printed, or its text."""
    return json.loads(text) if text.startswith(("{", "[")) else text


@pytest.fixture(scope="session")
def aws(gluematch_server: Any) -> AwsCli:
    """The AWS CLI, pointed at the server of the tests."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_DEFAULT_OUTPUT": "json",
    }
    return AwsCli(gluematch_server.url, environment)
