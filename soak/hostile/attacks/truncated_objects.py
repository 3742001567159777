"""Objects whose files are cut, empty or missing: an answer at once, and their names in the log."""

import time
from pathlib import Path
from random import Random

from soak.hostile.attack import SILENT, Attack, Figures
from soak.hostile.backups import backup
from soak.hostile.crawls import seconds_until_ready, start_crawl
from soak.hostile.requests import Answer, Request, send, signed
from soak.hostile.server import Server

SIZES = {"cut": 3_000_001, "missing": 3_000_002, "empty": 3_000_003, "whole": 3_000_004}
PATIENCE = 10.0
MOST_SECONDS = 2.0
CRAWL_SECONDS = 60.0
_DAMAGES = ("cut", "empty", "missing")
_OPEN = {"Connection": "keep-alive"}
"""As clients ask, so that a body that is too short leaves them waiting, unless it is closed."""

_LINE = b"1,Ann,Smith\n"


def prepare(server: Server, _random: Random) -> None:
    """An object for each kind of damage, known by its size."""
    s3 = server.client("s3")
    for name, size in SIZES.items():
        s3.put_object(Bucket="kept", Key=f"damaged/{name}.csv", Body=_body(size))


def run(server: Server, _random: Random) -> Figures:
    """Damage one file after the other beside the running server: read, copy and back it up."""
    figures = Figures()
    files = {path.stat().st_size: path for path in _files(server.data_dir)}
    _read(server, "whole", figures)
    for name in _DAMAGES:
        path = files[SIZES[name]]
        stored, logged = path.read_bytes(), server.log.stat().st_size
        _damage(name, path)
        _read(server, name, figures)
        if f"damaged/{name}.csv" not in _errors(server.log, logged):
            figures.faults.append(f"{name}: no error in the log names kept/damaged/{name}.csv")
        _back_up(server, name, figures)
        path.write_bytes(stored)
    _damage("cut", files[SIZES["cut"]])
    glue = server.client("glue")
    start_crawl(glue, "damaged", "s3://kept/damaged/")
    if seconds_until_ready(glue, "damaged", CRAWL_SECONDS) is None:
        figures.faults.append(
            f"a crawl of a cut object does not end in {CRAWL_SECONDS:.0f} seconds"
        )
    return figures


def _damage(name: str, path: Path) -> None:
    if name == "missing":
        path.unlink()
        return
    with path.open("r+b") as file:
        file.truncate(SIZES["cut"] // 2 if name == "cut" else 0)


def _back_up(server: Server, name: str, figures: Figures) -> None:
    """A backup has to fail, and to say by which object."""
    code, text = backup(server)
    if code == 0:
        figures.faults.append(f"{name}: the backup succeeds")
    elif "kept" not in text or f"damaged/{name}.csv" not in text:
        figures.faults.append(f"{name}: the backup names no bucket and key: {text[-200:]!r}")


def _read(server: Server, name: str, figures: Figures) -> None:
    """All of it, its end, and a copy of it: right, or refused at once."""
    path, body = f"/kept/damaged/{name}.csv", _body(SIZES[name])
    requests = {
        "read": Request("GET", path, headers=_OPEN),
        "read in part": Request("GET", path, headers={"Range": "bytes=2900000-2999999", **_OPEN}),
        "copied": Request("PUT", f"/kept/copy-of-{name}", b"", {"x-amz-copy-source": path}),
    }
    for verb, request in requests.items():
        begun = time.monotonic()
        answer = send(server, signed(server, "s3", request), PATIENCE)
        spent = time.monotonic() - begun
        figures.count([answer.status])
        if spent > MOST_SECONDS and answer.status != SILENT:
            figures.faults.append(f"{name}, {verb}: {spent:.1f} seconds")
        if verb != "copied" and answer.accepted and not _right(answer, body):
            figures.faults.append(f"{name}, {verb}: {answer.status} with other bytes")
    if name == "whole":
        figures.acknowledged += 1
        read = send(server, signed(server, "s3", requests["read"]), PATIENCE)
        figures.lost += read.body != body


def _right(answer: Answer, body: bytes) -> bool:
    return answer.body == (body[2_900_000:3_000_000] if answer.status == 206 else body)


def _body(size: int) -> bytes:
    return (_LINE * (size // len(_LINE) + 1))[:size]


def _files(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "objects").rglob("*") if path.is_file()]


def _errors(log: Path, start: int) -> str:
    """The lines of the log from `start` on that are warnings or errors."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if "ERROR" in line or "WARNING" in line)


ATTACK = Attack(name="truncated_objects", run=run, prepare=prepare, damages_disk=True)
