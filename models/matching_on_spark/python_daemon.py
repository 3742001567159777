"""Spark's Python daemon with the engine loaded: its workers are forks, and need not load it again.

Named by `spark.python.daemon.module`, on machines that have gluematch installed. What was loaded
from Spark's own archive leaves a finder for each of its packages, and before each task Spark has
every finder read the archive's table of contents again: 0.2 s a task. So the finders are let go.
"""

import sys

from pyspark.daemon import manager

import gluematch.models.matching_on_spark.pipeline  # noqa: F401  # what the workers then have

if __name__ == "__main__":
    sys.path_importer_cache.clear()
    manager()  # type: ignore[no-untyped-call]  # pyspark leaves it untyped
