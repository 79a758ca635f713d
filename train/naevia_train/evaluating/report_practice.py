"""The section of the report that says what a recommendation means: its thresholds, in images."""

from __future__ import annotations

from html import escape

import numpy as np

from naevia.taxonomy import TAXONOMY
from naevia_train.evaluating.report_parts import dots, figure_cell, in_words, of_hundred
from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.operating import PointResult, refers
from naevia_train.page import section, table

_MALIGNANT_NAMES = ", ".join(diagnosis.name for diagnosis in TAXONOMY if diagnosis.malignant)


def in_practice_section(scored: Scored) -> str:
    """The model's threshold in images out of a hundred."""
    used = next((point for point in scored.points if point.default), None)
    if used is None:
        return ""
    return section(
        "practice",
        "What a recommendation means here",
        f"The model says <b>refer</b> where the probabilities of {escape(_MALIGNANT_NAMES)} add up to "
        f"{used.threshold:.3f} or more, <b>monitor</b> where they stay below, and <b>cannot tell</b> for "
        "photos that it refuses. Monitor does not rule cancer out: the red dots are malignant images of "
        "which it was said.",
        f'<div class="of100">{_malignant_card(used)}{_melanoma_card(scored, used)}{_benign_card(used)}</div>',
        _points(scored),
        _referred(scored),
    )


def _malignant_card(used: PointResult) -> str:
    referred, refused, missed = of_hundred(used.malignant_refused, used.malignant_missed)
    return (
        f"<div><h3>Of 100 malignant images</h3>{dots(hit=referred, unsure=refused, miss=missed)}"
        f"<p>Referred: {referred}. Cannot tell: {refused}. Missed: {missed}. "
        f"(Sensitivity, refused photos by their probability: {in_words(used.sensitivity)}.)</p></div>"
    )


def _melanoma_card(scored: Scored, used: PointResult) -> str:
    """Melanomas alone, which other malignant diagnoses would hide; empty where the set does not tell them."""
    evaluation = scored.evaluation
    codes = [entry.code for entry in evaluation.known.entries if entry.codes == ("mel",)]
    of_melanoma = np.array([image.diagnosis in codes for image in evaluation.images])
    if not of_melanoma.any():
        return ""
    scores = evaluation.every_referral_score[evaluation.first][of_melanoma]
    refused = evaluation.refused[evaluation.first][of_melanoma]
    missed = ~refused & ~refers(scores, used.threshold)
    of_100 = of_hundred(refused.mean(), missed.mean())
    unsure, lost = int(refused.sum()), int(missed.sum())
    return (
        f"<div><h3>Of 100 melanomas</h3>{dots(hit=of_100[0], unsure=of_100[1], miss=of_100[2])}"
        f"<p>Referred: {of_100[0]}. Cannot tell: {of_100[1]}. Missed: {of_100[2]}. (Of {len(scores):,} here: "
        f"{len(scores) - unsure - lost:,}, {unsure:,} and {lost:,}.)</p></div>"
    )


def _benign_card(used: PointResult) -> str:
    spared, refused, referred = of_hundred(used.benign_refused, used.benign_referred)
    return (
        f"<div><h3>Of 100 benign images</h3>{dots(hit=spared, unsure=refused, alarm=referred)}"
        f"<p>To monitor: {spared}. Cannot tell: {refused}. Referred needlessly: {referred}. "
        f"(Specificity, refused photos by their probability: {in_words(used.specificity)}.)</p></div>"
    )


def _points(scored: Scored) -> str:
    rows = [
        (
            _name(point),
            f"{point.threshold:.4f}",
            figure_cell(point.sensitivity),
            figure_cell(point.specificity),
        )
        for point in scored.points
    ]
    return table(("operating point", "refer from", "sensitivity", "specificity"), rows)


def _referred(scored: Scored) -> str:
    """Images of each malignant diagnosis that each threshold refers, whether or not they are refused."""
    rows = [
        (escape(entry.name), *(_share(*point.by_diagnosis[entry.code]) for point in scored.points))
        for entry in scored.evaluation.known.entries
        if entry.code in scored.points[0].by_diagnosis
    ]
    head = (
        "malignant diagnosis (refused photos by their probability)",
        *(f"referred by {_name(point)}" for point in scored.points),
    )
    return table(head, rows, numbers_from=len(head))


def _name(point: PointResult) -> str:
    return escape(point.name + (" (in use)" if point.default else ""))


def _share(referred: int, images: int) -> str:
    return f"{referred:,} of {images:,} ({100 * referred / images:.0f} %)"
