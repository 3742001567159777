"""A job's settings and those of a run: checked, and completed with Glue's defaults."""

from collections.abc import Mapping
from typing import Any

from gluematch.models.errors import InvalidInputException

SPARK, SHELL = "glueetl", "pythonshell"
DEFAULT_VERSION = "6.0"
LONGEST_TIMEOUT = 7 * 24 * 60
OLD_TIMEOUT, NEW_TIMEOUT = 2880, 480
DPUS = {
    "Standard": 1.0,
    "G.025X": 0.25,
    "Z.2X": 2.0,
    **{f"G.{n}X": float(n) for n in (1, 2, 4, 8, 12, 16)},
    **{f"R.{n}X": float(n) for n in (1, 2, 4, 8)},
}
CAPACITY = ("AllocatedCapacity", "MaxCapacity", "WorkerType", "NumberOfWorkers")
OF_A_RUN = (
    "SecurityConfiguration",
    "NotificationProperty",
    "ExecutionClass",
    "GlueVersion",
    "JobMode",
    "JobRunQueuingEnabled",
    "MaintenanceWindow",
    "Timeout",
)
"""What a run takes over from its job where StartJobRun does not say it."""


def settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """A job's document from the members of CreateJob or of a JobUpdate.

    Raises InvalidInputException for what cannot be.
    """
    command = given.get("Command", {})
    if not command.get("Name"):
        raise InvalidInputException("Command name should not be null or empty.")
    if not given.get("Role"):
        raise InvalidInputException("Role should not be null or empty.")
    made: dict[str, Any] = {"JobMode": "SCRIPT", "MaxRetries": 0, **given}
    if command["Name"] != SHELL:
        made = {"GlueVersion": DEFAULT_VERSION, "ExecutionClass": "STANDARD", **made}
    made["ExecutionProperty"] = {"MaxConcurrentRuns": 1, **given.get("ExecutionProperty", {})}
    made.setdefault("Timeout", _timeout(made.get("GlueVersion", "")))
    _check(made)
    return {**made, **_capacity(given, command["Name"])}


def run_settings(job: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What GetJobRun shows of a run's settings: the job's, under those of StartJobRun.

    Arguments are the job's defaults, over them the run's, over them those that no run changes.
    Raises InvalidInputException for what cannot be.
    """
    merged = {name: value for name, value in job.items() if name in OF_A_RUN}
    merged |= {name: value for name, value in given.items() if name in OF_A_RUN}
    _check(merged)
    arguments = {
        **job.get("DefaultArguments", {}),
        **given.get("Arguments", {}),
        **job.get("NonOverridableArguments", {}),
    }
    return {**merged, **_run_capacity(job, given), "Arguments": arguments}


def obstacle(command: Mapping[str, Any]) -> str | None:
    """Why no run of the command can begin here, or None."""
    if command["Name"] not in {SPARK, SHELL}:
        return f"This server runs jobs of {SPARK} and {SHELL}, not of {command['Name']}."
    if not command.get("ScriptLocation"):
        return "The job's command has no ScriptLocation."
    return None


def _check(made: Mapping[str, Any]) -> None:
    if made.get("Timeout", 1) > LONGEST_TIMEOUT:
        raise InvalidInputException(f"Timeout must not exceed {LONGEST_TIMEOUT} minutes.")
    if made.get("MaxRetries", 0) < 0:
        raise InvalidInputException("MaxRetries must not be negative.")
    if made.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1) < 1:
        raise InvalidInputException("MaxConcurrentRuns must be at least 1.")


def _run_capacity(job: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The run's own capacity where it names any; workers and their type add to the job's."""
    named = given.keys() & set(CAPACITY)
    if not named:
        return {name: job[name] for name in CAPACITY if name in job}
    wanted = dict(given)
    if not named & {"AllocatedCapacity", "MaxCapacity"}:
        wanted |= {name: job[name] for name in CAPACITY[2:] if name in job and name not in given}
    return _capacity(wanted, job["Command"]["Name"])


def _capacity(given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The four members of capacity, those completed that follow from others."""
    found = {name: given[name] for name in CAPACITY if name in given}
    if {"AllocatedCapacity", "MaxCapacity"} <= found.keys():
        raise InvalidInputException("Please set only Allocated Capacity or Max Capacity")
    workers = {"WorkerType", "NumberOfWorkers"} & found.keys()
    if "MaxCapacity" in found and workers:
        raise InvalidInputException(
            "Please do not set Max Capacity if using Worker Type and Number of Workers."
        )
    if len(workers) == 2:
        found["MaxCapacity"] = DPUS[found["WorkerType"]] * found["NumberOfWorkers"]
    elif "AllocatedCapacity" in found:
        found["MaxCapacity"] = float(found["AllocatedCapacity"])
    found.setdefault("MaxCapacity", 0.0625 if kind == SHELL else 10.0)
    found.setdefault("AllocatedCapacity", int(found["MaxCapacity"]))
    return found


def _timeout(version: str) -> int:
    major = version.partition(".")[0]
    return OLD_TIMEOUT if major.isdecimal() and int(major) < 5 else NEW_TIMEOUT
