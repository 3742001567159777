"""The worker of a server: the supervisor with every kind of work that there is."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from gluematch.models.catalog.store import Catalog
from gluematch.models.datasets.access import Access
from gluematch.models.scope import Scope

from . import crawls, explanations, job_runs
from .children import Children
from .crawls import Crawls
from .explanations import Explanations
from .job_runs import JobRuns
from .runs import TASKS, TaskRuns
from .schedules import Schedules
from .supervisor import ALONE, Supervisor
from .work import Kind, LogSink

BODIES = [*(task.body for task in TASKS.values()), crawls.BODY]
BODIES += [explanations.BODY, job_runs.BODY]
MODULES = sorted({body.partition(":")[0] for body in BODIES})
"""What the fork server loads, so that a child has it at once."""


def open_worker(
    catalog: Catalog,
    access_for: Callable[[Scope], Access],
    logs: LogSink,
    scripts: JobRuns,
    slots: int,
    *,
    server: str = ALONE,
    run_memory: int | None = None,
    crawl_time: timedelta = crawls.TIMEOUT,
    environment: Mapping[str, str],
) -> Supervisor:
    """A worker that runs at most `slots` children at a time beside the scripts of jobs.

    Not yet started. `server` is its name among those that share the catalog. A run may take
    `run_memory` bytes, a crawl `crawl_time`. `environment` is the children's.
    """
    kinds: list[Kind] = [TaskRuns(), Crawls(crawl_time), Explanations(), scripts]
    timetable = Schedules(catalog, logs)
    return Supervisor(
        catalog,
        access_for,
        logs,
        timetable,
        kinds=kinds,
        children=Children(MODULES, environment),
        slots=slots,
        server=server,
        run_memory=run_memory,
    )
