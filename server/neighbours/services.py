"""All that the server wants of the other AWS services, in one value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from gluematch.models.scope import Scope
from gluematch.models.tasks.work import LogLine
from gluematch.server import identities
from gluematch.server.identities import Identity
from gluematch.server.keys import Issued
from gluematch.server.protocol import spec
from gluematch.server.protocol.faults import Answer

from . import glue, logs, owners, wsgi
from .kept.steadily import Steadily
from .s3.lazily import Lazily
from .s3.receiving import receiving


class Neighbours:
    """Moto, as dispatch (`Neighbour`), the web application and the worker (`LogSink`) see it.

    A service is imported when it is first used. S3 is `kept` where that is given, and so are some
    others, `steadily`; else they are in memory as all the rest are.
    """

    def __init__(self, kept: Lazily | None = None, steadily: Steadily | None = None) -> None:
        self._kept, self._steadily = kept, steadily
        self._services = wsgi.Services(kept, self._changing)

    def respond(
        self, who: Scope, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one WSGI request to any service but Glue, on behalf of `who`."""
        return self._services.respond(who, environ, start_response)

    def receiving(self, environ: dict[str, Any]) -> AbstractContextManager[None]:
        """Have the body of an upload received in the block. Raises Refusal."""
        return receiving(environ, self._kept)

    def empty(self) -> None:
        """Forget every resource of every account."""
        wsgi.empty()
        if self._kept is not None:
            self._kept.forget()
        if self._steadily is not None:
            self._steadily.forget()

    def close(self) -> None:
        """Keep what is kept: nobody asks any more. Raises ChangesLost."""
        if self._steadily is not None:
            self._steadily.close()

    def owner_of(self, access_key: str) -> str | None:
        """The account that IAM or STS here issued the key to."""
        return owners.owner_of(access_key)

    def identity_of(self, access_key: str, scope: Scope) -> Identity:
        """Who an access key is of, where nobody checks: its owner here, else the account itself."""
        return owners.identity_of(access_key) or identities.root(scope.account)

    def issuing(self) -> Issued:
        """What IAM and STS here know of the keys that they issue, and that may sign."""
        owners.watch_sessions()
        return owners.issued

    def owns(self, operation: str, members: Mapping[str, Any]) -> bool:
        """Whether a tagging operation of ours speaks of a resource that moto keeps."""
        return glue.owns(operation, members)

    def answer_glue(self, who: Scope, operation: spec.Operation, body: bytes) -> Answer:
        """Moto's answer to an operation of Glue that is not ours, or a GlueError."""
        return glue.answer(who, operation, body)

    def write(self, scope: Scope, group: str, stream: str, lines: Sequence[LogLine]) -> None:
        """Add lines to a stream of CloudWatch Logs."""
        logs.write(scope, group, stream, lines)
        if self._steadily is not None:
            self._steadily.changed("logs", scope.account)

    def _changing(self, service: str, account: str) -> AbstractContextManager[None]:
        if self._steadily is None:
            return nullcontext()
        return self._steadily.changing(service, account)
