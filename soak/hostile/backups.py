"""`gluematch backup` of a server's data directory."""

import subprocess
import sys

from .server import Server


def backup(server: Server) -> tuple[int, str]:
    """The exit code, and what it printed."""
    archive = server.folder / "backup.tar"
    archive.unlink(missing_ok=True)
    command = [sys.executable, "-m", "gluematch.server", "backup", "--data-dir"]
    command += [str(server.data_dir), "--to", str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr
