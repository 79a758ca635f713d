"""Over- or underfitting, read off the curves and said in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from naevia_train.records import EpochRecord

LARGE_GAP, SMALL_GAP = 0.10, 0.03
RISING = 1.05
STILL_FALLING = 0.97
LOW_ACCURACY = 0.6


def write_finding(history: Sequence[EpochRecord], best_epoch: int, planned_epochs: int) -> str:
    """Judge a run by its curves.

    The figures compare training and validation images measured in the same way, neither augmented nor
    resampled.
    Overfitting: training accuracy leads by more than 10 points, or validation loss rose by more than 5 %
        after its
    lowest point. Underfitting: training accuracy itself is below 60 %, or the validation loss still fell by
    more than 3 % in the last epoch of a run that was not stopped early.

    Args:
        history: The finished epochs, at least one.
        best_epoch: The epoch whose weights were kept, from 1.
        planned_epochs: Epochs that the recipe asked for.

    Returns:
        Markdown.
    """
    best = next(record for record in history if record.epoch == best_epoch)
    lowest = min(history, key=lambda record: record.val_loss)
    last = history[-1]
    verdict = _verdict(history, best, planned_epochs)
    lines = [
        "# Over- or underfitting",
        "",
        f"**{verdict}**",
        "",
        f"- Weights kept: epoch {best.epoch} of {last.epoch} ({planned_epochs} planned), the best by "
        f"validation loss ({best.val_loss:.3f}; macro AUC {best.val_macro_auc:.4f}).",
        f"- At that epoch: accuracy {best.train_accuracy:.3f} on training and {best.val_accuracy:.3f} on "
        f"validation images, a gap of {100 * (best.train_accuracy - best.val_accuracy):.1f} points; loss "
        f"{best.train_loss:.3f} and {best.val_loss:.3f}.",
        f"- Validation loss was lowest at epoch {lowest.epoch} ({lowest.val_loss:.3f}) and ended at "
        f"{last.val_loss:.3f} ({100 * (last.val_loss / lowest.val_loss - 1):+.1f} % since).",
        _last_step(history),
        "",
        "Training and validation images are measured in the same way here: the prepared photo, neither "
        "augmented nor resampled. Validation images share their sources with training; the gap says nothing "
        "about other cameras.",
    ]
    return "\n".join(lines) + "\n"


def _verdict(history: Sequence[EpochRecord], best: EpochRecord, planned_epochs: int) -> str:
    gap = best.train_accuracy - best.val_accuracy
    lowest = min(record.val_loss for record in history)
    last = history[-1]
    if best.train_accuracy < LOW_ACCURACY:
        return f"Underfitting: even on training images the accuracy is only {best.train_accuracy:.3f}."
    if gap > LARGE_GAP:
        return f"Overfitting: training accuracy leads validation by {100 * gap:.1f} points."
    if last.val_loss > RISING * lowest:
        return f"Late overfitting: validation loss rose by {100 * (last.val_loss / lowest - 1):.1f} %."
    complete = last.epoch == planned_epochs and len(history) > 1
    if complete and last.val_loss < STILL_FALLING * history[-2].val_loss:
        return "Underfitting: validation loss was still falling at the end of the run; give it more epochs."
    if gap > SMALL_GAP:
        return (
            f"Mild overfitting: training accuracy leads by {100 * gap:.1f} points, but validation loss held."
        )
    return (
        f"Neither: training and validation accuracy differ by {100 * abs(gap):.1f} points, and the loss held."
    )


def _last_step(history: Sequence[EpochRecord]) -> str:
    if len(history) < 2:
        return "- One epoch shows no trend."
    before, last = history[-2].val_loss, history[-1].val_loss
    return f"- In the last epoch validation loss changed by {100 * (last / before - 1):+.1f} %."
