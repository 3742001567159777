"""A module that another thread is importing."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Event
from types import SimpleNamespace

from gluematch.server.neighbours.loaded import loaded

TEXT = """
from half_loaded_turn import begun, go_on
begun.set()
assert go_on.wait(10)
backends = {}
"""


def test_a_module_is_seen_whole_or_not_at_all(tmp_path, monkeypatch):
    turn = SimpleNamespace(begun=Event(), go_on=Event())
    monkeypatch.setitem(sys.modules, "half_loaded_turn", turn)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_loaded.py").write_text(TEXT)
    assert loaded("half_loaded") is None
    with ThreadPoolExecutor(2) as threads:
        importing = threads.submit(import_module, "half_loaded")
        assert turn.begun.wait(10)
        assert not hasattr(sys.modules["half_loaded"], "backends")
        asking = threads.submit(loaded, "half_loaded")
        assert not asking.done()
        turn.go_on.set()
        assert asking.result(10).backends is importing.result(10).backends
    del sys.modules["half_loaded"]
