"""Run the tests of Glue that moto ships in its source distribution against a server of ours.

What fails and is not argued in docs/conformance.md fails the run, and so does what is argued there
and passes. `scripts/conformance` installs what is needed first; words after it go to pytest.
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
NEEDED = ("tests/__init__.py", "tests/conftest.py", "tests/markers.py", "tests/test_glue/")
PAGE = Path(__file__).parent.parent / "docs" / "conformance.md"
MOST_DIFFERENCES = 25
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test; `why` is the first line of its failure."""

    test: str
    outcome: str
    why: str = ""


def main(words: Sequence[str] | None = None) -> int:
    """0 if every test passes that should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint-url", help="a server that runs already and may be emptied")
    given, for_pytest = parser.parse_known_args(words)
    argued = differences()
    home = unpacked()
    if given.endpoint_url:
        results = run(home, given.endpoint_url, for_pytest)
    else:
        with server() as url:
            results = run(home, url, for_pytest)
    return told(results, argued, whole=not for_pytest)


def differences() -> dict[str, str]:
    """The tests that are argued to demand what AWS does not do, with the reasons."""
    found = dict(ROW.findall(PAGE.read_text()))
    if len(found) > MOST_DIFFERENCES:
        sys.exit(f"{len(found)} differences are more than {MOST_DIFFERENCES}: {PAGE}")
    return found


def unpacked() -> Path:
    """A folder with moto's tests, fetched from the package index the first time."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
    folder = cache / "gluematch" / "conformance"
    home = folder / f"moto-{VERSION}"
    if not home.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as passing:
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            fetch += ["--no-binary", ":all:", "--dest", passing, f"moto=={VERSION}"]
            subprocess.run(fetch, check=True)
            (archive,) = Path(passing).glob("moto-*.tar.gz")
            _unpack(archive, Path(passing))
            (Path(passing) / f"moto-{VERSION}").rename(home)
    return home


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        wanted = tuple(f"moto-{VERSION}/{name}" for name in NEEDED)
        members = [member for member in tar if member.name.startswith(wanted)]
        tar.extractall(folder, members, filter="data")


@contextmanager
def server() -> Iterator[str]:
    """The URL of an ephemeral server on a free port, ended afterwards."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0", "--ephemeral"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = re.search(r"ready at (\S+)", process.stdout.readline())
            if ready is None:
                sys.exit("the server did not start")
            yield ready[1]
        finally:
            process.terminate()


def run(home: Path, url: str, words: Sequence[str]) -> list[Result]:
    """Every test's result, against the server at `url`."""
    with tempfile.TemporaryDirectory() as folder:
        report, settings = Path(folder) / "report.xml", Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\n")
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "--no-summary"]
        command += ["-c", str(settings), f"--rootdir={home}", f"--junitxml={report}"]
        command += ["-p", "no:cacheprovider", "-p", "no:gluematch", "tests/test_glue", *words]
        subprocess.run(command, cwd=home, env=environment(url), check=False)
        if not report.exists():
            sys.exit("pytest could not run")
        return [_result(case) for case in ET.parse(report).iter("testcase")]


def environment(url: str) -> Mapping[str, str]:
    """What moto's decorators read, and nothing of the user's own AWS settings."""
    kept = {name: os.environ[name] for name in os.environ if not name.startswith("AWS_")}
    mode = {"TEST_SERVER_MODE": "true", "TEST_SERVER_MODE_ENDPOINT": url}
    return {**kept, **mode, "AWS_EC2_METADATA_DISABLED": "true", "PYTHONDONTWRITEBYTECODE": "1"}


def _result(case: ET.Element) -> Result:
    module = case.attrib["classname"].removeprefix("tests.test_glue.")
    test = f"{module.replace('.', '::', 1)}::{case.attrib['name']}"
    for outcome in ("failure", "error", "skipped"):
        found = case.find(outcome)
        if found is not None:
            lines = found.get("message", "").splitlines()
            return Result(test, outcome, lines[0] if lines else "")
    return Result(test, "passed")


def told(results: Sequence[Result], argued: Mapping[str, str], *, whole: bool) -> int:
    """Print the account; the exit code."""
    failed = {one.test: one for one in results if one.outcome in {"failure", "error"}}
    passed = {one.test for one in results if one.outcome == "passed"}
    skipped = len(results) - len(failed) - len(passed)
    print(f"moto {VERSION}: {len(passed)} passed, {len(failed)} failed, {skipped} skipped")
    unargued = failed.keys() - argued.keys()
    stale = argued.keys() & passed
    if whole:
        stale |= argued.keys() - {one.test for one in results}
    print(f"argued in docs/conformance.md: {len(failed) - len(unargued)} of the failures")
    for test in sorted(unargued):
        print(f"  FAILED {test}: {failed[test].why[:300]}")
    for test in sorted(stale):
        print(f"  NOT A DIFFERENCE {test}: it does not fail")
    return 1 if unargued or stale or not results else 0


if __name__ == "__main__":
    sys.exit(main())
