"""The sections of the report that are tables."""

from __future__ import annotations

from html import escape

from naevia_train.evaluating.report_json import error_before
from naevia_train.evaluating.report_parts import figure_cell
from naevia_train.evaluating.scored import Scored
from naevia_train.measuring.figures import NAMES
from naevia_train.measuring.stress import StressRow
from naevia_train.measuring.stress_text import (
    bars_sentence,
    columns_sentence,
    not_counted_sentence,
    only_answer_sentence,
    signed,
    stress_sentence,
    summary_rows,
    to_monitor_sentence,
    verdict,
)
from naevia_train.measuring.subgroup_text import COLUMNS, HEAD
from naevia_train.measuring.subgroups import Subgroup
from naevia_train.page import section, table


def figures_section(scored: Scored) -> str:
    """Figures of all images together."""
    overall = scored.evaluation.measured.overall
    rows = [
        (escape(NAMES[name]), f"{interval.value:.3f}", f"{interval.low:.3f} to {interval.high:.3f}")
        for name, interval in overall.items()
    ]
    rows.append(("calibration error without the temperature", f"{error_before(scored):.3f}", ""))
    return section(
        "figures",
        "All images together",
        "Balanced accuracy gives every diagnosis the same weight, however rare. Specificity at a "
        "sensitivity is read off these images' own curve, not off the model's threshold. The interval of "
        "the calibration error lies too high, however many images there are: resampling adds noise of its "
        "own, and noise counts as error.",
        table(("figure", "value", "95 % interval"), rows),
    )


def diagnoses_section(scored: Scored) -> str:
    """Figures of each diagnosis."""
    evaluation = scored.evaluation
    measured = evaluation.measured
    rows = []
    for entry in evaluation.known.entries:
        if entry.code not in measured.images:
            continue
        kind = "malignant" if entry.malignant else "benign"
        found = measured.by_diagnosis[entry.code]
        rows.append(
            (
                f'<span class="chip {kind}">{escape(entry.name)}</span>',
                f"{measured.images[entry.code]:,}",
                figure_cell(found.get("recall")),
                figure_cell(found.get("precision"), "never the answer"),
                figure_cell(found.get("f1")),
                figure_cell(found.get("auc")),
            )
        )
    return section(
        "diagnoses",
        "By diagnosis",
        "Recall: of the images with this diagnosis, the share that gets it. Precision: of the images that "
        "get it, the share that has it. Few images make wide intervals.",
        table(("diagnosis", "images", "recall", "precision", "F1", "AUC"), rows),
    )


def stress_section(scored: Scored, picture: str) -> str:
    """The stress test against its bars; `picture` is HTML."""
    result = scored.stress
    if result is None:
        return ""
    codes = result.counts
    head = (
        "variant",
        "same answer",
        "median",
        "95 %",
        f"referred to monitor <small>{len(result.referred)}</small>",
        *(f"{code} <small>{n}</small>" for code, n in codes.items()),
    )
    rows = [_stress_row(row) for row in (*summary_rows(result), *result.rows())]
    verdicts = "".join(
        f'<p class="{"met" if row.stability.passes else "missed"}">'
        f"{escape(row.name[:1].upper() + row.name[1:])}: {escape(verdict(row.stability))}.</p>"
        for row in summary_rows(result)
    )
    return section(
        "stress",
        "The same photo, written another way",
        escape(f"{stress_sentence(result)} {bars_sentence()} {columns_sentence()} {not_counted_sentence()}"),
        verdicts,
        *(
            f"<p>{escape(words)}</p>"
            for words in (to_monitor_sentence(result), only_answer_sentence(result))
            if words
        ),
        picture,
        table(head, rows),
    )


def _stress_row(row: StressRow) -> tuple[str, ...]:
    stability = row.stability

    def marked(name: str, text: str) -> str:
        return f'<span class="missed">{text}</span>' if name in stability.missed else text

    return (
        escape(row.name),
        marked("same_answer", figure_cell(stability.same_answer)),
        marked("median_change", f"{stability.median_change:.3f}"),
        marked("large_change", f"{stability.large_change:.3f}"),
        figure_cell(stability.to_monitor, "·"),
        *map(signed, row.recall_change.values()),
    )


def renditions_section(scored: Scored) -> str:
    """Real renditions of one photo, where the images hold them."""
    if not scored.agreement:
        return ""
    rows = [
        (
            f"{escape(a)} and {escape(b)}",
            f"{found.images:,}",
            figure_cell(found.same_answer),
            f"{found.referred:,}",
            figure_cell(found.to_monitor, "·"),
        )
        for (a, b), found in scored.agreement.items()
    ]
    return section(
        "renditions",
        "The same photo from two archives",
        "Share of photos with the same likeliest diagnosis in both; and of the malignant ones that one of "
        "the two has referred, in number, the share of which the other says <b>monitor</b>.",
        table(("archives", "photos", "same answer", "referred", "referred to monitor"), rows),
    )


def groups_section(scored: Scored) -> str:
    """Figures by part of the images."""
    rows = []
    by = ""
    for group in scored.subgroups:
        if group.by != by:
            by = group.by
            rows.append((f"<b>{escape(by)}</b>", "", "", "", *("" for _ in COLUMNS)))
        counts = (f"{count:,}" for count in (group.images, group.lesions, group.malignant))
        rows.append((escape(group.name), *counts, *_group_cells(group)))
    return section(
        "groups",
        "Whom it works for",
        "Sensitivity and specificity at the model's threshold. Groups that are too small, or hold too few "
        "malignant or benign images, say so instead of giving a figure that would mislead. An image counts "
        "in every source that has a file of it, by that file; in all other groups by its first one.",
        table(("group", "images", "lesions", "malignant", *HEAD), rows),
    )


def _group_cells(group: Subgroup) -> list[str]:
    return [figure_cell(group.figures.get(name), group.too_small or "·") for name in COLUMNS]
