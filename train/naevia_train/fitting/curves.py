"""The curves of a run as a picture: loss, accuracy and AUC by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from naevia_train.fitting.records import EpochRecord
from naevia_train.measuring.plots import (
    QUIET,
    SECOND_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    new_figure,
    save,
    style,
)


def draw_curves(history: Sequence[EpochRecord], best_epoch: int, path: Path) -> None:
    """Loss, accuracy and AUC by epoch, with the kept epoch marked."""
    figure, axes = new_figure(1, 3, (13.5, 4.2))
    epochs = [record.epoch for record in history]
    _panel(
        axes[0],
        epochs,
        "Loss (negative log likelihood)",
        {
            "training": ([r.train_loss for r in history], TRAIN_COLOUR),
            "validation": ([r.val_loss for r in history], VALIDATION_COLOUR),
        },
    )
    _panel(
        axes[1],
        epochs,
        "Accuracy",
        {
            "training": ([r.train_accuracy for r in history], TRAIN_COLOUR),
            "validation": ([r.val_accuracy for r in history], VALIDATION_COLOUR),
        },
    )
    _panel(
        axes[2],
        epochs,
        "Validation AUC",
        {
            "macro, nine diagnoses": ([r.val_macro_auc for r in history], VALIDATION_COLOUR),
            "melanoma": ([r.val_melanoma_auc for r in history], SECOND_COLOUR),
        },
    )
    for axis in axes:
        axis.axvline(best_epoch, color=QUIET, linewidth=1, linestyle=(0, (2, 3)))
    axes[0].annotate(
        f"kept: epoch {best_epoch}",
        (best_epoch, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="top",
        color=QUIET,
        fontsize=9,
    )
    save(figure, path)


def _panel(axis: Any, epochs: list[int], title: str, lines: dict[str, tuple[list[float], str]]) -> None:
    from matplotlib.ticker import MaxNLocator

    for name, (values, colour) in lines.items():
        axis.plot(epochs, values, color=colour, linewidth=2, marker="o", markersize=3.5, label=name)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    style(axis, title, "epoch")
    axis.legend(frameon=False, fontsize=9)
