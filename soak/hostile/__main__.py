"""Attacks a server in all ways that once succeeded, and holds it to the same bounds each time: no
5xx but for a damaged disk, no acknowledged change lost, health within 250 ms at p99, memory within
120 %, and an answer to an ordinary call afterwards."""

import argparse
import sys
from collections.abc import Sequence

from .attack import Skipped
from .attacks import ATTACKS
from .runner import Result, run
from .server import NotStarted
from .table import table


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every bound holds, else 1."""
    parser = argparse.ArgumentParser(prog="soak.hostile", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=sorted(ATTACKS), help="one attack; may be repeated"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", flush=True)
    results: list[Result] = []
    broken: dict[str, list[str]] = {}
    for name in options.only or ATTACKS:
        attack = ATTACKS[name]
        print(f"  {name}", end=" ", flush=True)
        try:
            result = run(attack, options.seed)
        except Skipped as reason:
            print(f"skipped: {reason}", flush=True)
            continue
        except NotStarted as error:
            broken[name] = [f"the server does not start: {error}"]
            print("BROKEN", flush=True)
            continue
        results.append(result)
        if faults := result.broken_bounds(damages_disk=attack.damages_disk):
            broken[name] = faults
        print("BROKEN" if faults else "held", f"{result.seconds:.0f} s", flush=True)
    print(table(results))
    for name, faults in broken.items():
        for fault in faults:
            print(f"BROKEN {name}: {fault}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
