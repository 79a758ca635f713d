"""An evaluation as one HTML page that needs no other file and no network."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from naevia_train.evaluating.left_out_text import left_out_reasons
from naevia_train.evaluating.overlap import overlap_sentence
from naevia_train.evaluating.report_parts import picture
from naevia_train.evaluating.report_practice import in_practice_section
from naevia_train.evaluating.report_sections import (
    diagnoses_section,
    figures_section,
    groups_section,
    renditions_section,
    stress_section,
)
from naevia_train.evaluating.scored import Scored
from naevia_train.files import write_text
from naevia_train.page import facts, page, section, tiles


def write_html(scored: Scored, pictures: Mapping[str, Path], path: Path) -> None:
    """Write the report for people: the verdict, figures with intervals, curves, groups, renditions.

    Args:
        scored: What was found.
        pictures: SVG files by name, from `save_pictures`; they are put into the page.
        path: The file to write; it is replaced only when the new one is complete.
    """
    sections = (
        in_practice_section(scored),
        figures_section(scored),
        diagnoses_section(scored),
        _curves(pictures),
        _reliability(pictures),
        _decision(pictures),
        _confusion(pictures),
        stress_section(scored, picture(pictures["stress"], "stress test") if scored.stress else ""),
        renditions_section(scored),
        groups_section(scored),
        _method(scored),
    )
    body = (
        f"{_header(scored)}<main>{''.join(sections)}</main>"
        "<footer>Research use only. No photo is in this page, and none left this computer.</footer>"
    )
    write_text(path, page(f"Evaluation of {scored.model_id}", body, package=__package__))


def _header(scored: Scored) -> str:
    evaluation, contract = scored.evaluation, scored.contract
    known = "" if len(evaluation.known.codes) == 9 else f" {evaluation.known.name}."
    return (
        '<header><p class="brand">naevia <span>evaluation</span></p>'
        f"<h1>{escape(contract.model_id)} {escape(contract.version)}</h1>"
        f'<p class="verdict">Scored on {len(evaluation.first):,} images {evaluation.of_lesions}, one file '
        f"each, with the exported file as a clinic runs it.{escape(known)} "
        "Every interval is a 95 % interval. "
        f"{escape(overlap_sentence(scored.listed, scored.tested, len(evaluation.first)))}</p>"
        f"{_tiles(scored)}"
        '<p class="research">Research use only. Not a medical device.</p></header>'
    )


def _tiles(scored: Scored) -> str:
    overall = scored.evaluation.measured.overall
    wanted = (
        ("figures", "balanced_accuracy", "balanced accuracy"),
        ("curves", "malignant_auc", "malignant AUC"),
        ("curves", "melanoma_auc", "melanoma AUC"),
        ("curves", "specificity_at_95_sensitivity", "specificity at 95 % sensitivity, off the curve"),
        ("reliability", "calibration_error", "calibration error"),
    )
    shown = [(anchor, overall[name].value, words, False) for anchor, name, words in wanted if name in overall]
    if scored.stress:
        stability = scored.stress.overall().stability
        shown.append(
            ("stress", stability.same_answer.value, "same answer in other renditions", not stability.passes)
        )
    return tiles((anchor, f"{value:.3f}", words, alarm) for anchor, value, words, alarm in shown)


def _curves(pictures: Mapping[str, Path]) -> str:
    if "roc" not in pictures:
        return ""
    return section(
        "curves",
        "How well diagnoses are told apart",
        "A curve in the top left corner separates perfectly, the dotted diagonal is guessing. Marks, if any, "
        "are the model's own thresholds. After a diagnosis: its images, and the area under its curve.",
        picture(pictures["roc"], "ROC curves"),
    )


def _reliability(pictures: Mapping[str, Path]) -> str:
    return section(
        "reliability",
        "What a probability is worth",
        "On the dotted line, what was given 70 % is true in 70 of 100 images. Grey: without the "
        "temperature that was fitted on validation. Below: where the probabilities lie.",
        picture(pictures["reliability"], "reliability"),
    )


def _decision(pictures: Mapping[str, Path]) -> str:
    if "decision" not in pictures:
        return ""
    return section(
        "decision",
        "Does it help a decision?",
        "Net benefit counts malignant images that are referred and subtracts needless referrals at the rate "
        "that a threshold implies. The model helps where its line lies above both others. It depends on how "
        "many of the images are malignant: a clinic with other patients has another curve.",
        picture(pictures["decision"], "decision curve", narrow=True),
    )


def _confusion(pictures: Mapping[str, Path]) -> str:
    return section(
        "confusion",
        "What is taken for what",
        "Rows are the truth, columns the model's likeliest diagnosis: images, and their share of the row.",
        picture(pictures["confusion"], "confusion matrix", narrow=True),
    )


def _method(scored: Scored) -> str:
    evaluation, contract = scored.evaluation, scored.contract
    named = (
        ("Images", scored.target),
        ("Diagnoses", f"{evaluation.known.name}; {evaluation.known.source}"),
        ("Model file", f"SHA-256 {contract.files.get('model.onnx', 'not listed')}"),
        (
            "Intervals",
            f"95 % percentile bootstrap over {evaluation.resampled}s; Wilson over {evaluation.resampled}s "
            "where all resamples agree",
        ),
        (
            "Refused",
            f"{int(evaluation.refused.sum()):,} of {len(evaluation.files):,} files; they count in every "
            "figure",
        ),
        (
            "Left out",
            "; ".join(
                [
                    f"{len(evaluation.unread):,} files that cannot be read",
                    *left_out_reasons(scored.left_out, evaluation.known),
                ]
            ),
        ),
        (
            "Beside this page",
            "metrics.json, predictions.csv, challenge.csv, report.md, figures as PNG and SVG",
        ),
    )
    return f'<section id="method"><h2>How this was measured</h2>{facts(named)}</section>'
