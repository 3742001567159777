"""What bounds a client: bytes, counts, seconds, and the files of this process.

docs/decisions/request-limits.md says where each number comes from.
"""

import resource
from collections.abc import Mapping
from typing import Any

from gluematch.server.protocol import destination

KB, MB, GB = 2**10, 2**20, 2**30

LARGEST_HEAD = 64 * KB
"""Bytes of a request line, and of the headers after it."""

MOST_HEADERS = 512
MOST_PARAMETERS = 1000
LONGEST_HOST = 512
LONGEST_LINE = KB
"""Bytes of a line between the chunks of a body."""

HEAD_SECONDS = 20.0
BODY_SECONDS = 60.0
"""A head may take so many seconds. A body, and an answer, may take so many as well, and one more
for each SLOWEST bytes that have moved: whoever is slower is cut off."""

KEEP_ALIVE_SECONDS = 60.0
LINGER_SECONDS = 2.0
"""So long a client that was refused may go on to send before its connection is closed."""

SLOWEST = KB
"""Bytes that earn a peer one more second."""

UNSENT = 16 * KB
"""As much of an answer waits in memory for a client that does not take it. A thread waits where
more is left."""

SMALL_BODY = 16 * KB
"""A body up to here waits for its client in memory. A larger one needs one of BODY_PLACES."""

BODY_PLACES = 64
IN_MEMORY = 256 * KB
"""A larger body is put into a file."""

MOST_CONNECTIONS = 4096
FILES_KEPT_FREE = 256
"""Files that connections leave to everything else: the catalog, objects, runs."""

_MOST_FILES = 65_536
LARGEST_DOCUMENT = 8 * MB
"""Bytes of what S3 is sent that is no object."""

_LARGEST_OBJECT = 5 * GB + 64 * MB
_LARGEST_BODY = {"s3": LARGEST_DOCUMENT, "json": 8 * MB, "form": 4 * MB}
_LARGEST_OF_SERVICE = {"dynamodb": 17 * MB, "lambda": 70 * MB}


def largest_body(environ: Mapping[str, Any]) -> int:
    """The bytes that the body of a request may have."""
    where = destination.of(environ)
    if where.dialect == "json":
        return _LARGEST_OF_SERVICE.get(where.service, _LARGEST_BODY["json"])
    if where.dialect == "s3" and _may_be_an_object(environ):
        return _LARGEST_OBJECT
    return _LARGEST_BODY[where.dialect]


def _may_be_an_object(environ: Mapping[str, Any]) -> bool:
    """Whether it is PUT, or posted by a browser, which signs within the form."""
    posted = str(environ.get("CONTENT_TYPE", "")).startswith("multipart/form-data")
    unsigned = destination.of(environ).signer.service is None
    return environ["REQUEST_METHOD"] == "PUT" or (posted and unsigned)


def raise_file_limit() -> None:
    """Let this process open as many files as the system allows it: the usual default is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def most_connections() -> int:
    """How many connections may be open, so that files are left for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(min(MOST_CONNECTIONS, soft - FILES_KEPT_FREE), soft // 4)
