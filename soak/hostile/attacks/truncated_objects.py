"""Objects whose files are cut in half or missing: an answer at once, a name in the log and backup."""

import time
from pathlib import Path
from random import Random

from ..attack import SILENT, Attack, Figures
from ..backups import backup
from ..crawls import seconds_until_ready, start_crawl
from ..requests import Answer, Request, send, signed
from ..server import Server

SIZES = {"cut": 3_000_001, "missing": 3_000_002, "empty": 3_000_003, "whole": 3_000_004}
PATIENCE = 10.0
MOST_SECONDS = 2.0
CRAWL_SECONDS = 60.0
_LINE = b"1,Ann,Smith\n"


def prepare(server: Server, _random: Random) -> None:
    """An object for each kind of damage, known by its size."""
    s3 = server.client("s3")
    for name, size in SIZES.items():
        s3.put_object(Bucket="kept", Key=f"damaged/{name}.csv", Body=_body(size))


def run(server: Server, _random: Random) -> Figures:
    """Damage the files beside the running server, then read, copy, crawl and back them up."""
    figures = Figures()
    files = {path.stat().st_size: path for path in _files(server.data_dir)}
    with files[SIZES["cut"]].open("r+b") as file:
        file.truncate(SIZES["cut"] // 2)
    files[SIZES["missing"]].unlink()
    files[SIZES["empty"]].write_bytes(b"")
    logged = server.log.stat().st_size
    for name in SIZES:
        _read(server, name, figures)
    for name in ("cut", "missing", "empty"):
        if f"damaged/{name}.csv" not in _errors(server.log, logged):
            figures.faults.append(f"no error in the log names kept/damaged/{name}.csv")
    glue = server.client("glue")
    start_crawl(glue, "damaged", "s3://kept/damaged/")
    if seconds_until_ready(glue, "damaged", CRAWL_SECONDS) is None:
        figures.faults.append(f"a crawl of them does not end in {CRAWL_SECONDS:.0f} seconds")
    code, text = backup(server)
    if code == 0:
        figures.faults.append("the backup succeeds")
    elif "kept" not in text or "damaged/" not in text:
        figures.faults.append(f"the backup does not name bucket and key: {text[-200:]!r}")
    return figures


def _read(server: Server, name: str, figures: Figures) -> None:
    """All of it, its end, and a copy of it: right, or refused at once."""
    path, body = f"/kept/damaged/{name}.csv", _body(SIZES[name])
    requests = {
        "read": Request("GET", path),
        "read in part": Request("GET", path, headers={"Range": "bytes=2900000-2999999"}),
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
