"""Bodies of objects: whoever is told that one is there finds it after a loss of power."""

import io
import os
import threading

import pytest

from gluematch.models.catalog.store import open_catalog
from gluematch.server.neighbours.s3 import bodies as module
from gluematch.server.neighbours.s3.bodies import Bodies
from gluematch.server.neighbours.s3.small import LARGEST, Small

DATA = b"x" * (LARGEST + 1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def bodies(tmp_path, folder):
    catalog = open_catalog(tmp_path / "catalog.sqlite", durable=True)
    yield Bodies(folder, Small(catalog))
    catalog.close()


def test_every_thread_that_relies_on_a_new_folder_has_its_name_on_the_disk(
    bodies, folder, monkeypatch
):
    """The first thread makes the folder and is held up before its fsync; the second one finds the
    folder, and may not answer on the strength of it."""
    monkeypatch.setattr(module.ids, "unique", iter(["abc-1", "abd-2"]).__next__)
    reached, free = threading.Event(), threading.Event()
    synchronised: list[tuple[str, str]] = []
    really = os.fsync

    def fsync(handle: int) -> None:
        who, path = threading.current_thread().name, os.readlink(f"/proc/self/fd/{handle}")
        if who == "first" and path == str(folder):
            reached.set()
            assert free.wait(30)
        really(handle)
        synchronised.append((who, path))

    monkeypatch.setattr(os, "fsync", fsync)
    first = threading.Thread(target=lambda: bodies.write(io.BytesIO(DATA)), name="first")
    first.start()
    try:
        assert reached.wait(30)
        second = threading.Thread(target=lambda: bodies.write(io.BytesIO(DATA)), name="second")
        second.start()
        second.join(30)
        assert ("second", str(folder)) in synchronised
    finally:
        free.set()
        first.join(30)
    assert sorted(path.name for path in (folder / "ab").iterdir()) == ["abc-1", "abd-2"]
