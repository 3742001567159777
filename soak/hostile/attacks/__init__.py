"""The attacks, by name, in the order in which they run."""

from soak.hostile.attack import Attack

from . import (
    damaged_pages,
    endless_crawls,
    full_disk,
    half_sent_bodies,
    idle_connections,
    large_bodies,
    long_queries,
    outgoing_requests,
    quiet,
    random_s3,
    server_environment,
    service_words,
    truncated_objects,
    unsafe_yaml,
)

_MODULES = (
    quiet,
    service_words,
    random_s3,
    half_sent_bodies,
    idle_connections,
    large_bodies,
    long_queries,
    unsafe_yaml,
    damaged_pages,
    truncated_objects,
    full_disk,
    endless_crawls,
    outgoing_requests,
    server_environment,
)
ATTACKS: dict[str, Attack] = {module.ATTACK.name: module.ATTACK for module in _MODULES}
