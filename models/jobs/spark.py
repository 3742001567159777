"""How a script finds Spark on this machine: the variables that start it, for who starts scripts."""

import shlex
import sys
from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.maxResultSize": "0",
    "spark.driver.memory": "4g",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def variables(cores: str = "*", more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Spark in the script's own process, on all `cores`, with `more` settings. It listens on the
    loopback only, and its workers are the Python that runs the script."""
    settings = {**SETTINGS, **(more or {})}
    words = " ".join(f"--conf {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    return {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": f"--master local[{cores}] {words} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
