"""`CARD.md`: what a person must know before trusting the model. Every figure comes from the run."""

from __future__ import annotations

from naevia.contract import Contract
from naevia.taxonomy import CODES, TAXONOMY
from naevia_train.audit import AuditedData
from naevia_train.evaluating.intervals import NAMES
from naevia_train.manifest import count_images, images_of
from naevia_train.results import Results, SplitResult
from naevia_train.sources import FOLDER_LICENCE, LICENCES, authorities_of, images_by_authority


def write_card(contract: Contract, data: AuditedData, results: Results, finding: str) -> str:
    """The card of a model as Markdown."""
    sections = (
        _head(contract),
        _data(data),
        _audit(data),
        _split(results.validation, "Validation"),
        _split(results.test, "The declared test folder") if results.test else "",
        _renditions(results),
        _calibration(results),
        _limits(results),
        finding.replace("# Over", "## Over", 1),
    )
    return "\n".join(section.strip() + "\n" for section in sections if section)


def _head(contract: Contract) -> str:
    spec = contract.input
    mirrored = "; the answer is the mean over the photo and its mirror image" if contract.mirrored else ""
    return f"""# {contract.model_id} {contract.version}

A network that reads one dermoscopy photo of one skin lesion and gives calibrated probabilities for nine
diagnoses.

**Research use only. Not a medical device. It does not replace a dermatologist or a biopsy.**

- Recipe: `{contract.recipe}`, Naevia {contract.naevia_version}, {contract.created}.
- Input: {spec.size_px}x{spec.size_px} pixels, RGB, resized by `{spec.resize}`{mirrored}.
- Licence: {contract.license}.

## Intended use

Research and teaching on dermoscopy photos, one lesion in the middle of the frame, taken with a dermatoscope.
As decision support it may only be studied, with the decision taken without it.

## Not for

- Diagnosis or treatment of a patient, and any decision that no physician takes.
- Photos that are not dermoscopy (smartphone, clinical overview), nails, mucosa, open wounds, tattoos, several
  lesions in one frame.
- Diagnoses other than the nine, for which the network has no answer. The nine are
  {", ".join(diagnosis.name for diagnosis in TAXONOMY)}.
"""


def _data(data: AuditedData) -> str:
    lines = ["## Data", "", "Images used for training and validation, by what labels them:", ""]
    lines += ["| label | licence | images |", "|---|---|---|"]
    for label, count in images_by_authority(data.rows).items():
        licence = "; ".join(LICENCES[name] for name in authorities_of(label)) or FOLDER_LICENCE
        lines.append(f"| {label} | {licence} | {count} |")
    lines += [
        "",
        "Training images by folder and diagnosis (an image with files in two folders counts in both):",
        "",
    ]
    lines += ["| folder | " + " | ".join(CODES) + " |", "|---" * (1 + len(CODES)) + "|"]
    for source, counts in count_images(data.rows, "train").items():
        lines.append(f"| {source} | " + " | ".join(str(counts.get(code, 0)) for code in CODES) + " |")
    sizes = {split: len(images_of(data.rows, split)) for split in ("train", "validation", "test", "excluded")}
    lines += [
        "",
        f"{sizes['train']} images in training, {sizes['validation']} in validation, {sizes['test']} in a "
        f"declared test folder, {sizes['excluded']} left out because they share a lesion or a picture with "
        "another split. Images of one lesion, copies and look-alikes are never in two splits.",
    ]
    return "\n".join(lines)


def _audit(data: AuditedData) -> str:
    found = [f"- {heading}: {len(notes)}" for heading, notes in data.notes.items() if notes]
    return "\n".join(["## What the audit removed or relabelled", "", *(found or ["- nothing"])])


def _split(result: SplitResult, title: str) -> str:
    lines = [
        f"## {title}",
        "",
        f"Measured on {result.measured_on}. Intervals are 95 %, resampled by lesion.",
        "",
    ]
    lines += ["| figure | value |", "|---|---|"]
    lines += [
        f"| {NAMES[name][:1].upper()}{NAMES[name][1:]} | {interval} |"
        for name, interval in result.measured.overall.items()
    ]
    lines += ["", "| diagnosis | images | recall | precision | F1 | AUC |", "|---" * 6 + "|"]
    for diagnosis in TAXONOMY:
        if diagnosis.code in result.measured.images:
            figures = result.measured.by_diagnosis[diagnosis.code]
            cells = [
                str(figures.get(name, "never the answer")) for name in ("recall", "precision", "f1", "auc")
            ]
            count = result.measured.images[diagnosis.code]
            lines.append(f"| {diagnosis.name} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _renditions(results: Results) -> str:
    if not results.agreement:
        return ""
    lines = [
        "## The same photo in two renditions",
        "",
        "Share of validation images with the same top answer:",
        "",
    ]
    lines += ["| renditions | images | same answer |", "|---|---|---|"]
    lines += [f"| {a}, {b} | {count} | {share} |" for (a, b), (share, count) in results.agreement.items()]
    return "\n".join(lines)


def _calibration(results: Results) -> str:
    after = results.validation.measured.overall["calibration_error"].value
    lines = [
        "## Calibration and operating points",
        "",
        f"Temperature {results.temperature:.3f}, fitted on validation: the expected calibration error went "
        f"from {results.error_before:.3f} to {after:.3f}. It holds for a mix of diagnoses like the one "
        "in the validation images.",
        "",
    ]
    if not results.operating_points:
        return "\n".join(
            [*lines, "No operating point: the validation images are all malignant, or all benign."]
        )
    lines += ["| operating point | refer from | sensitivity | specificity |", "|---|---|---|---|"]
    for point in results.operating_points:
        shares = [
            f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})" for e in (point.sensitivity, point.specificity)
        ]
        lines.append(f"| {point.name} | {point.threshold:.4f} | {shares[0]} | {shares[1]} |")
    lines += [
        "",
        "Temperature, thresholds and the epoch that was kept were chosen on the validation images, so every "
        "validation figure is optimistic by that much.",
    ]
    return "\n".join(lines)


def _limits(results: Results) -> str:
    return f"""## What was not tested

- Skin of Fitzpatrick types V and VI: the sources hold hardly any. Children. Nails, palms, soles and mucosa as
  such.
- Smartphone and clinical photos, dermatoscopes and clinics that are not among the sources. Validation shares
  its cameras with training, and other cameras are known to cost accuracy; expect less than the figures above.
- Use by physicians, and any effect on patients.

Images unlike the training images are refused by a distance of the embedding (threshold
{results.ood_threshold:.2f}; {100 * results.ood_accepted:.1f} % of the validation files, in all renditions,
are accepted). What is not refused may still be unlike them.
"""
