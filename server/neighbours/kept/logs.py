"""CloudWatch Logs: groups, streams and events. Queries and exports that went on are not kept."""

from typing import Any

from .service import Backends, Service


def _count_on() -> None:
    """Let the next event have a number of its own."""
    from moto.logs import models  # noqa: PLC0415  # half a second, and only where there are logs

    event: Any = models.LogEvent
    numbers = (
        each.event_id
        for regions in [*models.logs_backends.values()]
        for backend in [*regions.values()]
        for group in [*backend.groups.values()]
        for stream in [*group.streams.values()]
        for each in stream.events
    )
    event._event_id = max(event._event_id, max(numbers, default=-1) + 1)


LOGS = Service(
    name="logs",
    backends=(
        Backends(
            "moto.logs.models",
            "logs_backends",
            filled=(
                "groups",
                "resource_policies",
                "destinations",
                "delivery_destinations",
                "delivery_sources",
                "deliveries",
            ),
            beside=("filters", "tagger"),
        ),
    ),
    modules=("moto.logs.models", "moto.logs.metric_filters", "moto.utilities.tagging_service"),
    awaken=_count_on,
)
