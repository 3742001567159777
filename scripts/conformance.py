"""Run the tests of Glue, or of S3, that moto ships with its source against a server of ours.

What fails and is not argued in the suite's page of docs/ fails the run, and so does what is argued
there and passes. `scripts/conformance` installs what is needed first; words after it go to pytest.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VERSION = "5.2.5"
DOCS = Path(__file__).parent.parent / "docs"
NEEDED = ("tests/__init__.py", "tests/conftest.py", "tests/markers.py")
OF_THE_MACHINE = "It needs "  # how a reason begins that does not hold everywhere
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests of moto, the page that argues our differences, and what a server for them is told.

    `least` of them have to pass; `most` is how many differences we allow ourselves.
    """

    folder: str
    page: Path
    words: tuple[str, ...]
    least: int
    most: int
    beside: tuple[str, ...] = ()  # what its tests import of others


SUITES = {
    "glue": Suite("test_glue", DOCS / "conformance.md", ("--ephemeral",), 296 - 25, 25),
    "s3": Suite(
        "test_s3",
        DOCS / "conformance-s3.md",
        ("--allow-reset", "--services", "+config,+lambda,+tagging"),
        465,
        15,
        ("test_awslambda",),
    ),
}
"""On moto's own server 296 of Glue's pass, and 465 of S3's. S3 is tried as it is kept."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `why` is the first line of its failure."""

    test: str
    outcome: str
    why: str = ""


def main(words: Sequence[str] | None = None) -> int:
    """0 if every test passes that should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=SUITES, default="glue", help="(%(default)s)")
    parser.add_argument("--endpoint-url", help="a server that runs already and may be emptied")
    given, for_pytest = parser.parse_known_args(words)
    suite = SUITES[given.suite]
    argued = differences(suite)
    home = unpacked(suite)
    if given.endpoint_url:
        results = run(suite, home, given.endpoint_url, for_pytest)
    else:
        with server(suite) as url:
            results = run(suite, home, url, for_pytest)
    return told(suite, results, argued, whole=not for_pytest)


def differences(suite: Suite) -> dict[str, str]:
    """The tests that are argued not to have to pass, with the reasons."""
    found = dict(ROW.findall(suite.page.read_text()))
    if len(found) > suite.most:
        sys.exit(f"{len(found)} differences are more than {suite.most}: {suite.page}")
    return found


def unpacked(suite: Suite) -> Path:
    """A folder with moto's tests, fetched from the package index the first time."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
    folder = cache / "gluematch" / "conformance"
    home = folder / f"moto-{VERSION}-{suite.folder}"
    if not home.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as passing:
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            fetch += ["--no-binary", ":all:", "--dest", passing, f"moto=={VERSION}"]
            subprocess.run(fetch, check=True)
            (archive,) = Path(passing).glob("moto-*.tar.gz")
            _unpack(archive, Path(passing), suite)
            (Path(passing) / f"moto-{VERSION}").rename(home)
    return home


def _unpack(archive: Path, folder: Path, suite: Suite) -> None:
    with tarfile.open(archive) as tar:
        folders = [f"tests/{folder}/" for folder in (suite.folder, *suite.beside)]
        wanted = tuple(f"moto-{VERSION}/{name}" for name in (*NEEDED, *folders))
        members = [member for member in tar if member.name.startswith(wanted)]
        tar.extractall(folder, members, filter="data")


@contextmanager
def server(suite: Suite) -> Iterator[str]:
    """The URL of a server on a free port, ended afterwards; what it keeps is thrown away."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0", *suite.words]
    with (
        tempfile.TemporaryDirectory() as data_dir,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a line for each request
            text=True,
            env={**os.environ, "GLUEMATCH_DATA_DIR": data_dir},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            ready = re.search(r"ready at (\S+)", process.stdout.readline())
            if ready is None:
                sys.exit("the server did not start")
            yield ready[1]
        finally:
            process.terminate()


def run(suite: Suite, home: Path, url: str, words: Sequence[str]) -> list[Result]:
    """Every test's result, against the server at `url`."""
    with tempfile.TemporaryDirectory() as folder:
        report, settings = Path(folder) / "report.xml", Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\n")
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "--no-summary"]
        command += ["-c", str(settings), f"--rootdir={home}", f"--junitxml={report}"]
        command += ["-p", "no:cacheprovider", "-p", "no:gluematch", f"tests/{suite.folder}", *words]
        subprocess.run(command, cwd=home, env=environment(url), check=False)
        if not report.exists():
            sys.exit("pytest could not run")
        return [_result(suite, case) for case in ET.parse(report).iter("testcase")]


def environment(url: str) -> Mapping[str, str]:
    """What moto's decorators read, and nothing of the user's own AWS settings."""
    kept = {name: os.environ[name] for name in os.environ if not name.startswith("AWS_")}
    mode = {"TEST_SERVER_MODE": "true", "TEST_SERVER_MODE_ENDPOINT": url}
    return {**kept, **mode, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": "1"}


def _result(suite: Suite, case: ET.Element) -> Result:
    module = case.attrib["classname"].removeprefix(f"tests.{suite.folder}.")
    test = f"{module.replace('.', '::', 1)}::{case.attrib['name']}"
    for outcome in ("failure", "error", "skipped"):
        found = case.find(outcome)
        if found is not None:
            lines = found.get("message", "").splitlines()
            return Result(test, outcome, lines[0] if lines else "")
    return Result(test, "passed")


def told(suite: Suite, results: Sequence[Result], argued: Mapping[str, str], *, whole: bool) -> int:
    """Print the account; the exit code."""
    failed = {one.test: one for one in results if one.outcome in {"failure", "error"}}
    passed = {one.test for one in results if one.outcome == "passed"}
    skipped = len(results) - len(failed) - len(passed)
    print(f"moto {VERSION}: {len(passed)} passed, {len(failed)} failed, {skipped} skipped")
    unargued = failed.keys() - argued.keys()
    stale = {test for test in argued.keys() & passed if not argued[test].startswith(OF_THE_MACHINE)}
    if whole:
        stale |= argued.keys() - {one.test for one in results}
    print(f"argued in docs/{suite.page.name}: {len(failed) - len(unargued)} of the failures")
    for test in sorted(unargued):
        print(f"  FAILED {test}: {failed[test].why[:300]}")
    for test in sorted(stale):
        print(f"  NOT A DIFFERENCE {test}: it does not fail")
    too_few = whole and len(passed) < suite.least
    return 1 if unargued or stale or too_few or not results else 0


if __name__ == "__main__":
    sys.exit(main())
