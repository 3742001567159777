"""Errors, and the one place where they become bytes.

A refusal of Glue carries `Message`, a refusal of the framework before it `message`, as AWS
writes them. What nobody foresaw is logged under the request's id and answered without a trace.
"""

import json
import logging
from dataclasses import dataclass, replace

from gluematch.models.errors import GlueError, InternalServiceException, ThrottlingException

CONTENT_TYPE = "application/x-amz-json-1.1"
RETRY_AFTER = ("Retry-After", "1")
"""The header of answers to who asks too much at a time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, headers of its own, body."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class FrameworkError(Exception):
    """A refusal before any handler: the class names it, the message explains it."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SerializationException(FrameworkError):
    """The body is not JSON, or a value is not of its member's type."""


class ValidationException(FrameworkError):
    """A value breaks what its shape says."""


class UnknownOperationException(FrameworkError):
    """Glue has no such operation."""


class NotFound(FrameworkError):
    """There is nothing at this path."""

    status = 404


class Forbidden(FrameworkError):
    """The server was not told to allow this."""

    status = 403


class MethodNotAllowed(FrameworkError):
    """The path answers to another method."""

    status = 405


def answer(error: Exception, request_id: str) -> Answer:
    """The response to `error`."""
    code = type(error).__name__
    if isinstance(error, FrameworkError):
        return _answer(error.status, code, {"message": error.message})
    if isinstance(error, GlueError):
        fault = isinstance(error, InternalServiceException)
        answered = _answer(500 if fault else 400, code, {"Message": error.message})
        if isinstance(error, ThrottlingException):
            return replace(answered, headers=(*answered.headers, RETRY_AFTER))
        return answered
    log.error("request %s failed", request_id, exc_info=error)
    message = f"Something failed inside the server; its log tells more under {request_id}."
    return _answer(500, InternalServiceException.__name__, {"Message": message})


def _answer(status: int, code: str, members: dict[str, str]) -> Answer:
    body = json.dumps({"__type": code, **members}).encode()
    return Answer(status, body, (("x-amzn-ErrorType", code),))
