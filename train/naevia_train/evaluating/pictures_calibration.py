"""How often what was said with some probability is true."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.measuring import weighted
from naevia_train.measuring.interval import wilson
from naevia_train.measuring.plots import (
    GRID,
    QUIET,
    SECOND_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    new_figure,
    style,
)

_BINS = 10


class _Bin(NamedTuple):
    said: float
    found: float
    low: float
    high: float


def draw_reliability(evaluation: Evaluation) -> Any:
    """The top answer's and the malignant probability against what was true, with where they lie below."""
    known, labels = evaluation.known, evaluation.labels
    figure, axes = new_figure(2, 2, (12.0, 7.4), height_ratios=(3.4, 1), sharex=True)
    right = evaluation.probabilities.argmax(axis=1) == labels
    after, before = evaluation.probabilities, evaluation.uncalibrated
    malignant = known.malignant[labels]
    panels = (
        (
            "The likeliest diagnosis",
            after.max(axis=1),
            right,
            before.max(axis=1),
            before.argmax(axis=1) == labels,
        ),
        (
            "Malignant or pre-malignant",
            known.malignant_probability(after),
            malignant,
            known.malignant_probability(before),
            malignant,
        ),
    )
    for column, (title, said, true, said_before, true_before) in enumerate(panels):
        top, bottom = axes[:, column]
        style(top, title, "", "share that is true")
        top.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, linestyle=(0, (2, 3)))
        _draw(top, said_before, true_before, TRAIN_COLOUR, "without the temperature")
        _draw(top, said, true, VALIDATION_COLOUR, "as the model answers")
        top.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        top.legend(
            frameon=False,
            fontsize=9,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.04),
            title=f"95 % Wilson intervals, {_BINS} equal groups",
        )
        top.get_legend().get_title().set(fontsize=8.5, color=QUIET)
        top.grid(color=GRID, linewidth=0.8)
        style(bottom, "", "probability that was given", "images")
        bottom.hist(said, bins=np.linspace(0, 1, 31), color=SECOND_COLOUR, alpha=0.75)
    return figure


def _draw(axis: Any, said: NDArray[np.floating], true: NDArray[np.bool_], colour: str, words: str) -> None:
    bins = _equal_groups(said, true)
    x, y = [b.said for b in bins], [b.found for b in bins]
    gap = weighted.calibration_gap(said, true, np.ones((1, len(said))))[0]
    label = f"{words}: calibration error {gap:.3f}"
    axis.vlines(x, [b.low for b in bins], [b.high for b in bins], color=colour, linewidth=1, alpha=0.6)
    axis.plot(x, y, color=colour, linewidth=1.8, marker="o", markersize=5, label=label)


def _equal_groups(said: NDArray[np.floating], true: NDArray[np.bool_]) -> list[_Bin]:
    """Groups with the same number of images, from the least to the most likely."""
    found = []
    for chosen in np.array_split(np.argsort(said, kind="stable"), min(_BINS, len(said))):
        share = wilson(int(true[chosen].sum()), len(chosen))
        found.append(_Bin(float(said[chosen].mean()), share.value, share.low, share.high))
    return found
