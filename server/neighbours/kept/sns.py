"""SNS: topics and their subscriptions, applications and endpoints; not the messages that went
through them."""

from typing import Any

from gluematch.server.neighbours import deliveries

from .service import Backends, Service


def _belong() -> None:
    """Let topics know their backend, and stay in their account."""
    from moto.sns.models import sns_backends  # noqa: PLC0415  # slow, and only where there are topics

    deliveries.keep_topics_inside()
    backends: list[Any] = [each for of in [*sns_backends.values()] for each in [*of.values()]]
    for backend in backends:
        for topic in [*backend.topics.values()]:
            topic.sns_backend = backend


SNS = Service(
    name="sns",
    backends=(
        Backends(
            "moto.sns.models",
            "sns_backends",
            filled=(
                "topics",
                "subscriptions",
                "applications",
                "platform_endpoints",
                "sms_attributes",
            ),
            beside=("opt_out_numbers",),
        ),
    ),
    modules=("moto.sns.models", "moto.sns.utils"),
    anew={"Topic": {"sns_backend": lambda: None, "sent_notifications": list}},
    awaken=_belong,
)
