"""An evaluation as lines for the screen and for `report.md`."""

from __future__ import annotations

from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.evaluating.left_out_text import left_out_reasons
from naevia_train.evaluating.overlap import overlap_sentence
from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.figures import NAMES, Measured
from naevia_train.measuring.interval import Interval
from naevia_train.measuring.operating import PointResult
from naevia_train.measuring.stress_text import stress_lines
from naevia_train.measuring.subgroup_text import subgroup_lines


def report_lines(scored: Scored) -> list[str]:
    """The whole evaluation in words and figures."""
    evaluation = scored.evaluation
    lines = [
        overlap_sentence(scored.listed, scored.tested, len(evaluation.first)),
        f"{scored.model_id} on {len(evaluation.first):,} images {evaluation.of_lesions}, one file each "
        f"(95 % intervals by {evaluation.resampled}):",
    ]
    lines += _overall(evaluation.measured)
    lines += _points(scored)
    lines += _by_diagnosis(evaluation)
    if scored.agreement:
        lines.append("same top answer for two renditions of one image:")
    lines += [f"  {a} and {b}: {found}" for (a, b), found in scored.agreement.items()]
    lines += subgroup_lines(scored.subgroups)
    if scored.stress:
        lines += stress_lines(scored.stress)
    return [*lines, *_left_out(scored)]


def _overall(measured: Measured) -> list[str]:
    width = max(map(len, NAMES.values()))
    return [f"  {NAMES[name]:{width}}  {interval}" for name, interval in measured.overall.items()]


def _points(scored: Scored) -> list[str]:
    lines = ["the model's thresholds on these images:"] if scored.points else []
    for point in scored.points:
        used = " (in use)" if point.default else ""
        lines.append(
            f"  {point.name}{used}: refer from {point.threshold:.4f}: sensitivity {point.sensitivity}, "
            f"specificity {point.specificity}"
        )
        lines.append(f"    referred: {referred_words(scored, point)}")
    return lines


def referred_words(scored: Scored, point: PointResult) -> str:
    """How many images of each malignant diagnosis a threshold refers."""
    counts = {
        entry.name: point.by_diagnosis[entry.code]
        for entry in scored.evaluation.known.entries
        if entry.code in point.by_diagnosis
    }
    return ", ".join(f"{name} {referred} of {images}" for name, (referred, images) in counts.items())


def _by_diagnosis(evaluation: Evaluation) -> list[str]:
    measured, entries = evaluation.measured, {entry.code: entry for entry in evaluation.known.entries}
    width = max(len(entries[code].name) for code in measured.images)
    names = ("recall", "precision", "f1", "auc")
    lines = [f"  {'':{width}}  images  " + "  ".join(f"{name:22}" for name in names).rstrip()]
    for code, images in measured.images.items():
        cells = "  ".join(f"{_shown(measured.by_diagnosis[code].get(name)):22}" for name in names)
        lines.append(f"  {entries[code].name:{width}}  {images:6}  {cells}".rstrip())
    return ["by diagnosis:", *lines]


def _shown(interval: Interval | None) -> str:
    return str(interval) if interval else "never the answer"


def _left_out(scored: Scored) -> list[str]:
    evaluation = scored.evaluation
    lines = [f"refused: {int(evaluation.refused.sum())} of {len(evaluation.files)} files (counted above)"]
    lines += [f"left out: {reason}" for reason in left_out_reasons(scored.left_out, evaluation.known)]
    if evaluation.unread:
        lines.append(f"not readable, left out: {len(evaluation.unread)} files")
        lines += [f"  {name}: {why}" for name, why in evaluation.unread.items()]
    return lines
