"""The contract of an attack, and the figures that it returns."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from .server import Server

CLOSED = 0
"""The status of a request whose connection was closed without an answer."""

SILENT = -1
"""The status of a request that had no answer in time."""


class Skipped(Exception):
    """An attack that cannot be made on this machine; the message says why."""


@dataclass
class Figures:
    """What an attack counted. `faults` are sentences about what must not happen."""

    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)

    def count(self, statuses: Iterable[int]) -> None:
        """Add the statuses of answers."""
        self.statuses.update(statuses)

    def call(self, operation: Callable[..., Any], **members: Any) -> Any:
        """Count a call of boto3; its answer, or None where it is refused."""
        try:
            answer = operation(**members)
        except ClientError as error:
            self.count([error.response["ResponseMetadata"]["HTTPStatusCode"]])
        except (ReadTimeoutError, ConnectTimeoutError):
            self.count([SILENT])
        except BotoCoreError:
            self.count([CLOSED])
        else:
            self.count([answer["ResponseMetadata"]["HTTPStatusCode"]])
            return answer
        return None

    @property
    def requests(self) -> int:
        return self.statuses.total()

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def _nothing(_server: Server, _random: Random) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack. `run` gets a server that has answered ordinary calls, and a seeded generator."""

    name: str
    run: Callable[[Server, Random], Figures]
    prepare: Callable[[Server, Random], None] = _nothing
    """What has to be there before memory and health are measured."""

    open_files: int | None = None
    """The server's `ulimit -n`, soft and hard."""

    disk_mb: int | None = None
    """The size of a file system of its own for the data directory, which only root can mount."""

    damages_disk: bool = False
    """Whether answers of 500 and above are right."""
