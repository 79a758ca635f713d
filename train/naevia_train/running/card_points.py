"""What the card says of the operating points, as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from naevia.contract import DiagnosisReferred, Estimate, OperatingPoint
from naevia.taxonomy import TAXONOMY
from naevia_train.markdown import table
from naevia_train.running.results import Results

_HEAD = ("operating point", "refer from", "sensitivity", "specificity")


def points_table(points: Sequence[OperatingPoint]) -> str:
    """What each threshold gave on the validation images."""
    rows = [
        (point.name, f"{point.threshold:.4f}", _share(point.sensitivity), _share(point.specificity))
        for point in points
    ]
    return table(_HEAD, rows)


def referred_table(points: Sequence[OperatingPoint]) -> str:
    """How many validation images of each malignant diagnosis each threshold refers."""
    return _by_diagnosis({point.name: point.by_diagnosis for point in points})


def tested_table(results: Results) -> str:
    """The same thresholds on the test split; empty where there are no points or no test split."""
    if not results.test_points:
        return ""
    rows = [
        (point.name, f"{point.threshold:.4f}", str(point.sensitivity), str(point.specificity))
        for point in results.test_points
    ]
    return "\n\n".join(
        [
            "At the thresholds that were chosen on validation, these images give:",
            table(_HEAD, rows),
            _by_diagnosis({point.name: point.tested for point in results.operating_points}),
        ]
    )


def _by_diagnosis(points: Mapping[str, Mapping[str, DiagnosisReferred]]) -> str:
    rows = []
    for diagnosis in TAXONOMY:
        found = [counted.get(diagnosis.code) for counted in points.values()]
        cells = [f"{_share(of.sensitivity)}, {of.referred} of {of.images}" for of in found if of]
        if cells:
            rows.append((diagnosis.name, *cells))
    head = "Sensitivity by diagnosis, and how many of its images are referred:\n\n"
    return head + table(("diagnosis", *points), rows)


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
