"""The pictures of the docs can be drawn anew, and those that a page shows are there."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent.parent
SHOWN = re.findall(r"\(pictures/(\w+)\.svg\)", (ROOT / "docs/engine.md").read_text())


def test_every_picture_is_drawn_and_shown(tmp_path):
    program = [sys.executable, ROOT / "scripts/pictures.py", "--rows", "400", "--out", tmp_path]
    subprocess.run(program, check=True)
    drawn = {path.stem: ElementTree.parse(path).getroot() for path in tmp_path.iterdir()}
    assert set(drawn) == set(SHOWN)
    assert set(SHOWN) == {path.stem for path in (ROOT / "docs/pictures").iterdir()}
    for name, picture in drawn.items():
        assert picture.tag.endswith("svg"), name
        assert len(picture) > 20, name
