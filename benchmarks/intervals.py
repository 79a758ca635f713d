"""How much faster the bootstrap of every figure is than scikit-learn's for the AUCs alone.

    python benchmarks/intervals.py [--images 1500] [--rounds 1000]

Draws random answers to nine diagnoses, takes all figures of `naevia evaluate` with their intervals, and
beside it the nine AUCs of the same number of resamples with `sklearn.metrics.roc_auc_score`, of which only a
twentieth is computed and the time multiplied. Prints the seconds of both and the median of the pairs'
ratios. Only the ratio means something on a shared machine.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from sklearn.metrics import roc_auc_score

from naevia.taxonomy import CODES
from naevia_train.measuring.figures import measure_all

PART = 20
"""One of so many resamples is computed with scikit-learn."""


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(CODES), options.images)
    odds = np.exp(rng.normal(size=(options.images, len(CODES))) + 2 * np.eye(len(CODES))[labels])
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    pairs = [
        (
            aucs_seconds(probabilities, labels, options.rounds),
            all_seconds(probabilities, labels, options.rounds),
        )
        for _ in range(options.pairs)
    ]
    for label, column in (("scikit-learn, AUCs", 0), ("naevia, all figures", 1)):
        print(f"{label:>20}: {statistics.median(pair[column] for pair in pairs):6.1f} s")
    print(f"{'ratio':>20}: {statistics.median(theirs / ours for theirs, ours in pairs):6.2f} times as fast")


def aucs_seconds(probabilities: np.ndarray, labels: np.ndarray, rounds: int) -> float:
    """Seconds for the nine AUCs of every resample with scikit-learn, from a part of them."""
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    for _ in range(max(1, rounds // PART)):
        drawn = rng.integers(0, len(labels), len(labels))
        for position in range(len(CODES)):
            roc_auc_score(labels[drawn] == position, probabilities[drawn, position])
    return (time.perf_counter() - started) * rounds / max(1, rounds // PART)


def all_seconds(probabilities: np.ndarray, labels: np.ndarray, rounds: int) -> float:
    """Seconds for all figures with their intervals, every image a lesion of its own."""
    started = time.perf_counter()
    measure_all(probabilities, labels, [str(number) for number in range(len(labels))], rounds=rounds)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
