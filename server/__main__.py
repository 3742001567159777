"""The command line: `gluematch serve` and `gluematch find-matches`."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from . import settings
from .settings import Settings, SettingsError

log = logging.getLogger(__name__)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (else the program's arguments) name; its exit code."""
    try:
        defaults = settings.from_environment()
        return _run(parser(defaults).parse_args(words), defaults)
    except SettingsError as error:
        return _complain(str(error), code=2)


def _run(given: argparse.Namespace, defaults: Settings) -> int:
    data_dir = None if given.ephemeral else given.data_dir
    return serve(
        replace(
            defaults,
            host=given.host,
            port=given.port,
            account=given.account,
            region=given.region,
            data_dir=data_dir,
            s3_endpoint_url=given.s3_endpoint_url,
            workers=given.workers,
        )
    )


def parser(defaults: Settings | None = None) -> argparse.ArgumentParser:
    """The command line's grammar; what it does not say is as in `defaults`."""
    defaults = defaults or settings.from_environment()
    parser = argparse.ArgumentParser(
        prog="gluematch", description="AWS Glue's crawlers and FindMatches, on your own machine."
    )
    parser.add_argument("--version", action="version", version=f"gluematch {version('gluematch')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(
        commands.add_parser("serve", help="run the server until it is told to stop"), defaults
    )
    return parser


def _add_serve(parser: argparse.ArgumentParser, defaults: Settings) -> None:
    default_dir = defaults.data_dir or settings.default_data_dir()
    add = parser.add_argument
    add("--host", default=defaults.host, help="address to listen on (%(default)s)")
    add("--port", type=int, default=defaults.port, help="0 takes a free one (%(default)s)")
    add("--account", default=defaults.account, help="the account of unknown keys (%(default)s)")
    add("--region", default=defaults.region, help="the region of unsigned calls (%(default)s)")
    add("--workers", type=int, default=defaults.workers, help="runs at a time (%(default)s)")
    add(
        "--data-dir",
        type=Path,
        default=default_dir,
        help="where transforms, labels and the catalog are kept (%(default)s)",
    )
    add(
        "--ephemeral",
        action="store_true",
        default=defaults.data_dir is None,
        help="keep nothing: a temporary directory, removed at the end",
    )
    add(
        "--s3-endpoint-url",
        default=defaults.s3_endpoint_url,
        help="where your data lies, if not in this server's own S3; "
        "credentials come from the usual AWS places",
    )


def serve(chosen: Settings) -> int:
    """Run a server until SIGINT or SIGTERM; 0 when it ended cleanly, 1 when it could not start."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)  # whoever asks twice does not want to wait

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("gluematch").setLevel(logging.INFO)

    from gluematch.models.catalog.store import CatalogError  # noqa: PLC0415  # not for --help

    from .app import build  # noqa: PLC0415  # not for --help
    from .lock import DataDirectoryError  # noqa: PLC0415
    from .serving import BindError, HttpServer  # noqa: PLC0415

    try:
        with HttpServer(chosen.host, chosen.port) as server, build(chosen, server.url) as app:
            server.start(app.wsgi)
            kept = "nothing is kept" if chosen.data_dir is None else f"data in {app.data_dir}"
            print(f"gluematch is ready at {server.url} ({kept})", flush=True)
            stop.wait()
            server.stop()
    except (BindError, DataDirectoryError, CatalogError) as error:
        return _complain(str(error), code=1)
    return 0


def _complain(message: str, *, code: int) -> int:
    print(f"gluematch: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
