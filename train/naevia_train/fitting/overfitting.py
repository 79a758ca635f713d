"""Over- or underfitting, read off the curves and said in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from naevia_train.fitting.records import EpochRecord
from naevia_train.markdown import Finding
from naevia_train.measuring.interval import Interval, wilson

LARGE_GAP, SMALL_GAP = 0.10, 0.03
RISING = 1.05
STILL_FALLING = 0.97
LOW_ACCURACY = 0.6


@dataclass(frozen=True)
class Samples:
    """How many images the two accuracies are of.

    Attributes:
        train: Training images that are measured like validation ones.
        drawn_from: All training images, which those are some of.
        validation: Validation images.
    """

    train: int
    drawn_from: int
    validation: int


def judge_curves(
    history: Sequence[EpochRecord], best_epoch: int, planned_epochs: int, samples: Samples
) -> Finding:
    """Judge a run by its curves.

    The figures compare training and validation images measured in the same way, neither augmented nor
    resampled, each epoch's losses at the temperature that fits it on validation: what only made answers too
    sure is not seen. Overfitting: training accuracy leads by more than 10 points, or validation loss rose by
    more than 5 % after its lowest point. Underfitting: training accuracy itself is below 60 %, or the
    validation loss still fell by more than 3 % in the last epoch of a run that was not stopped early.

    Args:
        history: The finished epochs, at least one.
        best_epoch: The epoch whose weights were kept, from 1.
        planned_epochs: Epochs that the recipe asked for.
        samples: What the accuracies are of.
    """
    best = next(record for record in history if record.epoch == best_epoch)
    lowest = min(history, key=lambda record: record.val_loss)
    last = history[-1]
    gap = accuracy_gap(best, samples)
    seen, unseen = _accuracies(best, samples)
    verdict = _verdict(history, best, planned_epochs, f"{_points(gap)} ({_limits(gap, samples)})")
    lines = [
        f"- Weights kept: epoch {best.epoch} of {last.epoch} ({planned_epochs} planned), the best by "
        f"validation loss ({best.val_loss:.3f}; macro AUC {best.val_macro_auc:.4f}).",
        f"- At that epoch: accuracy {seen} on {_of(samples)} and {unseen} on "
        f"{samples.validation:,} validation images, a gap of {_points(gap)} ({_range(gap)}); loss "
        f"{best.train_loss:.3f} and {best.val_loss:.3f}. Intervals are 95 % (Wilson; Newcombe for the gap) "
        "and count images.",
        f"- Validation loss was lowest at epoch {lowest.epoch} ({lowest.val_loss:.3f}) and ended at "
        f"{last.val_loss:.3f} ({100 * (last.val_loss / lowest.val_loss - 1):+.1f} % since).",
        _last_step(history),
        "",
        "Training and validation images are measured in the same way here: the prepared photo, neither "
        "augmented nor resampled, losses at the temperature that fits the epoch. Validation "
        "images share their sources with training; the gap says nothing "
        "about other cameras.",
    ]
    return Finding("Over- or underfitting", verdict, "\n".join(lines))


def accuracy_gap(record: EpochRecord, samples: Samples) -> Interval:
    """Training accuracy minus validation accuracy, with its 95 % interval.

    Source: Newcombe, "Interval estimation for the difference between independent proportions" (1998),
    method 10.
    """
    seen, unseen = _accuracies(record, samples)
    gap = seen.value - unseen.value
    return Interval(
        gap,
        gap - math.hypot(seen.value - seen.low, unseen.high - unseen.value),
        gap + math.hypot(seen.high - seen.value, unseen.value - unseen.low),
    )


def _accuracies(record: EpochRecord, samples: Samples) -> tuple[Interval, Interval]:
    return (
        wilson(record.train_accuracy * samples.train, samples.train),
        wilson(record.val_accuracy * samples.validation, samples.validation),
    )


def _of(samples: Samples) -> str:
    if samples.train == samples.drawn_from:
        return f"all {samples.drawn_from:,} training images"
    return f"{samples.train:,} of the {samples.drawn_from:,} training images, drawn at random,"


def _points(gap: Interval) -> str:
    return f"{100 * gap.value:.1f} points"


def _range(gap: Interval) -> str:
    return f"{100 * gap.low:.1f} to {100 * gap.high:.1f}"


def _limits(gap: Interval, samples: Samples) -> str:
    return f"95 % interval {_range(gap)}, measured on {samples.train:,} training images"


def _verdict(history: Sequence[EpochRecord], best: EpochRecord, planned_epochs: int, lead: str) -> str:
    """One sentence; `lead` is the gap of the accuracies in words."""
    gap = best.train_accuracy - best.val_accuracy
    lowest = min(record.val_loss for record in history)
    last = history[-1]
    if best.train_accuracy < LOW_ACCURACY:
        return f"Underfitting: even on training images the accuracy is only {best.train_accuracy:.3f}."
    if gap > LARGE_GAP:
        return f"Overfitting: training accuracy leads validation by {lead}."
    if last.val_loss > RISING * lowest:
        return f"Late overfitting: validation loss rose by {100 * (last.val_loss / lowest - 1):.1f} %."
    complete = last.epoch == planned_epochs and len(history) > 1
    if complete and last.val_loss < STILL_FALLING * history[-2].val_loss:
        return "Underfitting: validation loss was still falling at the end of the run; give it more epochs."
    if gap > SMALL_GAP:
        return f"Mild overfitting: training accuracy leads by {lead}, but validation loss held."
    return f"Neither: the gap of training over validation accuracy is {lead}, and the loss held."


def _last_step(history: Sequence[EpochRecord]) -> str:
    if len(history) < 2:
        return "- One epoch shows no trend."
    before, last = history[-2].val_loss, history[-1].val_loss
    return f"- In the last epoch validation loss changed by {100 * (last / before - 1):+.1f} %."
