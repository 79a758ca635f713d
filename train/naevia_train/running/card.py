"""`CARD.md`: what a person must know before trusting the model. Every figure comes from the run."""

from __future__ import annotations

from collections.abc import Sequence

from naevia.card_records import Evidence
from naevia.contract import Contract
from naevia.taxonomy import CODES, TAXONOMY
from naevia_train.labelling.manifest import count_images, images_of
from naevia_train.markdown import Finding, table
from naevia_train.measuring.calibrate import FEWEST_LESIONS
from naevia_train.measuring.figures import NAMES
from naevia_train.measuring.lesions import without_lesion_id
from naevia_train.measuring.stress_text import stress_markdown
from naevia_train.measuring.subgroup_text import subgroup_markdown
from naevia_train.preparing.intake import RunData
from naevia_train.running.card_points import points_table, referred_table, tested_table
from naevia_train.running.card_words import (
    CALIBRATION_ERRORS,
    CHOSEN_ON_VALIDATION,
    SPREAD,
    learnt_codes,
    malignant_gap_sentence,
)
from naevia_train.running.cautions import cautions_markdown
from naevia_train.running.results import Results, SplitResult, Training


def card_markdown(
    contract: Contract,
    evidence: Evidence,
    data: RunData,
    results: Results,
    training: Training,
    finding: Finding,
) -> str:
    """The card of a model as Markdown."""
    sections = (
        _head(contract, learnt_codes(data.rows)),
        cautions_markdown(contract.cautions),
        _use(evidence),
        _data(data, evidence),
        _audit(data, evidence),
        _training(training),
        _split(results.validation),
        _split(results.test) if results.test else "",
        tested_table(results),
        _stress(results),
        _renditions(results),
        _calibration(results),
        _subgroups(results),
        _limits(results, evidence),
        finding.section(2),
        _hashes(evidence),
    )
    return "\n".join(section.strip() + "\n" for section in sections if section)


def _head(contract: Contract, learnt: Sequence[str]) -> str:
    spec = contract.input
    mirrored = "; the answer is the mean over the photo and its mirror image" if contract.mirrored else ""
    some = "" if len(learnt) == len(CODES) else f", of which it learnt {len(learnt)}"
    return f"""# {contract.model_id} {contract.version}

A network that reads one dermoscopy photo of one skin lesion and gives calibrated probabilities for nine
diagnoses{some}.

**Research use only. Not a medical device. It does not replace a dermatologist or a biopsy.**

- Recipe: `{contract.recipe}`, Naevia {contract.naevia_version}, {contract.created}.
- Input: {spec.size_px}x{spec.size_px} pixels, RGB, resized by `{spec.resize}`{mirrored}.
- Licence: {contract.license}.
"""


def _use(evidence: Evidence) -> str:
    not_for = "\n".join(f"- {text}" for text in evidence.not_for)
    return f"## Intended use\n\n{evidence.intended_use}\n\n## Not for\n\n{not_for}"


def _data(data: RunData, evidence: Evidence) -> str:
    lines = ["## Data", "", "Images used for training and validation, by what labels them:", ""]
    sources = [(source.label, source.licence, source.images) for source in evidence.sources]
    lines.append(table(("label", "licence", "images"), sources))
    lines += [
        "",
        "Training images by folder and diagnosis (an image with files in two folders counts in both):",
        "",
    ]
    counted = count_images(data.rows, "train").items()
    rows = [(source, *(counts.get(code, 0) for code in CODES)) for source, counts in counted]
    lines.append(table(("folder", *CODES), rows))
    sizes = {split: len(images_of(data.rows, split)) for split in ("train", "validation", "test")}
    lines += [
        "",
        f"{sizes['train']:,} images in training, {sizes['validation']:,} in validation, {sizes['test']:,} in "
        f"the test split. {_apart(data)}",
    ]
    return "\n".join(lines)


def _apart(data: RunData) -> str:
    rows = (row for row in data.rows if row.split in ("train", "validation", "test"))
    unknown = {row.image_id for row in rows if not row.lesion}
    bracket = f" ({without_lesion_id(len(unknown))})" if unknown else ""
    return f"Images of one lesion{bracket}, copies and look-alikes are never in two splits."


def _audit(data: RunData, evidence: Evidence) -> str:
    lines = ["## What the audit removed or relabelled", ""]
    lines += [f"- {what}: {count}" for what, count in evidence.audit.items()] or ["- nothing"]
    found = {heading: len(notes) for heading, notes in data.notes.items() if notes}
    if found:
        lines += ["", "Findings, each listed in the run's `audit.md`:", ""]
        lines += [f"- {heading}: {count}" for heading, count in found.items()]
    return "\n".join(lines)


def _training(training: Training) -> str:
    lines = ["## Training", "", f"{_epochs(training)} in {_duration(training.seconds)}."]
    if training.sittings:
        lines += ["", "Sittings:", "", *(f"- {sitting}" for sitting in training.sittings)]
    else:
        lines += ["", "The run folder does not say on which machine, nor in how many sittings."]
    if training.changes:
        lines += ["", "**Settings changed on the way:**", "", *(f"- {change}" for change in training.changes)]
    lines += ["", table(("setting", "value"), training.recipe.items())]
    if training.packages:
        versions = ", ".join(f"{name} {version}" for name, version in training.packages.items())
        lines += ["", f"Packages: {versions}."]
    return "\n".join(lines)


def _epochs(training: Training) -> str:
    return "1 epoch" if training.epochs == 1 else f"{training.epochs} epochs"


def _duration(seconds: float) -> str:
    if seconds < 600:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"


def _split(result: SplitResult) -> str:
    lines = [
        f"## {result.title}",
        "",
        f"Measured on {result.measured_on}. Intervals are 95 %, resampled by lesion.",
        "",
    ]
    overall = []
    for name, interval in result.measured.overall.items():
        overall.append((f"{NAMES[name][:1].upper()}{NAMES[name][1:]}", interval))
        if chance := result.by_chance.get(name):
            overall.append(("... of perfectly calibrated answers", chance))
    by_diagnosis = []
    for diagnosis in TAXONOMY:
        if diagnosis.code in result.measured.images:
            figures = result.measured.by_diagnosis[diagnosis.code]
            cells = [figures.get(name, "never the answer") for name in ("recall", "precision", "f1", "auc")]
            by_diagnosis.append((diagnosis.name, result.measured.images[diagnosis.code], *cells))
    lines += [table(("figure", "value"), overall), ""]
    lines.append(table(("diagnosis", "images", "recall", "precision", "F1", "AUC"), by_diagnosis))
    return "\n".join(lines)


def _stress(results: Results) -> str:
    return "\n".join(
        [
            "## The same photo, written another way",
            "",
            stress_markdown(results.stress),
            "",
            f"The photos had {results.stress_side_px} pixels or less at the shorter side: training keeps "
            "larger ones shrunk. `naevia evaluate --stress` repeats the test on the exported file and on "
            "whole photos.",
        ]
    )


def _renditions(results: Results) -> str:
    if not results.agreement:
        return ""
    lines = [
        "## The same photo in two renditions",
        "",
        "Share of validation images with the same top answer; and of the malignant ones that one of the two "
        "has referred, in number, the share of which the other says `monitor`:",
        "",
    ]
    rows = [
        (f"{a}, {b}", found.images, found.same_answer, found.referred, found.to_monitor or "-")
        for (a, b), found in results.agreement.items()
    ]
    lines.append(table(("renditions", "images", "same answer", "referred", "referred to monitor"), rows))
    return "\n".join(lines)


def _calibration(results: Results) -> str:
    before, after = results.log_loss
    paragraphs = [
        "## Calibration and operating points",
        f"Temperature {results.temperature:.3f}, fitted on validation: the log loss went from {before:.4f} "
        f"to {after:.4f}. It holds for a mix of diagnoses like the one in the validation images. "
        f"{CALIBRATION_ERRORS}",
        malignant_gap_sentence(results.malignant_gap),
    ]
    if results.operating_points:
        paragraphs += [
            points_table(results.operating_points), referred_table(results.operating_points), SPREAD
        ]  # fmt: skip
    else:
        paragraphs.append(
            f"No operating point: the validation images show fewer than {FEWEST_LESIONS} malignant or "
            "benign lesions. The model recommends nothing."
        )
    return "\n\n".join(filter(None, [*paragraphs, CHOSEN_ON_VALIDATION]))


def _subgroups(results: Results) -> str:
    return "\n".join(
        [
            "## Parts of the validation images",
            "",
            "Sensitivity and specificity at the threshold in use. Groups that are too small, or hold too few "
            "malignant or benign images, say so. An image counts in every source that has a file of it, by "
            "that file; in all other groups by its first one.",
            "",
            subgroup_markdown(results.subgroups),
        ]
    )


def _limits(results: Results, evidence: Evidence) -> str:
    untested = "\n".join(f"- {text}" for text in evidence.not_tested)
    return f"""## What was not tested

{untested}

Pictures that show no skin lesion are refused by a boundary in the embedding (threshold
{results.ood_threshold:.2f}; {100 * results.ood_accepted:.1f} % of the validation files, in all renditions,
are accepted, and {100 * results.ood_accepted_changed:.1f} % of the validation images when frame, colour,
sharpness and noise are changed at random as other cameras might). What is not refused may still show none.
"""


def _hashes(evidence: Evidence) -> str:
    rows = [(name, f"`{digest}`") for name, digest in evidence.files.items()]
    lines = ["## Hashes", "", table(("file of the run", "SHA-256"), rows)]
    return "\n".join([*lines, "", "The files of an exported model are listed in its `model.json`."])
