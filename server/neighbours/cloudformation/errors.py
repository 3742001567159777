"""What CloudFormation refuses, with the codes of its service model."""


class StackError(Exception):
    """A request is refused; the message goes to the client."""

    code = "ValidationError"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyExists(StackError):
    """A stack of that name is there."""

    code = "AlreadyExistsException"


class InsufficientCapabilities(StackError):
    """The template makes resources of IAM, and the client has not acknowledged that."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFound(StackError):
    """No change set of that name or ARN is there."""

    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(StackError):
    """The change set cannot be executed."""

    code = "InvalidChangeSetStatus"


class InvalidAction(StackError):
    """CloudFormation has no such operation, or this server does not build it."""

    code = "InvalidAction"


class ResourceFailed(Exception):
    """A resource could not be made, changed or deleted; the message is the reason of its event."""
