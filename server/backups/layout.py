"""What a backup holds, as a folder or as a tar archive.

    backup.json                 which version wrote it, when, and the schema of the catalog
    catalog.sqlite              the catalog as it was at one moment
    neighbours/iam.json ...     what the kept neighbours hold: IAM, SQS, ...
    objects/ab/abcd...          the bytes of each object that the catalog names
    SHA256SUMS                  the digest of each file above; it is written last

`sha256sum --check SHA256SUMS` verifies it without gluematch.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Self

from gluematch.models import clock
from gluematch.models.catalog import snapshots
from gluematch.server.neighbours.kept.keeping import FOLDER

from .errors import BackupError

CATALOG, OBJECTS, LABEL, SUMS = snapshots.FILE, "objects", "backup.json", "SHA256SUMS"
NEIGHBOURS = FOLDER
ALL_OBJECTS = f"{OBJECTS}/*/*"
FORMAT = 2
"""2 has neighbours, which 1 had not."""
ARCHIVES = (".tar", ".tar.gz", ".tgz")
_FILE = re.compile(
    rf"{re.escape(CATALOG)}|{re.escape(LABEL)}|{NEIGHBOURS}/[a-z]{{1,32}}\.json"
    rf"|{OBJECTS}/[0-9a-f]{{2}}/[0-9a-f-]{{36}}"
)
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True, slots=True)
class Label:
    """What a backup says of itself."""

    format: int
    gluematch: str
    schema: str
    taken: str

    @classmethod
    def now(cls, schema: str) -> Self:
        """The label of a backup that is made now."""
        return cls(FORMAT, version("gluematch"), schema, clock.now().isoformat(timespec="seconds"))

    @classmethod
    def read(cls, text: str) -> Self:
        """The label that stands in a backup. Raises BackupError."""
        try:
            found = json.loads(text)
            label = cls(*(found[name] for name in ("format", "gluematch", "schema", "taken")))
        except (ValueError, KeyError, TypeError):
            raise BackupError(f"it is no backup of gluematch: {LABEL} cannot be read") from None
        if label.format not in range(1, FORMAT + 1) or not snapshots.is_known(label.schema):
            raise BackupError(
                f"gluematch {label.gluematch} wrote it, which is newer than this one "
                f"({version('gluematch')}): upgrade gluematch"
            )
        return label

    def written(self) -> str:
        """The label as text."""
        return json.dumps(asdict(self), indent=2) + "\n"


def object_name(body: str) -> str:
    """Where a backup, and a data directory, hold the bytes of a body."""
    return f"{OBJECTS}/{body[:2]}/{body}"


def is_file(name: str) -> bool:
    """Whether a backup may hold a file of that name: nothing else is ever written anywhere."""
    return _FILE.fullmatch(name) is not None


def sums_written(sums: Mapping[str, str]) -> str:
    """Digests by file names, as `sha256sum` writes them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())


def sums_read(text: str) -> dict[str, str]:
    """Digests by file names. Raises BackupError."""
    found = [_LINE.fullmatch(line) for line in text.splitlines()]
    if not found or None in found:
        raise BackupError(f"{SUMS} is missing or damaged: the backup was not finished")
    return {line[2]: line[1] for line in found if line is not None}
