"""The command line: `gluematch serve`, and the commands beside it."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from . import backup, explain, find_matches, py_files, run_script, script, serve, settings
from .backups.errors import BackupError
from .client import Refused
from .settings import Settings, SettingsError


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (else the program's arguments) name; its exit code."""
    try:
        defaults = settings.from_environment()
        grammar = parser(defaults)
        given = grammar.parse_args(words)
        if given.command is None:
            grammar.print_help()
            return 0
        return _done(given, defaults)
    except (SettingsError, serve.CannotStart, Refused, BackupError) as error:
        print(f"gluematch: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1


def _done(given: argparse.Namespace, defaults: Settings) -> int:
    """Do the command; its exit code."""
    of_data = {"backup": backup.run_backup, "restore": backup.run_restore}
    if given.command == "py-files":
        return py_files.run(given)
    if given.command == "serve":
        return serve.run(given, defaults)
    if given.command in of_data:
        return of_data[given.command](given)
    of_a_server = {
        "explain": explain.run,
        "find-matches": find_matches.run,
        "run-script": run_script.run,
        "script": script.run,
    }
    return of_a_server[given.command](given, defaults.region)


def parser(defaults: Settings | None = None) -> argparse.ArgumentParser:
    """The command line's grammar; what it does not say is as in `defaults`."""
    top = argparse.ArgumentParser(
        prog="gluematch", description="AWS Glue's crawlers and FindMatches, on your own machine."
    )
    top.add_argument("--version", action="version", version=f"gluematch {version('gluematch')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    serving = commands.add_parser(
        "serve",
        help="run the server until it is told to stop",
        epilog="Every flag has a variable, GLUEMATCH_PORT for --port. A flag wins.",
    )
    serve.add_arguments(serving, defaults or settings.from_environment())
    matching = commands.add_parser("find-matches", help="have a running server match a table")
    find_matches.add_arguments(matching, settings.default_endpoint_url())
    explaining = commands.add_parser("explain", help="have a running server say why rows match")
    explain.add_arguments(explaining, settings.default_endpoint_url())
    writing = commands.add_parser("script", help="print a Glue job's script that finds matches")
    script.add_arguments(writing, settings.default_endpoint_url())
    running = commands.add_parser("run-script", help="run a Glue job's script on this machine")
    run_script.add_arguments(running, settings.default_endpoint_url())
    shipping = commands.add_parser("py-files", help="write the archive that a Spark cluster needs")
    py_files.add_arguments(shipping)
    saving = commands.add_parser("backup", help="copy a server's data, which may be in use")
    backup.add_backup_arguments(saving, defaults or settings.from_environment())
    restoring = commands.add_parser("restore", help="make a data directory of a backup")
    backup.add_restore_arguments(restoring, defaults or settings.from_environment())
    return top


if __name__ == "__main__":
    sys.exit(main())
