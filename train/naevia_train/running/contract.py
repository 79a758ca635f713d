"""The contract of a finished run."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from naevia._version import __version__
from naevia.card_records import Evidence
from naevia.contract import Contract, Metric, OutOfDistribution, OutputSpec, TrainingData
from naevia_train.labelling.manifest import MANIFEST, ManifestRow, count_images
from naevia_train.labelling.sources import licence_of
from naevia_train.measuring.calibrate import default_point
from naevia_train.measuring.interval import Interval
from naevia_train.refusal.boundary import STATISTIC
from naevia_train.running.candidate import Candidate
from naevia_train.running.results import Results


def run_contract(
    candidate: Candidate,
    rows: Sequence[ManifestRow],
    results: Results,
    evidence: Evidence,
    warned: tuple[str, ...],
) -> Contract:
    """Everything that export and the clinic need to know.

    Args:
        candidate: What the network is called and how it is asked.
        rows: The manifest.
        results: What was measured.
        evidence: What the card says.
        warned: What a reader is warned of.
    """
    licence, used = licence_of(rows), default_point(results.operating_points)
    return Contract(
        model_id=candidate.model_id,
        version=candidate.version,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        naevia_version=__version__,
        recipe=candidate.recipe,
        input=candidate.input,
        outputs=OutputSpec(ood_score="ood_score"),
        mirrored=candidate.mirrored,
        temperature=results.temperature,
        operating_points=results.operating_points,
        default_operating_point=used.name if used else None,
        out_of_distribution=OutOfDistribution(
            statistic=STATISTIC, threshold=results.ood_threshold, accepted=results.ood_accepted
        ),
        training=TrainingData(
            manifest_sha256=evidence.files[MANIFEST], counts=count_images(rows, "train"), note=licence
        ),
        metrics=_metrics(results),
        license=licence,
        cautions=warned,
        evidence=evidence,
    )


def _metrics(results: Results) -> dict[str, Metric]:
    metrics = {}
    for split, prefix in ((results.validation, ""), (results.test, "test_")):
        for name, interval in split.measured.overall.items() if split else ():
            metrics[f"{prefix}{name}"] = _metric(interval, split.measured_on)
    for (first, second), found in results.agreement.items():
        both = f"{first}, {second}"
        metrics[f"same_answer: {both}"] = _metric(
            found.same_answer, f"{found.images:,} validation images that both folders hold"
        )
        if found.to_monitor:
            metrics[f"referred_to_monitor: {both}"] = _metric(
                found.to_monitor,
                f"{found.referred:,} malignant validation images, referred in one of the folders or both",
            )
    overall, photos = results.stress.overall().stability, len(results.stress.referred)
    metrics["same_answer: stress test"] = _metric(
        overall.same_answer, f"{results.stress.images:,} validation images, each in other renditions"
    )
    if overall.to_monitor:
        metrics["referred_to_monitor: stress test"] = _metric(
            overall.to_monitor,
            f"{photos:,} malignant validation images that are referred as they are, in other renditions",
        )
    return metrics


def _metric(figure: Interval, measured_on: str) -> Metric:
    return Metric(value=figure.value, low=figure.low, high=figure.high, measured_on=measured_on)
