"""What the card says, as the records that the contract holds."""

from __future__ import annotations

from collections.abc import Sequence

from naevia.card_records import (
    CostEvidence,
    DiagnosisEvidence,
    Evidence,
    SourceEvidence,
    StressEvidence,
    SubgroupEvidence,
    VariantEvidence,
)
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.sources import images_by_source
from naevia_train.measuring.figures import Measured
from naevia_train.measuring.stress import StressResult, StressRow
from naevia_train.measuring.subgroups import Subgroup
from naevia_train.preparing.audit_counts import audit_counts
from naevia_train.running.candidate import Candidate
from naevia_train.running.card_words import INTENDED_USE, learnt_codes, not_for, not_tested
from naevia_train.running.results import Results, Training


def run_evidence(
    candidate: Candidate,
    rows: Sequence[ManifestRow],
    results: Results,
    training: Training,
    files: dict[str, str],
) -> Evidence:
    """Gather the evidence of a run.

    Args:
        candidate: What is known of the network besides.
        rows: The manifest.
        results: What was measured.
        training: What it took.
        files: SHA-256 of files of the run, by name.
    """
    return Evidence(
        intended_use=INTENDED_USE,
        not_for=not_for(learnt_codes(rows), goes_on=candidate.goes_on),
        not_tested=not_tested(rows, results.validation.measured.images, candidate.facts),
        sources=sources_of(rows),
        audit=audit_counts(rows),
        diagnoses=_diagnoses(results.validation.measured),
        calibration_error_before=results.error_before,
        log_loss_before=results.log_loss[0],
        log_loss=results.log_loss[1],
        stress=_stress(results.stress),
        subgroups=tuple(_subgroup(group) for group in results.subgroups),
        cost=CostEvidence(
            seconds=round(training.seconds, 1),
            epochs=training.epochs,
            sittings=tuple(training.sittings),
            changes=tuple(training.changes),
        ),
        files=files,
    )


def sources_of(rows: Sequence[ManifestRow]) -> tuple[SourceEvidence, ...]:
    """Training and validation images by what labels them and by licence, the most frequent first."""
    return tuple(
        SourceEvidence(label=label, licence=licence, images=count)
        for (label, licence), count in images_by_source(rows).items()
    )


def _diagnoses(measured: Measured) -> dict[str, DiagnosisEvidence]:
    return {
        code: DiagnosisEvidence(
            images=measured.images[code], **{name: interval.of_share() for name, interval in of.items()}
        )
        for code, of in measured.by_diagnosis.items()
    }


def _stress(result: StressResult) -> StressEvidence:
    mixed = result.mixed()
    return StressEvidence(
        images=result.images,
        of=result.of,
        seed=result.seed,
        referred=len(result.referred),
        overall=_variant(result.overall()),
        mixtures=_variant(mixed) if mixed else None,
        variants=tuple(_variant(row) for row in result.rows()),
    )


def _variant(row: StressRow) -> VariantEvidence:
    return VariantEvidence(
        group=row.group,
        name=row.name,
        counted=row.counted,
        same_answer=row.stability.same_answer.of_share(),
        median_change=min(1.0, row.stability.median_change),
        large_change=min(1.0, row.stability.large_change),
        to_monitor=row.stability.to_monitor.of_share() if row.stability.to_monitor else None,
        recall_change=row.recall_change,
    )


def _subgroup(group: Subgroup) -> SubgroupEvidence:
    return SubgroupEvidence(
        by=group.by,
        name=group.name,
        images=group.images,
        lesions=group.lesions,
        malignant=group.malignant,
        figures={name: interval.of_share() for name, interval in group.figures.items()},
        note=group.too_small,
    )
