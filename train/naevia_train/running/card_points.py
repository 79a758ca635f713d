"""What the card says of the operating points, as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from naevia.contract import Estimate, OperatingPoint
from naevia.taxonomy import TAXONOMY
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring.operating import count_referred
from naevia_train.running.results import Results


def points_table(points: Sequence[OperatingPoint]) -> list[str]:
    """What each threshold gave on the validation images, as lines."""
    return [
        "| operating point | refer from | sensitivity | specificity |",
        "|---" * 4 + "|",
        *(
            f"| {point.name} | {point.threshold:.4f} | {_share(point.sensitivity)} | "
            f"{_share(point.specificity)} |"
            for point in points
        ),
    ]


def referred_table(points: Sequence[OperatingPoint]) -> list[str]:
    """How many validation images of each malignant diagnosis each threshold refers, as lines."""
    lines = [
        "Sensitivity by diagnosis, and how many of its images are referred:",
        "",
        "| diagnosis | " + " | ".join(point.name for point in points) + " |",
        "|---" * (1 + len(points)) + "|",
    ]
    for diagnosis in TAXONOMY:
        found = [point.by_diagnosis.get(diagnosis.code) for point in points]
        cells = [f"{_share(of.sensitivity)}, {of.referred} of {of.images}" for of in found if of]
        if cells:
            lines.append(f"| {diagnosis.name} | {' | '.join(cells)} |")
    return lines


def tested_table(results: Results) -> str:
    """The same thresholds on the test split; empty where there are no points or no test split."""
    if not results.test or not results.test_points:
        return ""
    scores = NINE.malignant_probability(results.test.probabilities)
    lines = [
        "At the thresholds that were chosen on validation, these images give:",
        "",
        "| operating point | refer from | sensitivity | specificity | melanomas referred |",
        "|---" * 5 + "|",
    ]
    for point in results.test_points:
        counted = count_referred(scores, results.test.labels, point.threshold).get("mel")
        cells = (
            point.name,
            f"{point.threshold:.4f}",
            str(point.sensitivity),
            str(point.specificity),
            f"{counted[0]} of {counted[1]}" if counted else "none shown",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
