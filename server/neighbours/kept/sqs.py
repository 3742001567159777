"""SQS: queues and their messages, also those in flight; nothing that waits for a Lambda."""

from threading import Condition

from .service import Backends, Service

SQS = Service(
    name="sqs",
    backends=(Backends("moto.sqs.models", "sqs_backends", filled=("queues",)),),
    modules=("moto.sqs.models",),
    anew={"Queue": {"_messages_lock": Condition, "lambda_event_source_mappings": dict}},
)
