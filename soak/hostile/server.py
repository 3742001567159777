"""`gluematch serve --auth sigv4` as a process of its own: its keys, memory, processor time, log."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from .health import Probe

START_SECONDS = 60.0
STOP_SECONDS = 60.0
REGION = "us-east-1"
_FOREIGN = ("GLUEMATCH_", "AWS_", "PG")


@dataclass(frozen=True)
class Key:
    """An access key of the credentials file."""

    id: str
    secret: str
    account: str


OWNER = Key("AKIAOWNER", "owner-secret", "111122223333")
LOW = Key("AKIALOW", "low-secret", OWNER.account)
"""A key of the same account that may only `glue:GetTags`."""

OTHER = Key("AKIAOTHER", "other-secret", "444455556666")
_POLICY = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Action": "glue:GetTags", "Resource": "*"}]}'
)


class NotStarted(Exception):
    """The server did not start; the message is the end of its log."""


@dataclass
class Server:
    """A server over one data directory, which can be killed and started again."""

    folder: Path
    data_dir: Path
    open_files: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    """More variables, from the next start on."""

    url: str = ""
    probed: bool = False
    """Whether its health is measured from the next start on."""

    latencies: list[float] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None
    _probe: Probe | None = None

    def start(self) -> None:
        """Return when it answers. Raises NotStarted."""
        command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0"]
        command += ["--auth", "sigv4", "--credentials", str(self._credentials())]
        command += ["--data-dir", str(self.data_dir), "--workers", "2"]
        if self.open_files is not None:
            command = ["sh", "-c", f'ulimit -n {self.open_files}; exec "$@"', "sh", *command]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._variables(),
            )
        assert self._process.stdout is not None
        ready = re.search(r"ready at (\S+)", self._process.stdout.readline())
        if ready is None:
            self._process.wait(START_SECONDS)
            self._forget()
            raise NotStarted(self.log.read_text()[-1000:])
        self.url = ready.group(1)
        if self.probed:
            self.probe()

    def probe(self) -> None:
        """Measure its health until it ends, or until `stop_probing`."""
        self.probed = True
        self._probe = Probe(*self.address)

    def stop_probing(self) -> None:
        """Add to `latencies` what was measured since the start."""
        if self._probe is not None:
            self.latencies += self._probe.stop()
            self._probe = None

    def stop(self) -> int:
        """End it by SIGTERM; its exit code, or that of SIGKILL where it does not end."""
        self.stop_probing()
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._forget()
        return code

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.stop_probing()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def address(self) -> tuple[str, int]:
        place = urlsplit(self.url)
        return place.hostname or "", place.port or 0

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def client(self, service: str, key: Key = OWNER, patience: float = 30.0) -> Any:
        """A client of boto3 that shows a failure at once."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=patience,
                read_timeout=patience,
                max_pool_connections=16,
                s3={"addressing_style": "path"},
                parameter_validation=False,
            ),
        )

    def memory(self) -> float:
        """Megabytes that it holds now, without its children."""
        return self._status("VmRSS")

    def peak_memory(self) -> float:
        """The most megabytes that it has held since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def processor_seconds(self) -> float:
        """What it has used so far, without its children."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> float:
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
        return int(found.group(1)) / 1024 if found else 0.0

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {**kept, **self.environment}

    def _credentials(self) -> Path:
        path = self.folder / "keys.ini"
        (self.folder / "low.json").write_text(_POLICY)
        sections = (("owner", OWNER, ""), ("low", LOW, "low.json"), ("other", OTHER, ""))
        path.write_text("\n".join(_section(*section) for section in sections))
        path.chmod(0o600)
        return path

    def _forget(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None


def _section(name: str, key: Key, policy: str) -> str:
    lines = [f"[{name}]", f"aws_access_key_id = {key.id}", f"aws_secret_access_key = {key.secret}"]
    lines += [f"aws_account_id = {key.account}"]
    return "\n".join([*lines, *([f"policy_file = {policy}"] if policy else []), ""])
