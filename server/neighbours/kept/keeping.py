"""The files of kept neighbours: one for each service, whole or as it was, for its owner alone."""

import json
import logging
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gluematch.server.disk import synchronise

from .dynamodb import DYNAMODB
from .graphs import NotDrawn
from .iam import IAM
from .logs import LOGS
from .secretsmanager import SECRETS_MANAGER
from .service import Service
from .sqs import SQS

log = logging.getLogger(__name__)

FORMAT = 1
SERVICES = (IAM, SQS, SECRETS_MANAGER, LOGS, DYNAMODB)


class NotRead(Exception):
    """A file of a kept neighbour cannot be read; the message says which, why, and what to do."""


class Keeping:
    """What neighbours hold in memory, in files below `folder` while no server runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def bring_back(self) -> None:
        """Let the services hold what they held when a server ended here. Raises NotRead, and leaves
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

    def keep(self) -> None:
        """Write what the services hold now; one that cannot be written stays as it was."""
        for service in SERVICES:
            try:
                self._write(service)
            except (NotDrawn, OSError, ValueError) as error:
                log.error("what %s holds is not kept: %s", service.name, error)

    def forget(self) -> None:
        """The services have been emptied."""
        for service in SERVICES:
            self._path(service).unlink(missing_ok=True)

    def _write(self, service: Service) -> None:
        path, found = self._path(service), service.drawn()
        if not found:
            path.unlink(missing_ok=True)
            return
        label = {"format": FORMAT, "gluematch": version("gluematch"), "moto": version("moto")}
        text = json.dumps({**label, "service": service.name, "backends": found})
        self._folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        synchronise(self._folder)

    def _path(self, service: Service) -> Path:
        return self._folder / f"{service.name}.json"


def _held(document: Any) -> Any:
    if document["format"] > FORMAT:
        raise NotDrawn(f"gluematch {document['gluematch']} wrote it, which is newer than this one")
    return document["backends"]
