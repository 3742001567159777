"""What may go wrong around runs, and must not end the thread that sees to all of them."""

import logging
from collections.abc import Callable

from gluematch.models.errors import InternalServiceException, OperationTimeoutException

LOGGER = logging.getLogger("gluematch.tasks")

BROKEN = "An error inside gluematch kept the run from {step}; the server's log says more."

LATER = (OperationTimeoutException, InternalServiceException)
"""What does not fail a run that has succeeded: the store will take its result in a while."""


class LeaseLost(Exception):
    """The run is another server's, or was closed as the run of a server that is gone."""


def carefully(step: Callable[[], object]) -> None:
    """Whatever goes wrong with one row, the thread lives on for the others."""
    try:
        step()
    except LATER as refusal:
        LOGGER.error("the supervisor has to wait: %s", refusal.message)
    except Exception:
        LOGGER.exception("the supervisor met an error")
