"""What a script asks of the server beyond Glue's own operations: a taught model, to begin with."""

from dataclasses import dataclass
from typing import Any

from gluematch.models import errors
from gluematch.models.datasets import routes
from gluematch.models.datasets.access import AwsAccess


@dataclass(frozen=True, slots=True)
class Server:
    """The server that the script's job belongs to."""

    access: AwsAccess

    def post(self, route: str, members: dict[str, Any]) -> dict[str, Any]:
        """The answer of `/_gluematch/<route>`. Raises Glue's exception, in Glue's words, and
        routes.Unreachable."""
        status, answer = routes.post(self.access, route, members)
        if status == 200:
            return answer
        code = str(answer.get("__type", "InternalServiceException")).rpartition("#")[2]
        refusal: type[errors.GlueError] = getattr(errors, code, errors.InternalServiceException)
        raise refusal(answer.get("Message") or answer.get("message") or f"status {status}")
