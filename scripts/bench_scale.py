"""The way of a large table: generated records, taught by about 400 labelled rows, matched and
scored, with seconds and peak memory by stage.

`--matcher FILE` keeps the taught model, so that a second run spares the teaching. `--peer
splink` matches the same records with Splink too (needs the extra `peers`), untuned and tuned
by hand, in a process of its own. `--new N` matches all but N rows, and then gives those a place
among the others.
"""

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import people
import products
from measuring import Meter, measured, score
from people import Generated

from gluematch.models.matching import pipeline
from gluematch.models.matching.blocking import dynamic_blocking
from gluematch.models.matching.blocking.neighbour_blocking import candidate_pairs
from gluematch.models.matching.features.candidate_table import read_entities
from gluematch.models.matching.labelling.incremental import match_incrementally
from gluematch.models.matching.pipeline import Labels, Matcher, Records
from gluematch.models.matching.records import token_vectors_large

LOADED = (dynamic_blocking, token_vectors_large)
"""With the compiler, before the clock runs, as the peer's libraries are."""


def main() -> None:
    options = _options()
    for rows in options.rows:
        made = _generated(rows, options)
        print(json.dumps(bench(made, options)), flush=True)
        if options.peer:
            _run_peer(made)


def _generated(rows: int, options: argparse.Namespace) -> Generated:
    start = time.perf_counter()
    way = products.generate if options.of == "products" else people.generate
    made = way(rows, options.seed)
    print(f"{rows} records generated in {time.perf_counter() - start:.1f} s", flush=True)
    return made


def _run_peer(made: Generated) -> None:
    """Print what Splink makes of the same records, by its usual rules and by tuned ones."""
    script = Path(__file__).with_name("splink_peer.py")
    with tempfile.TemporaryDirectory() as folder:
        table = str(Path(folder) / "records.parquet")
        made.frame.assign(cluster=made.cluster).to_parquet(table)
        for rules in ("usual", "tuned"):
            subprocess.run([sys.executable, str(script), table, "--rules", rules], check=True)


def bench(made: Generated, options: argparse.Namespace) -> dict[str, Any]:
    """Teach, match and score one table."""
    records = Records.from_frame(made.frame, {}, "id")
    if options.parquet:
        made.frame.assign(cluster=made.cluster).to_parquet(options.parquet)
    matcher, taught = _taught(records, made, options)
    if options.new:
        return _added(records, made, matcher, options) | taught
    matches, result = measured(
        "match",
        lambda meter: pipeline.find_matches(
            records,
            matcher,
            precision_recall=0.5,
            accuracy_cost=0.5,
            enforced=None,
            seed=options.seed,
            progress=meter.report,
        ),
    )
    precision, recall, f1 = score(matches.match_id, made.cluster)
    result |= {"rows": len(records), "precision": precision, "recall": recall, "f1": f1} | taught
    if options.blocking:
        result |= _blocking(records, made)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in result.items()}


def _added(
    records: Records, made: Generated, matcher: Matcher | None, options: argparse.Namespace
) -> dict[str, Any]:
    """Match all rows but some, and add those; the quality is that of pairs with an added row."""
    assert matcher is not None
    wishes = {"precision_recall": 0.5, "accuracy_cost": 0.5, "seed": options.seed}
    chance = np.random.default_rng(options.seed)
    new = np.sort(chance.choice(len(records), options.new, replace=False))
    old = np.setdiff1d(np.arange(len(records)), new)
    before, after = _rows(records, old), _rows(records, new)
    matches, result = measured(
        "match",
        lambda meter: pipeline.find_matches(
            before, matcher, enforced=None, progress=meter.report, **wishes
        ),
    )
    joined, more = measured(
        "add",
        lambda meter: match_incrementally(
            before, matches.match_id, after, matcher, progress=meter.report, **wishes
        ),
    )
    found = np.empty(len(records), dtype=np.int64)
    found[old], found[new] = matches.match_id, joined.match_id
    precision, recall, f1 = score(*_near(found, made.cluster, new))
    shares = {"precision": precision, "recall": recall, "f1": f1}
    return result | more | shares | {"rows": len(before), "added": len(after)}


def _rows(records: Records, rows: np.ndarray) -> Records:
    columns = tuple(column[rows] for column in records.columns)
    return Records(records.names, records.types, columns, records.keys[rows])


def _near(found: np.ndarray, cluster: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both groupings, of the rows that share a group or a cluster with an added one."""
    near = np.isin(found, found[new]) | np.isin(cluster, cluster[new])
    return found[near], cluster[near]


def _taught(
    records: Records, made: Generated, options: argparse.Namespace
) -> tuple[Matcher | None, dict[str, Any]]:
    """A matcher taught by rounds of `sets` sets of 10 rows, answered from the truth."""
    stored = Path(options.matcher) if options.matcher else None
    if stored is not None and stored.exists():
        kept = json.loads(stored.read_text())
        arrays = base64.b64decode(kept["arrays"])
        return Matcher.from_parts(kept["document"], arrays), {"labelled": kept["labelled"]}
    labels, matcher, result, asked = None, None, {}, np.zeros(0, dtype=np.int64)
    for done in range(options.rounds):
        sets, timed = measured("choose", partial(_choose, records, labels, matcher, options.sets))
        result |= timed
        rows = np.concatenate(sets).astype(np.int32)
        asked = np.concatenate([asked, rows])
        group = np.repeat(np.arange(len(sets)) + 1000 * done, [len(s) for s in sets])
        given = Labels(rows, group.astype(np.int32), made.cluster[rows].astype(np.int32))
        labels = given if labels is None else _joined(labels, given)
        matcher, timed = measured("train", partial(_train, records, labels))
        result |= timed
    if matcher is not None and stored is not None:
        document, arrays = matcher.to_parts()
        text = base64.b64encode(arrays).decode()
        kept = {"document": document, "arrays": text, "labelled": len(asked)}
        stored.write_text(json.dumps(kept))
    return matcher, result | {"labelled": len(asked)}


def _choose(
    records: Records, labels: Labels | None, matcher: Matcher | None, sets: int, meter: Meter
) -> list[np.ndarray]:
    asked = np.zeros(0, dtype=np.int64) if labels is None else labels.row.astype(np.int64)
    return pipeline.choose_sets(
        records,
        labels,
        matcher,
        asked=asked,
        accuracy_cost=0.5,
        sets=sets,
        progress=meter.report,
    )


def _train(records: Records, labels: Labels | None, meter: Meter) -> Matcher:
    assert labels is not None
    return pipeline.train(records, labels, progress=meter.report)


def _joined(first: Labels, second: Labels) -> Labels:
    return Labels(
        np.concatenate([first.row, second.row]),
        np.concatenate([first.set, second.set]),
        np.concatenate([first.label, second.label]),
    )


def _blocking(records: Records, made: Generated) -> dict[str, Any]:
    """How many true pairs blocking proposes, and how many pairs for each record."""
    base = read_entities(records, pipeline.no_progress)
    pairs = candidate_pairs(base.table, base.vectors, 0.5, None)
    have = pairs.i.astype(np.int64) << 32 | pairs.j
    order = np.argsort(made.cluster, kind="stable")
    found = total = 0
    for step in range(1, int(np.bincount(made.cluster).max())):
        a, b = order[:-step], order[step:]
        same = made.cluster[a] == made.cluster[b]
        x, y = base.table.entity[a[same]], base.table.entity[b[same]]
        code = np.minimum(x, y).astype(np.int64) << 32 | np.maximum(x, y)
        at = np.minimum(np.searchsorted(have, code), len(have) - 1)
        found += int(((have[at] == code) | (x == y)).sum())
        total += int(same.sum())
    return {
        "block_recall": found / max(total, 1),
        "candidates_per_record": len(pairs) / len(records),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--of", choices=["people", "products"], default="people")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=4, help="labelling rounds")
    parser.add_argument("--sets", type=int, default=10, help="sets of 10 rows in each round")
    parser.add_argument("--matcher", help="read the taught model from this file, or write it")
    parser.add_argument("--blocking", action="store_true", help="measure block recall too")
    parser.add_argument("--peer", choices=["splink"], help="match with this one too")
    parser.add_argument("--new", type=int, default=0, help="rows to add to the others, matched")
    parser.add_argument("--parquet", help="write the generated records here, for a peer")
    return parser.parse_args()


if __name__ == "__main__":
    main()
