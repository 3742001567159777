"""Draws the pictures of docs/engine.md from generated people, whose truth is known.

python scripts/pictures.py [--rows N] [--out docs/pictures]
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawing import BLUE, FAINT, GREEN, INK, ORANGE, RED, Chart, Drawing
from people import Generated, Rates, generate

from gluematch.models.matching import pipeline
from gluematch.models.matching.clustering.linkage import merges
from gluematch.models.matching.pipeline import Labels, Matcher, Records, Trace

ROUGH = Rates(typo=0.3, second_typo=0.4, missing=0.25, moved=0.4)
KEPT = ["id", "given_name", "surname", "birth_date", "street", "city"]
SEED = 3
WISHES = {"precision_recall": 0.5, "accuracy_cost": 0.5}
TENTHS = [(k / 10, f"{k / 10:g}") for k in range(0, 11, 2)]


@dataclass(frozen=True)
class Scene:
    """A table with its truth, and how it was matched after so many rounds of labelling."""

    people: Generated
    records: Records
    traces: dict[int, Trace]

    def pairs(self, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """Probability of every scored pair of entities, and whether it truly matches."""
        made = self.traces[rounds].decision
        table = made.prepared.table
        first = np.unique(table.entity, return_index=True)[1]
        who = self.people.cluster[first]
        pairs = made.prepared.pairs
        return made.probability, who[pairs.i] == who[pairs.j]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs/pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    scene = observe(options.rows)
    pictures = {
        "way": way,
        "precision_recall": precision_recall,
        "calibration": calibration,
        "scores": scores,
        "linkage": linkage,
    }
    for name, draw in pictures.items():
        draw(scene).write(options.out / f"{name}.svg")


def observe(rows: int) -> Scene:
    """Match people without labels, after one round of labelling, and after four."""
    people = generate(rows, SEED, ROUGH)
    records = Records.from_frame(people.frame[KEPT], {}, "id")
    matcher: Matcher | None = None
    labels: Labels | None = None
    traces = {0: pipeline.trace_matches(records, None, enforced=None, **WISHES)}
    answers: list[tuple[np.ndarray, np.ndarray]] = []
    for done in range(1, 5):
        asked = np.array([r for rows, _ in answers for r in rows], dtype=np.int64)
        sets = pipeline.choose_sets(records, labels, matcher, asked=asked, accuracy_cost=0.5)
        numbers = np.repeat(np.arange(len(sets)) + 1000 * done, [len(s) for s in sets])
        answers.append((np.concatenate(sets), numbers))
        row, group = (np.concatenate(part).astype(np.int32) for part in zip(*answers, strict=True))
        labels = Labels(row, group, people.cluster[row].astype(np.int32))
        matcher = pipeline.train(records, labels)
        if done in {1, 4}:
            traces[done] = pipeline.trace_matches(records, matcher, enforced=None, **WISHES)
    return Scene(people, records, traces)


def way(scene: Scene) -> Drawing:
    """The stages, with what each of them made of this table."""
    made = scene.traces[4].decision
    table, found = made.prepared.table, made.prepared.proposed
    linked, groups = made.linked, len(made.groups.confidence)
    likely = int((made.probability >= scene.traces[4].threshold).sum())
    stages = [
        ("Rows", f"{len(scene.records):,}"),
        ("Entities: rows that read the same are one", f"{table.size:,}"),
        ("Blocking: the nearest of each by rare parts", f"{int(found.sum()):,} pairs"),
        ("Features: per column, record, rivals", f"{len(made.prepared.features.names)} each"),
        ("First classifier: the pair by itself", "a probability each"),
        ("Second classifier: and the pairs around it", f"{likely:,} likely pairs"),
        ("Components of the links", f"{_components(linked.component):,} of two or more"),
        ("Average linkage, cut at the tradeoff's threshold", f"{groups:,} groups"),
        ("Provided labels enforced, if asked for", "match_id, score"),
    ]
    high, gap, left, wide = 40, 18, 30, 360
    sheet = Drawing(780, len(stages) * (high + gap) + 20, "The way of the data")
    for k, (name, figure) in enumerate(stages):
        top = 15 + k * (high + gap)
        sheet.box((left, top), (wide, high), fill="#ebf4fb", stroke=BLUE, round_by=6)
        sheet.text((left + wide / 2, top + 25), name, anchor="middle")
        sheet.text((left + wide + 25, top + 25), figure, colour=INK)
        if k:
            middle = left + wide / 2
            sheet.line([(middle, top - gap), (middle, top)], BLUE)
            sheet.line([(middle - 4, top - 6), (middle, top), (middle + 4, top - 6)], BLUE)
    for k, words in ((4, "taught by labels"), (5, "taught by labels; asks questions")):
        sheet.text((left + wide + 150, 15 + k * (high + gap) + 25), words, colour=ORANGE)
    return sheet


def _log(count: float) -> float:
    return math.log10(max(count, 1))


def _components(component: np.ndarray) -> int:
    return int((np.bincount(component) >= 2).sum())


def precision_recall(scene: Scene) -> Drawing:
    """Precision against recall of pairs, as labels come in."""
    sheet = Drawing(560, 420, "Precision and recall of pairs")
    chart = Chart(sheet, ((60, 40), (460, 310)), (0.5, 1.0), (0.5, 1.0))
    ticks = [(k / 10, f"{k / 10:g}") for k in range(5, 11)]
    chart.axes(ticks, ticks, ("recall over all true pairs", "precision"))
    total = _true_pairs(scene.people.cluster)
    names = {
        0: ("no label", "#888888"),
        1: ("about 100 labelled rows", ORANGE),
        4: ("about 400 labelled rows", BLUE),
    }
    for k, (rounds, (name, colour)) in enumerate(names.items()):
        probability, match = scene.pairs(rounds)
        order = np.argsort(-probability, kind="stable")
        hits = np.cumsum(match[order]) + _folded(scene)
        said = np.arange(1, len(order) + 1) + _folded(scene)
        recall, precision = hits / total, hits / said
        shown = np.flatnonzero((recall >= 0.5) & (precision >= 0.5))
        shown = shown[:: max(1, len(shown) // 300)]
        chart.drawing.line([chart.at(recall[t], precision[t]) for t in shown], colour, wide=2)
        here = int((probability >= scene.traces[rounds].threshold).sum()) - 1
        if recall[here] >= 0.5 and precision[here] >= 0.5:
            sheet.dot(chart.at(recall[here], precision[here]), colour, 5)
        sheet.text((75, 295 + 20 * k), name, colour=colour)
    return sheet


def calibration(scene: Scene) -> Drawing:
    """How often what is said with a probability is so: pairs, and whole groups."""
    sheet = Drawing(560, 420, "Calibration")
    chart = Chart(sheet, ((60, 40), (460, 310)), (0.0, 1.0), (0.0, 1.0))
    chart.axes(TENTHS, TENTHS, ("probability or score", "share of which it is so"))
    sheet.line([chart.at(0, 0), chart.at(1, 1)], FAINT, dashed=True)
    probability, match = scene.pairs(4)
    _binned(chart, probability, match, BLUE)
    score, pure, whole = _groups(scene)
    _binned(chart, score, pure, GREEN)
    _binned(chart, score, whole, ORANGE)
    sheet.text((85, 60), "pairs: the same person", colour=BLUE)
    sheet.text((85, 80), "groups of two or more: one person only", colour=GREEN)
    sheet.text((85, 100), "groups of two or more: one person, and all of it", colour=ORANGE)
    return sheet


def _binned(chart: Chart, said: np.ndarray, so: np.ndarray, colour: str) -> None:
    bins = np.minimum((said * 10).astype(int), 9)
    points = []
    for k in range(10):
        inside = bins == k
        if inside.sum() >= 10:
            points.append(chart.at(float(said[inside].mean()), float(so[inside].mean())))
    chart.drawing.line(points, colour, wide=2)
    for point in points:
        chart.drawing.dot(point, colour)


def _groups(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The match_confidence_score of every group of two rows or more, whether it holds one
    person only, and whether it also lacks none of that person's rows."""
    matches, who = scene.traces[4].matches, scene.people.cluster
    sizes = np.bincount(who)
    score, pure, whole = [], [], []
    order = np.argsort(matches.match_id, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(matches.match_id[order])) + 1):
        if len(rows) > 1:
            score.append(matches.match_confidence_score[rows[0]])
            pure.append(len(set(who[rows].tolist())) == 1)
            whole.append(pure[-1] and sizes[who[rows[0]]] == len(rows))
    return np.array(score), np.array(pure), np.array(whole)


def scores(scene: Scene) -> Drawing:
    """How the probabilities of candidate pairs are spread, and where the threshold lies."""
    sheet = Drawing(560, 420, "Probabilities of the candidate pairs")
    probability, match = scene.pairs(4)
    edges = np.linspace(0, 1, 26)
    non, yes = (np.histogram(probability[kind], edges)[0] for kind in (~match, match))
    most = 10 ** math.ceil(math.log10(max(non.max(), yes.max(), 10)))
    chart = Chart(sheet, ((70, 40), (450, 310)), (0, 1), (1, most), scale=_log)
    powers = [(10**k, f"{10**k:,}") for k in range(round(math.log10(most)) + 1)]
    chart.axes(TENTHS, powers, ("probability of a match", "pairs (logarithmic)"))
    for k in range(25):
        for counts, colour, shift in ((non, RED, 0.15), (yes, GREEN, 0.5)):
            left = edges[k] + shift * 0.04
            x, y = chart.at(left, float(counts[k]))
            base = chart.at(left, 1)[1]
            sheet.box((x, y), (6, max(base - y, 0)), fill=colour, stroke="none")
    bar = scene.traces[4].threshold
    sheet.line([chart.at(bar, 1), chart.at(bar, most)], INK, dashed=True)
    sheet.text((chart.across(bar) + 5, 55), f"threshold {bar:.2f}")
    sheet.text((330, 80), "same person", colour=GREEN)
    sheet.text((330, 100), "different persons", colour=RED)
    return sheet


def linkage(scene: Scene) -> Drawing:
    """The linkage tree of one component that the threshold cuts into groups."""
    trace = scene.traces[4]
    made = trace.decision
    component = made.linked.component
    sizes = np.bincount(component)
    parts = np.unique(np.column_stack([component, made.groups.group]), axis=0)[:, 0]
    cuts = np.bincount(parts, minlength=len(sizes))
    fit = np.flatnonzero((sizes >= 5) & (sizes <= 9) & (cuts >= 2))
    chosen = int(fit[np.argmax(sizes[fit] - cuts[fit])]) if len(fit) else int(sizes.argmax())
    inside = np.flatnonzero(component[made.linked.pairs.i] == chosen)
    i, j = made.linked.pairs.i[inside], made.linked.pairs.j[inside]
    members, at = np.unique(np.concatenate([i, j]), return_inverse=True)
    n = len(members)
    half = len(inside)
    tree = merges(n, at[:half], at[half:], made.linked.probability[inside], trace.threshold)
    return _dendrogram(scene, members, tree, trace.threshold)


def _dendrogram(scene: Scene, members: np.ndarray, tree: list, threshold: float) -> Drawing:
    n = len(members)
    sheet = Drawing(760, 60 + 26 * n + 60, "A linkage tree")
    chart = Chart(sheet, ((400, 30), (320, 26 * n)), (1.0, 0.0), (0.0, 1.0))
    chart.axes(TENTHS, [], ("mean probability of the merge", ""))
    inside = [[k] for k in range(n)]
    for merge in tree:
        inside.append(inside[merge.one] + inside[merge.other])
    order = inside[-1]
    high = {k: 30 + 26 * place + 13.0 for place, k in enumerate(order)}
    start = dict.fromkeys(range(n), 400.0)
    first = np.unique(scene.traces[4].decision.prepared.table.entity, return_index=True)[1]
    names = scene.records.names
    for k in range(n):
        row = first[members[k]]
        cells = [scene.records.columns[names.index(c)][row] for c in names[:4]]
        words = " ".join("-" if c is None else str(c) for c in cells)
        sheet.text((390, high[k] + 4), words[:52], anchor="end", size=11)
    for k, merge in enumerate(tree):
        x = chart.across(merge.probability)
        colour = GREEN if merge.taken else RED
        for side in (merge.one, merge.other):
            sheet.line([(start[side], high[side]), (x, high[side])], colour)
        sheet.line([(x, high[merge.one]), (x, high[merge.other])], colour)
        high[n + k] = (high[merge.one] + high[merge.other]) / 2
        start[n + k] = x
    bar = chart.across(threshold)
    sheet.line([(bar, 20), (bar, 30 + 26 * n)], INK, dashed=True)
    sheet.text((bar + 4, 18), f"threshold {threshold:.2f}", size=11)
    sheet.text((20, 26 * n + 80), "green: taken", colour=GREEN)
    sheet.text((120, 26 * n + 80), "red: not taken", colour=RED)
    return sheet


def _true_pairs(cluster: np.ndarray) -> int:
    sizes = np.bincount(cluster)
    return int((sizes * (sizes - 1) // 2).sum())


def _folded(scene: Scene) -> int:
    """True pairs of rows that read the same: found before any pair is scored."""
    sizes = np.bincount(scene.traces[0].decision.prepared.table.entity)
    return int((sizes * (sizes - 1) // 2).sum())


if __name__ == "__main__":
    main()
