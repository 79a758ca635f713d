"""The look that all plots share, and the confusion matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naevia.files import replace_file
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet

TRAIN_COLOUR, VALIDATION_COLOUR, SECOND_COLOUR = "#8a94a6", "#0b6e75", "#c2571a"
_DARK = 0.75
"""Share from which the colour of a cell is dark enough for white digits."""
INK, QUIET, GRID = "#1f2933", "#66717f", "#e4e7eb"


def draw_confusion(
    answers: NDArray[np.int64], labels: NDArray[np.int64], title: str, *, known: DiagnosisSet = NINE
) -> Any:
    """Confusion matrix of counts, shaded by the share of each true diagnosis.

    Args:
        answers: Top answer per image, positions in the set, shape (n,).
        labels: True diagnosis per image, positions in the set, shape (n,).
        title: What was measured.
        known: The diagnoses.
    """
    counts = np.zeros((len(known.codes), len(known.codes)), np.int64)
    np.add.at(counts, (labels, answers), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axis = new_figure(1, 1, (9.4, 6.9) if len(known.codes) > 3 else (7.6, 4.4))
    import seaborn

    text = np.array(
        [
            ["" if n == 0 else f"{n}\n{100 * s:.0f} %" for n, s in zip(*row, strict=True)]
            for row in zip(counts, shares, strict=True)
        ]
    )
    seaborn.heatmap(
        shares,
        annot=text,
        fmt="",
        cmap=seaborn.light_palette(VALIDATION_COLOUR, as_cmap=True),
        vmin=0,
        vmax=1,
        linewidths=1.5,
        linecolor="white",
        cbar_kws={"label": "share of the true diagnosis", "shrink": 0.7},
        annot_kws={"fontsize": 8.5},
        xticklabels=list(known.codes),
        yticklabels=[f"{d.name}  ({n})" for d, n in zip(known.entries, counts.sum(axis=1), strict=True)],
        ax=axis,
    )
    for words, share in zip(axis.texts, shares.flat, strict=True):
        words.set_color("white" if share >= _DARK else INK)
    axis.set_title(title, loc="left", fontsize=12, color=INK, pad=14)
    axis.set_xlabel("answer", color=QUIET)
    axis.set_ylabel("true diagnosis (images)", color=QUIET)
    axis.tick_params(length=0)
    for ticks in (axis.get_xticklabels(), axis.get_yticklabels()):
        for tick, malignant in zip(ticks, known.malignant, strict=True):
            tick.set(rotation=0, color=SECOND_COLOUR if malignant else INK)
    figure.text(0.01, 0.008, "Orange: malignant or pre-malignant.", fontsize=9, color=SECOND_COLOUR)
    return figure


def new_figure(rows: int, columns: int, size: tuple[float, float], **grid: Any) -> tuple[Any, Any]:
    """A figure with its axes, made without pyplot, which would look for a screen and keep it alive.

    Args:
        rows: Rows of axes.
        columns: Columns of axes.
        size: Width and height in inches.
        grid: More for `matplotlib.figure.Figure.subplots`, such as `sharex` or `height_ratios`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **grid)


def style(axis: Any, title: str, x_label: str, y_label: str = "") -> None:
    """Give axes the look of every figure: a title at the left, a faint grid, no box."""
    axis.set_title(title, loc="left", fontsize=11, color=INK)
    axis.set_xlabel(x_label, color=QUIET)
    axis.set_ylabel(y_label, color=QUIET)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color=GRID, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.tick_params(colors=QUIET)


def save(figure: Any, path: Path) -> None:
    """Write a figure; the suffix names the format. An SVG of the same figure is always the same text."""
    import matplotlib

    metadata = {"Date": None} if path.suffix == ".svg" else None
    with matplotlib.rc_context({"svg.hashsalt": "naevia"}):
        replace_file(path, lambda part: figure.savefig(part, dpi=150, metadata=metadata))
