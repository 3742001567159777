"""Where SNS, EventBridge and CloudWatch Logs may deliver: to the caller's own account, on this
server. Moto would also post to any URL, compares no accounts in ARNs, and takes metric filters of
log groups that do not exist.

Its backends are wrapped, not the requests, since CloudFormation calls them as well.
"""

import re
import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

_ACCOUNT = 4  # arn:partition:service:region:account:resource
_TARGETS = {"logs": "log-group:", "sqs": "", "events": "event-bus/"}
"""What moto's rules deliver to, and how such a resource begins."""
_ARCHIVES = "Events-Archive-"  # how rules begin that moto makes for archives
_LONGEST_WAY = 10
"""Event buses that an event may go through one after the other."""
_sending = threading.local()
_ARCHIVE = re.compile(r"arn:[a-z-]+:events:[a-z0-9-]+:::")


@cache
def stay_inside() -> None:
    """From now on those services refuse to deliver elsewhere, and to touch another account."""
    keep_topics_inside()
    _wrap_events()
    _wrap_event_buses()
    _wrap_logs()


@cache
def keep_topics_inside() -> None:
    """The same for SNS alone: S3 tells its topics of objects, also before anybody has asked SNS."""
    from moto.sns.exceptions import SNSException, SNSInvalidParameter  # noqa: PLC0415  # slow
    from moto.sns.models import SNSBackend  # noqa: PLC0415  # slow

    def of_own_topics(backend: Any, call: Callable[..., Any], arn: str) -> Any:
        if arn.count(":") != 5:
            raise SNSInvalidParameter("Invalid parameter: TopicArn")
        if _account(arn) != backend.account_id:
            why = f"A topic of another account is not accessible here: {arn}"
            raise SNSException("AuthorizationError", why)
        return call(backend, arn)

    def subscribe(
        backend: Any, call: Callable[..., Any], topic_arn: str, endpoint: str, protocol: str
    ) -> Any:
        if protocol != "sqs":
            why = f"Invalid parameter: Does not support this protocol string: {protocol}. "
            raise SNSInvalidParameter(f"{why}This server delivers to sqs only.")
        if _account(endpoint) != backend.account_id:
            raise SNSInvalidParameter("Invalid parameter: SQS endpoint ARN of another account")
        return call(backend, topic_arn, endpoint, protocol)

    def publish(backend: Any, call: Callable[..., Any], *values: Any, **named: Any) -> Any:
        if named.get("phone_number"):
            raise SNSInvalidParameter("Invalid parameter: PhoneNumber: this server sends no SMS.")
        return call(backend, *values, **named)

    wrap(SNSBackend, "get_topic", of_own_topics)
    wrap(SNSBackend, "subscribe", subscribe)
    wrap(SNSBackend, "publish", publish)


def _wrap_events() -> None:
    from moto.events.exceptions import ValidationException  # noqa: PLC0415  # slow
    from moto.events.models import EventsBackend  # noqa: PLC0415  # slow

    def put_targets(backend: Any, call: Callable[..., Any], *values: Any, **named: Any) -> Any:
        rule, targets = named.get("name") or values[0], named.get("targets") or values[-1]
        for arn in (target["Arn"] for target in targets):
            if rule.startswith(_ARCHIVES) and _ARCHIVE.fullmatch(arn):
                continue
            if not _is_delivered(arn):
                reason = "this server delivers to log groups, queues and event buses only."
                raise ValidationException(f"Parameter {arn} is not valid. Reason: {reason}")
            if _account(arn) != backend.account_id:
                reason = "it belongs to another account."
                raise ValidationException(f"Parameter {arn} is not valid. Reason: {reason}")
        return call(backend, *values, **named)

    def create_api_destination(*_values: Any, **_named: Any) -> Any:
        raise ValidationException("API destinations are not supported: this server calls no URL.")

    wrap(EventsBackend, "put_targets", put_targets)
    wrap(EventsBackend, "create_api_destination", create_api_destination)


def _wrap_event_buses() -> None:
    from moto.events.exceptions import ValidationException  # noqa: PLC0415  # slow
    from moto.events.models import EventsBackend  # noqa: PLC0415  # slow

    def of_own_buses(backend: Any, call: Callable[..., Any], name: str | None) -> Any:
        if name and name.startswith("arn:") and _account(name) != backend.account_id:
            raise ValidationException(f"Event bus {name} belongs to another account.")
        return call(backend, name)

    def for_own_account(backend: Any, call: Callable[..., Any], name: str, account_id: str) -> Any:
        if account_id != backend.account_id:
            raise ValidationException(f"Account {account_id} is not yours.")
        return call(backend, name, account_id)

    def put_events(backend: Any, call: Callable[..., Any], *values: Any) -> Any:
        depth = getattr(_sending, "depth", 0)
        if depth > _LONGEST_WAY:
            why = f"Rules send this event on and on: it went through {_LONGEST_WAY} event buses."
            raise ValidationException(why)
        _sending.depth = depth + 1
        try:
            return call(backend, *values)
        finally:
            _sending.depth = depth

    wrap(EventsBackend, "put_events", put_events)
    wrap(EventsBackend, "_normalize_event_bus_arn", of_own_buses)
    wrap(EventsBackend, "create_partner_event_source", for_own_account)
    wrap(EventsBackend, "delete_partner_event_source", for_own_account)


def _wrap_logs() -> None:
    from moto.logs.exceptions import (  # noqa: PLC0415  # slow
        InvalidParameterException,
        ResourceNotFoundException,
    )
    from moto.logs.models import LogsBackend  # noqa: PLC0415  # slow

    def put_subscription_filter(backend: Any, call: Callable[..., Any], *values: Any) -> Any:
        destination_arn = values[3]
        if _account(destination_arn) != backend.account_id:
            raise InvalidParameterException(f"{destination_arn} is of another account.")
        return call(backend, *values)

    def put_metric_filter(backend: Any, call: Callable[..., Any], *values: Any) -> Any:
        if values[2] not in backend.groups:
            raise ResourceNotFoundException
        return call(backend, *values)

    wrap(LogsBackend, "put_subscription_filter", put_subscription_filter)
    wrap(LogsBackend, "put_metric_filter", put_metric_filter)


def wrap(kind: type, name: str, check: Callable[..., Any]) -> None:
    """Let calls of a method go through `check`, which gets the object, the method, the values."""
    call = getattr(kind, name)

    @wraps(call)
    def checked(self: Any, *values: Any, **named: Any) -> Any:
        return check(self, call, *values, **named)

    setattr(kind, name, checked)


def _account(arn: str) -> str | None:
    parts = arn.split(":", 5)
    return parts[_ACCOUNT] if len(parts) == 6 else None


def _is_delivered(arn: str) -> bool:
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[5].startswith(_TARGETS.get(parts[2], "\0"))
