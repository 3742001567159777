"""The kept services and their files: which are written, by whom, and what could not be written."""

import logging
from collections.abc import Collection
from pathlib import Path

from gluematch.server.neighbours.s3.files import NotKept

from .dynamodb import DYNAMODB
from .group_commit import GroupCommit
from .iam import IAM
from .logs import LOGS
from .secretsmanager import SECRETS_MANAGER
from .service_file import NotRead, ServiceFile
from .sns import SNS
from .sqs import SQS

__all__ = ["FOLDER", "NAMES", "SERVICES", "Keeping", "NotRead"]

log = logging.getLogger(__name__)

FOLDER = "neighbours"
"""Where the files lie in a data directory."""

SERVICES = (IAM, SQS, SECRETS_MANAGER, LOGS, DYNAMODB, SNS)
NAMES = frozenset(service.name for service in SERVICES)

LARGEST_AWAITED = 2**20
"""Bytes of a file up to which an answer waits for the file. To write more takes a processor longer
than 50 ms; such a file is written some seconds later."""


class Keeping:
    """What neighbours hold in memory, in files below `folder`: as they were last written."""

    def __init__(self, folder: Path) -> None:
        self._files = {service.name: ServiceFile(folder, service) for service in SERVICES}
        self._commits = {name: GroupCommit(file.write) for name, file in self._files.items()}
        self._failures: dict[str, Exception] = {}
        self._left_out: dict[str, dict[str, str]] = {}

    def bring_back(self) -> None:
        """Let the services hold what they held when they were last written. Raises NotRead, and
        leaves the file as it is."""
        for file in self._files.values():
            file.read()

    def check_writable(self, name: str) -> None:
        """Raise NotKept where the service's file cannot be written now."""
        try:
            self._files[name].check_room()
        except OSError as error:
            self._refuse(name, error)
        if isinstance(self._failures.get(name), OSError):
            self._write(name)

    def is_awaited(self, name: str, account: str) -> bool:
        """Whether answers wait for the service's file: it is small, or the account's last change
        could not be written."""
        file = self._files[name]
        return file.size <= LARGEST_AWAITED or account in file.left_out

    def commit(self, name: str, account: str) -> None:
        """Return when all that the account holds of the service now is on the disk. Raises NotKept;
        the file then says of it what it said before."""
        self._write(name)
        if (why := self._left_out.get(name, {}).get(account)) is not None:
            raise NotKept(_left_out(name, account, why))

    def _write(self, name: str) -> None:
        """Raises NotKept where nothing of the service could be written."""
        try:
            self._commits[name].commit()
        except Exception as error:  # whatever moto's objects say while they change
            self._refuse(name, error)
        if self._failures.pop(name, None) is not None:
            log.info("what %s holds is kept again", name)
        before, now = self._left_out.get(name, {}), self._files[name].left_out
        self._left_out[name] = now
        for account, why in now.items():
            if before.get(account) != why:
                log.error("%s", _left_out(name, account, why))
        for account in before.keys() - now.keys():
            log.info("what account %s has in %s is kept again", account, name)

    def keep(self, names: Collection[str] = NAMES) -> frozenset[str]:
        """Write what those services hold now; the names of those of which not everything
        can be written."""
        return frozenset(name for name in names if not self._is_written(name))

    def forget(self) -> None:
        """The services have been emptied."""
        for file in self._files.values():
            file.remove()

    def why(self, name: str, account: str) -> str | None:
        """Why what an account changed in a service could not be written when that was last tried;
        None if it could."""
        if (failure := self._failures.get(name)) is not None:
            return _reason(failure)
        return self._left_out.get(name, {}).get(account)

    def _is_written(self, name: str) -> bool:
        try:
            self._write(name)
        except NotKept:
            return False
        return not self._left_out[name]

    def _refuse(self, name: str, error: Exception) -> None:
        why = _reason(error)
        before = self._failures.get(name)
        if before is None or _reason(before) != why:
            log.error("what %s holds is not kept: %s", name, why)
        self._failures[name] = error
        raise NotKept(f"{name}.json cannot be written: {why}.") from error


def _left_out(name: str, account: str, why: str) -> str:
    return f"what account {account} has in {name} cannot be written: {why}."


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
