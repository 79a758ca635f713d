"""Put what the shipped model's `model.json` holds into README.md and training.md: no figure is typed by hand.

    python docs/refresh_figures.py

Each figure stands between `<!--NAME-->` and `<!--/-->`.
"""

from __future__ import annotations

import re
from pathlib import Path

from naevia.contract import Contract, Estimate, Metric, read_contract

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "models" / "naevia-ensemble"
PAGES = (ROOT / "README.md", ROOT / "docs" / "training.md")

RENDITIONS = "same_answer: ham10000/images, ham10000/images_224"
YOUNG = ("age", "18 to 39 years")


def figures(contract: Contract) -> dict[str, str]:
    """What may be marked, by name: every metric as `NAME`, and without its interval as `NAME.value`."""
    metrics, point, evidence = contract.metrics, contract.operating_point, contract.evidence
    tested = point.tested["mel"]
    (young,) = (group for group in evidence.subgroups if (group.by, group.name) == YOUNG)
    return (
        {name: _with_interval(metric) for name, metric in metrics.items()}
        | {f"{name}.value": f"{metric.value:.3f}" for name, metric in metrics.items()}
        | {
            "version": contract.version,
            "measured_on": metrics["accuracy"].measured_on,
            "test_images": metrics["test_accuracy"].measured_on.split()[0],
            "renditions": _with_interval(metrics[RENDITIONS]),
            "malignant_referred": _percent(point.sensitivity.value),
            "melanomas_referred": _percent(point.by_diagnosis["mel"].sensitivity.value),
            "benign_referred": _percent(1 - point.specificity.value),
            "melanoma_recall": _percent(evidence.diagnoses["mel"].recall.value),
            "young_malignant": str(young.malignant),
            "young_referred": _with_interval(young.figures["sensitivity"]),
            "test_melanomas_referred": f"{tested.referred} of {tested.images}",
        }
    )


def refreshed(page: str, known: dict[str, str]) -> str:
    """The page with each marked figure as it is known.

    Raises:
        KeyError: A mark names no figure.
    """
    return re.sub(
        r"(<!--([\w.]+)-->).*?(<!--/-->)", lambda found: found[1] + known[found[2]] + found[3], page
    )


def main() -> None:
    """Write the pages anew."""
    known = figures(read_contract(MODEL))
    for page in PAGES:
        page.write_text(refreshed(page.read_text(encoding="utf-8"), known), encoding="utf-8")


def _with_interval(metric: Estimate | Metric) -> str:
    return f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    main()
