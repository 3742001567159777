"""Spark's Python daemon with the engine loaded: its workers are forks, and need not load it again.

Named by `spark.python.daemon.module`, on machines that have gluematch installed.
"""

from pyspark.daemon import manager

import gluematch.models.distributed.pipeline  # noqa: F401  # what the workers then have

if __name__ == "__main__":
    manager()  # type: ignore[no-untyped-call]  # pyspark leaves it untyped
