"""Programs that tests start and whose lines other tests measure: tracing them for coverage too
would make each of them nearly twice as dear."""

import os


def environment() -> dict[str, str]:
    """The variables of this process, without those by which coverage follows into programs."""
    return {name: os.environ[name] for name in os.environ if not name.startswith("COVERAGE_")}
