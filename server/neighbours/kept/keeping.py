"""The files of kept neighbours: one for each service, whole or as it was, for its owner alone."""

import json
import logging
import os
import threading
from collections.abc import Collection
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from gluematch.server.disk import synchronise

from .dynamodb import DYNAMODB
from .graphs import NotDrawn
from .iam import IAM
from .logs import LOGS
from .secretsmanager import SECRETS_MANAGER
from .service import Service
from .sns import SNS
from .sqs import SQS

log = logging.getLogger(__name__)

FOLDER = "neighbours"
"""Where the files lie in a data directory."""

FORMAT = 1
SERVICES = (IAM, SQS, SECRETS_MANAGER, LOGS, DYNAMODB, SNS)
NAMES = frozenset(service.name for service in SERVICES)
_PIECES = 4096


class NotRead(Exception):
    """A file of a kept neighbour cannot be read; the message says which, why, and what to do."""


class Keeping:
    """What neighbours hold in memory, in files below `folder`: as they were last kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._digests: dict[str, bytes] = {}
        self._refusals: dict[str, str] = {}

    def bring_back(self) -> None:
        """Let the services hold what they held when they were last kept. Raises NotRead, and leaves
        the file as it is."""
        for service in SERVICES:
            path = self._path(service)
            try:
                text = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise NotRead(f"cannot read {path}: {error.strerror}") from None
            try:
                service.bring_back(_held(json.loads(text)))
            except (NotDrawn, LookupError, TypeError, ValueError, AttributeError) as error:
                way = "upgrade gluematch, or move the file away to start without what it holds"
                raise NotRead(f"{path} cannot be read: {error}; {way}") from error
            self._digests[service.name] = sha256(text).digest()

    def keep(self, names: Collection[str] = NAMES) -> frozenset[str]:
        """Write what those services hold now, where it is not what their files say; the names of
        those that cannot be written, and stay as they were."""
        refused = set()
        with self._turn:
            for service in SERVICES:
                if service.name not in names:
                    continue
                try:
                    self._write(service)
                    self._refusals.pop(service.name, None)
                except Exception as error:  # whatever moto's objects say while they change
                    refused.add(service.name)
                    self._tell(service.name, str(error))
        return frozenset(refused)

    def forget(self) -> None:
        """The services have been emptied."""
        with self._turn:
            for service in SERVICES:
                self._forget(service)

    def _tell(self, name: str, why: str) -> None:
        if self._refusals.get(name) != why:
            log.error("what %s holds is not kept: %s", name, why)
        self._refusals[name] = why

    def _forget(self, service: Service) -> None:
        self._path(service).unlink(missing_ok=True)
        self._digests.pop(service.name, None)

    def _write(self, service: Service) -> None:
        if not service.is_filled():
            self._forget(service)
            return
        path = self._path(service)
        label = {"format": FORMAT, "gluematch": version("gluematch"), "moto": version("moto")}
        self._folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
                sheet = _Sheet(file)
                head = json.dumps({**label, "service": service.name})
                sheet.write(f'{head[:-1]}, "backends": ')
                service.draw(sheet.write)
                sheet.write("}")
                digest = sheet.end()
                if digest == self._digests.get(service.name) and path.exists():
                    return
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
            synchronise(self._folder)
            self._digests[service.name] = digest
        finally:
            unfinished.unlink(missing_ok=True)

    def _path(self, service: Service) -> Path:
        return self._folder / f"{service.name}.json"


def _held(document: Any) -> Any:
    if document["format"] > FORMAT:
        raise NotDrawn(f"gluematch {document['gluematch']} wrote it, which is newer than this one")
    return document["backends"]


class _Sheet:
    """Text in small pieces, written in large ones and hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._pieces, self._digest = file, list[str](), sha256()

    def write(self, text: str) -> None:
        self._pieces.append(text)
        if len(self._pieces) >= _PIECES:
            self.end()

    def end(self) -> bytes:
        """Write what is left; the SHA-256 of all."""
        data = "".join(self._pieces).encode()
        self._pieces.clear()
        self._digest.update(data)
        self._file.write(data)
        return self._digest.digest()
