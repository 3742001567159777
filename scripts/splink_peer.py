"""Splink on a table of generated persons, in a process of its own: what `bench_scale.py
--peer splink` starts, so that its memory is measured by itself.

`usual` are the settings of Splink's documentation, untuned; `tuned` are made by hand for
these columns. Prints one JSON object. Needs the extra `peers`.
"""

import argparse
import json
from typing import Any

import pandas as pd
import splink.comparison_library as cl
from measuring import now, peak_gb, score
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

_CLUSTERED_AT = 0.95
_SAMPLE = 0.3
_THRESHOLDS = (0.5, 0.8, 0.9, 0.99, 0.999, 0.9999)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "table", help="a Parquet file with the columns id and cluster beside others"
    )
    parser.add_argument("--rules", choices=["usual", "tuned"], required=True)
    options = parser.parse_args()
    frame = pd.read_parquet(options.table)
    truth = frame.pop("cluster").to_numpy()
    print(json.dumps(run(frame, truth, options.rules)), flush=True)


def run(frame: pd.DataFrame, truth: Any, rules: str) -> dict[str, Any]:
    """Train, predict and cluster; scores at 0.95 and at the best of some thresholds."""
    start = now()
    database = DuckDBAPI()
    linker = Linker(database.register(frame), _usual() if rules == "usual" else _tuned(), 40)
    _train(linker, rules)
    trained = now()
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    grouped = _clusters(linker, predicted, _CLUSTERED_AT)
    seconds, worked = (new - then for new, then in zip(now(), start, strict=True))
    gb = peak_gb()
    scores = {_CLUSTERED_AT: score(_numbers(grouped, frame), truth)}
    for threshold in _THRESHOLDS:
        scores[threshold] = score(_numbers(_clusters(linker, predicted, threshold), frame), truth)
    best = max(scores, key=lambda t: scores[t][2])
    return {
        "peer": f"splink {rules}",
        "seconds": round(seconds, 1),
        "processor": round(worked, 1),
        "training": round(trained[0] - start[0], 1),
        "gb": round(gb, 2),
        "at_0.95": [round(v, 4) for v in scores[_CLUSTERED_AT]],
        "best_threshold": best,
        "at_best": [round(v, 4) for v in scores[best]],
    }


def _clusters(linker: Linker, predicted: Any, threshold: float) -> pd.DataFrame:
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    found: pd.DataFrame = clustered.as_pandas_dataframe()
    return found


def _numbers(grouped: pd.DataFrame, frame: pd.DataFrame) -> Any:
    """The cluster number of each row of `frame`."""
    numbers = pd.Series(pd.factorize(grouped["cluster_id"])[0], index=grouped["id"].to_numpy())
    return numbers.loc[frame["id"].to_numpy()].to_numpy()


def _usual() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("surname", "birth_date"),
            block_on("given_name", "birth_date"),
            block_on("postcode", "surname"),
            block_on("phone"),
            block_on("email"),
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("birth_date"),
            cl.LevenshteinAtThresholds("street"),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("postcode"),
            cl.LevenshteinAtThresholds("phone"),
            cl.EmailComparison("email"),
        ],
        retain_matching_columns=False,
    )


def _tuned() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[
            block_on("phone"),
            block_on("email"),
            block_on("surname", "birth_date"),
            block_on("given_name", "birth_date"),
            block_on("postcode", "street"),
            block_on("given_name", "surname", "city"),
        ],
        comparisons=[
            cl.JaroWinklerAtThresholds("given_name", [0.9, 0.7]).configure(
                term_frequency_adjustments=True
            ),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(
                term_frequency_adjustments=True
            ),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
            cl.LevenshteinAtThresholds("street", [1, 2]),
            cl.LevenshteinAtThresholds("phone", [1, 2]),
            cl.LevenshteinAtThresholds("email", [1, 2]),
        ],
        retain_matching_columns=False,
    )


def _train(linker: Linker, rules: str) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "birth_date"), block_on("email")], recall=0.7
    )
    training.estimate_u_using_random_sampling(seed=1)
    if rules == "usual":
        training.estimate_parameters_using_expectation_maximisation(
            block_on("given_name", "surname")
        )
        training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
        return
    for rule in (block_on("phone"), block_on("surname", "birth_date")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, record_sample_proportion=_SAMPLE
        )


if __name__ == "__main__":
    main()
