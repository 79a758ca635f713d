"""Shortcuts: how well something that is not the lesion predicts the diagnosis.

A network takes the easiest road. Where one diagnosis comes from another camera, clinic or rendition than the
rest, it reads that off the file and never learns the lesion. A small forest on a few plain numbers shows
which roads are open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.auditing.findings import Shortcut
from naevia_train.auditing.shortcuts_features import (
    FEATURE_NAMES,
    FEATURE_VERSION,
    SIGNALS,
    shortcut_features,
)

__all__ = ["FEATURE_NAMES", "FEATURE_VERSION", "draw_files", "measure_shortcuts", "shortcut_features"]

MIN_GROUPS = 10
"""Diagnoses with fewer groups are left out: their recall would mean nothing."""

MAX_FILES_PER_DIAGNOSIS = 300
"""More files narrow the interval little and cost time; they are drawn at random."""

_FOLDS, _TREES, _DEPTH, _LEAF, _RESAMPLES = 5, 30, 10, 3, 1000


def measure_shortcuts(
    features: NDArray[np.float32],
    *,
    sources: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str],
    seed: int,
) -> tuple[Shortcut, ...]:
    """Predict the diagnosis from each signal alone, and from all together.

    A forest of extremely randomised trees (Geurts, Ernst and Wehenkel 2006) with balanced class weights, five
    folds that keep groups together. The interval resamples groups (percentile bootstrap of the held-out
    answers): it covers the choice of test images, not of training images.

    Args:
        features: Rows of `shortcut_features` of the drawn files, shape (n, len(FEATURE_NAMES)).
        sources: The given folder of each file.
        labels: Diagnosis code of each file.
        groups: Files of one group (one lesion, one picture) never stand on both sides of a fold.
        seed: Seed of the folds, the forest and the intervals.

    Returns:
        One entry per signal, `source` first and `everything` last; empty without files.
    """
    if not len(labels):
        return ()
    label_of = np.asarray(labels)
    group_of = np.unique(np.asarray(groups), return_inverse=True)[1]
    folds = _deal(label_of, group_of, np.random.default_rng(seed))
    source_of = np.asarray(sources)
    by_signal = {"source": (source_of[:, None] == np.unique(source_of)).astype(np.float32)}
    first = 0
    for signal, names in SIGNALS.items():
        by_signal[signal] = features[:, first : first + len(names)]
        first += len(names)
    by_signal["everything"] = np.concatenate(list(by_signal.values()), axis=1)
    weights = _resampling_weights(int(group_of.max()) + 1, np.random.default_rng(seed))
    return tuple(
        _score(signal, _correct(columns, label_of, folds, seed), label_of, group_of, weights)
        for signal, columns in by_signal.items()
    )


def draw_files(labels: Sequence[str], groups: Sequence[Hashable], *, seed: int) -> NDArray[np.intp]:
    """Choose the files to measure on: at most `MAX_FILES_PER_DIAGNOSIS` of each diagnosis.

    Args:
        labels: Diagnosis code of each file.
        groups: Group of each file.
        seed: Seed of the drawing.

    Returns:
        Positions, ascending; empty where fewer than two diagnoses have `MIN_GROUPS` groups.
    """
    rng = np.random.default_rng(seed)
    label_of = np.asarray(labels)
    first_file = np.unique(np.asarray(groups), return_index=True)[1]
    led = Counter(label_of[first_file].tolist())
    drawn = []
    for code in (code for code in CODES if led[code] >= MIN_GROUPS):
        where = np.flatnonzero(label_of == code)
        drawn.append(rng.permutation(where)[:MAX_FILES_PER_DIAGNOSIS])
    return np.sort(np.concatenate(drawn)) if len(drawn) > 1 else np.empty(0, dtype=np.intp)


def _deal(labels: NDArray[np.str_], groups: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """The fold of each file: the groups of each diagnosis in turn, shuffled, dealt like cards."""
    _, first_file = np.unique(groups, return_index=True)
    fold_of_group = np.empty(len(first_file), dtype=np.intp)
    for code in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels[first_file] == code))
        fold_of_group[members] = np.arange(len(members)) % _FOLDS
    return fold_of_group[groups]


def _correct(
    columns: NDArray[np.float32], labels: NDArray[np.str_], folds: NDArray[np.intp], seed: int
) -> NDArray[np.float64]:
    """1 for every file whose diagnosis a forest that has not seen its fold finds, else 0."""
    from sklearn.ensemble import ExtraTreesClassifier

    if np.ptp(columns, axis=0).max() == 0:
        # The same numbers for every file tell nothing: guessing is all that is left.
        return np.full(len(labels), 1 / len(np.unique(labels)))
    correct = np.zeros(len(labels))
    for fold in range(_FOLDS):
        held_out = folds == fold
        forest = ExtraTreesClassifier(
            _TREES, max_depth=_DEPTH, min_samples_leaf=_LEAF, class_weight="balanced", random_state=seed
        )
        forest.fit(columns[~held_out], labels[~held_out])
        correct[held_out] = forest.predict(columns[held_out]) == labels[held_out]
    return correct


def _resampling_weights(groups: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each group is drawn, by bootstrap resample."""
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=_RESAMPLES).astype(np.float64)


def _score(
    signal: str,
    correct: NDArray[np.float64],
    labels: NDArray[np.str_],
    groups: NDArray[np.intp],
    weights: NDArray[np.float64],
) -> Shortcut:
    codes = [code for code in CODES if code in set(labels)]
    hits, files = (np.zeros((weights.shape[1], len(codes))) for _ in range(2))
    column = np.asarray([codes.index(label) for label in labels])
    np.add.at(files, (groups, column), 1)
    np.add.at(hits, (groups, column), correct)
    resampled = (weights @ hits) / np.maximum(weights @ files, 1)
    low, high = np.percentile(resampled.mean(axis=1), (2.5, 97.5))
    recall = hits.sum(axis=0) / files.sum(axis=0)
    return Shortcut(
        signal=signal,
        balanced_accuracy=_rounded(recall.mean()),
        low=_rounded(low),
        high=_rounded(high),
        chance=_rounded(1 / len(codes)),
        recall=tuple(zip(codes, map(_rounded, recall), strict=True)),
        files=len(labels),
    )


def _rounded(value: float) -> float:
    """Four decimals: finer ones would differ between processors and mean nothing."""
    return round(float(value), 4)
