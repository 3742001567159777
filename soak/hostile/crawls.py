"""Crawls as attacks start them, and waiting for their end."""

import threading
import time
from typing import Any

ROLE = "arn:aws:iam::111122223333:role/crawl"


def start_crawl(glue: Any, name: str, path: str, exclusions: tuple[str, ...] = ()) -> None:
    """Make a crawler of that name over an S3 path, and start it."""
    target = {"Path": path, "Exclusions": list(exclusions)}
    glue.create_crawler(Name=name, Role=ROLE, DatabaseName=name, Targets={"S3Targets": [target]})
    glue.start_crawler(Name=name)


def seconds_until_ready(glue: Any, name: str, patience: float) -> float | None:
    """How long the crawler still crawls; None where that is longer than `patience`."""
    begun, pause = time.monotonic(), threading.Event()
    while time.monotonic() - begun < patience:
        if glue.get_crawler(Name=name)["Crawler"]["State"] == "READY":
            return time.monotonic() - begun
        pause.wait(0.25)
    return None


def last_error(glue: Any, name: str) -> str:
    """What the last crawl says that went wrong; empty if nothing."""
    last = glue.get_crawler(Name=name)["Crawler"].get("LastCrawl", {})
    return str(last.get("ErrorMessage", ""))
