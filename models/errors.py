"""The errors that Glue's service model declares; their class names are their wire codes."""


class GlueError(Exception):
    """A refusal that a client sees: the class names it, the message explains it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AccessDeniedException(GlueError):
    """The caller may not do this."""


class AlreadyExistsException(GlueError):
    """A resource of that name exists."""


class ConditionCheckFailureException(GlueError):
    """A condition of the request does not hold."""


class ConcurrentModificationException(GlueError):
    """Two callers changed one resource at once."""


class ConcurrentRunsExceededException(GlueError):
    """Too many runs at a time."""


class ConflictException(GlueError):
    """The resource is in another state than this needs."""


class CrawlerNotRunningException(GlueError):
    """The crawler has nothing to stop."""


class CrawlerRunningException(GlueError):
    """The crawler is busy."""


class CrawlerStoppingException(GlueError):
    """The crawler is being stopped already."""


class EntityNotFoundException(GlueError):
    """No such resource in this account and region."""


class IdempotentParameterMismatchException(GlueError):
    """The same request came before with other parameters."""


class InternalServiceException(GlueError):
    """A fault of the server: the only modelled HTTP 500."""


class InvalidInputException(GlueError):
    """The input fits its shape, yet makes no sense."""


class InvalidStateException(GlueError):
    """What is in the catalog does not fit the request."""


class JobRunInTerminalStateException(GlueError):
    """The run has ended; no operation declares it, the answers to batches name it."""


class MLTransformNotReadyException(GlueError):
    """The transform has not been taught."""


class NoScheduleException(GlueError):
    """There is no schedule to start."""


class OperationTimeoutException(GlueError):
    """The operation took too long."""


class ResourceNumberLimitExceededException(GlueError):
    """A quota is used up."""


class SchedulerNotRunningException(GlueError):
    """The schedule does not run."""


class SchedulerRunningException(GlueError):
    """The schedule runs already."""


class ThrottlingException(GlueError):
    """Too much at a time: the caller waits, and asks again."""


class ValidationException(GlueError):
    """A value that its shape allows, but not its context; any operation may answer so."""


class VersionMismatchException(GlueError):
    """The resource has moved on since that version."""
