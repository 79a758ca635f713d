"""What the card says of the operating points, as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from naevia.contract import Estimate, OperatingPoint
from naevia.taxonomy import TAXONOMY
from naevia_train.markdown import table
from naevia_train.running.results import Results


def points_table(points: Sequence[OperatingPoint]) -> str:
    """What each threshold gave on the validation images."""
    rows = [
        (point.name, f"{point.threshold:.4f}", _share(point.sensitivity), _share(point.specificity))
        for point in points
    ]
    return table(("operating point", "refer from", "sensitivity", "specificity"), rows)


def referred_table(points: Sequence[OperatingPoint]) -> str:
    """How many validation images of each malignant diagnosis each threshold refers."""
    rows = []
    for diagnosis in TAXONOMY:
        found = [point.by_diagnosis.get(diagnosis.code) for point in points]
        cells = [f"{_share(of.sensitivity)}, {of.referred} of {of.images}" for of in found if of]
        if cells:
            rows.append((diagnosis.name, *cells))
    head = "Sensitivity by diagnosis, and how many of its images are referred:\n\n"
    return head + table(("diagnosis", *(point.name for point in points)), rows)


def tested_table(results: Results) -> str:
    """The same thresholds on the test split; empty where there are no points or no test split."""
    if not results.test or not results.test_points:
        return ""
    rows = []
    for point in results.test_points:
        counted = point.by_diagnosis.get("mel")
        cells = (
            point.name,
            f"{point.threshold:.4f}",
            str(point.sensitivity),
            str(point.specificity),
            f"{counted[0]} of {counted[1]}" if counted else "none shown",
        )
        rows.append(cells)
    head = ("operating point", "refer from", "sensitivity", "specificity", "melanomas referred")
    return "At the thresholds that were chosen on validation, these images give:\n\n" + table(head, rows)


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
