"""What large objects cost a server that keeps them: memory at most, processor time, seconds.

    scripts/bench --uploads --gigabytes 1 5

An object is put as one and in parts, copied, and a kilobyte of it is read. The bytes are made while
they are sent, so the client is small, too. It takes three times the size on the disk.
"""

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

ACCOUNT = "111122223333"
OWNER = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/s3/aws4_request, "
BUCKET = "large"
PIECE = os.urandom(2**20)
PARTS = 8
MB = 2**20


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    url: str
    pid: int

    def client(self) -> Any:
        """One that waits for as long as it takes."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="bench",
            config=Config(read_timeout=3600, retries={"max_attempts": 0}),
        )

    def put(self, path: str, megabytes: int) -> str:
        """Send so much; its ETag."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=3600)
        headers = {"Authorization": OWNER, "Content-Length": str(megabytes * MB)}
        connection.request("PUT", path, (PIECE for _ in range(megabytes)), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        connection.close()
        return str(answer.headers["ETag"])

    def peak(self) -> float:
        """The most memory since the last `forget`, in MB."""
        told = Path(f"/proc/{self.pid}/status").read_text()
        return int(told.partition("VmHWM:")[2].split()[0]) / 1024

    def forget(self) -> None:
        """Begin to measure memory anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def seconds(self) -> float:
        """The processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A server over `folder`."""
    command = [sys.executable, "-m", "gluematch.server", "serve", "--port", "0"]
    command += ["--data-dir", str(folder), "--log-level", "error"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.search(r"ready at (\S+)", process.stdout.readline())
        assert ready is not None
        try:
            yield Served(ready[1], process.pid)
        finally:
            process.terminate()


@contextmanager
def told(server: Served, what: str) -> Iterator[None]:
    """Print what the block has cost."""
    server.forget()
    before, busy, began = server.peak(), server.seconds(), time.perf_counter()
    yield
    taken, busy = time.perf_counter() - began, server.seconds() - busy
    print(
        f"  {what:<28} {before:7.1f} -> {server.peak():7.1f} MB at most"
        f" {busy:8.2f} s of a processor {taken:8.2f} s",
        flush=True,
    )


def measure(server: Served, gigabytes: float) -> None:
    """Put, join, copy and read an object of that size."""
    s3, megabytes = server.client(), int(gigabytes * 1024)
    print(f"{gigabytes:g} GB")
    with told(server, "PutObject"):
        server.put(f"/{BUCKET}/whole", megabytes)
    with told(server, "GetObject, 1 KB of it"):
        middle = megabytes * MB // 2
        wanted = f"bytes={middle}-{middle + 1023}"
        assert len(s3.get_object(Bucket=BUCKET, Key="whole", Range=wanted)["Body"].read()) == 1024
    with told(server, "CopyObject"):
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/whole")
    for key in ("whole", "copy"):
        s3.delete_object(Bucket=BUCKET, Key=key)
    of = {"Bucket": BUCKET, "Key": "parts"}
    upload = s3.create_multipart_upload(**of)["UploadId"]
    parts = []
    with told(server, f"UploadPart, {PARTS} times"):
        for number in range(1, PARTS + 1):
            path = f"/{BUCKET}/parts?partNumber={number}&uploadId={upload}"
            parts.append({"PartNumber": number, "ETag": server.put(path, megabytes // PARTS)})
    with told(server, "CompleteMultipartUpload"):
        s3.complete_multipart_upload(**of, UploadId=upload, MultipartUpload={"Parts": parts})
    s3.delete_object(**of)


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[1.0])
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        server.client().create_bucket(Bucket=BUCKET)
        server.put(f"/{BUCKET}/first", 2)  # what is loaded once
        for gigabytes in given.gigabytes:
            measure(server, gigabytes)


if __name__ == "__main__":
    main()
