"""Every handler module, imported for its registrations: reading the registry starts here."""

from . import (
    connections,
    crawl_history,
    crawlers,
    databases,
    find_matches,
    metrics,
    partitions,
    reasons,
    schedules,
    tables,
    tags,
    task_runs,
    transform_lists,
    transforms,
)

MODULES = (
    connections,
    crawl_history,
    crawlers,
    databases,
    find_matches,
    metrics,
    partitions,
    reasons,
    schedules,
    tables,
    tags,
    task_runs,
    transform_lists,
    transforms,
)
