"""Everything that is measured on a finished network."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.fitting.answers import Answers, Network
from naevia_train.labelling.diagnosis_set import NINE
from naevia_train.measuring import metrics
from naevia_train.measuring.agreement import Agreement, rendition_agreement
from naevia_train.measuring.calibrate import choose_operating_points, default_point, fit_temperature
from naevia_train.measuring.figures import measure_all
from naevia_train.measuring.lesions import of_lesions
from naevia_train.measuring.operating import point_results, refers, try_point
from naevia_train.measuring.probabilities import softmax
from naevia_train.measuring.reliability import error_by_chance, malignant_gap
from naevia_train.measuring.stress import SAMPLE, Predict, StressPhoto, StressResult, draw_sample, run_stress
from naevia_train.measuring.subgroups import Subgroup, group_images, measure_subgroups
from naevia_train.preparing.intake import RunData
from naevia_train.refusal.boundary import Boundary, choose_threshold
from naevia_train.refusal.fitting import other_cameras
from naevia_train.running.candidate import Candidate
from naevia_train.running.results import Results, SplitResult

_VALIDATION = "{images} validation images {of_lesions}, one file each, that never entered training"


def measure_run(
    candidate: Candidate,
    data: RunData,
    answer: Network,
    validation: Answers,
    test: Answers | None,
    boundary: Boundary,
) -> Results:
    """Calibrate on validation, and measure everything that the card says.

    Args:
        candidate: What the network is called and how it is asked.
        data: The audited images; the stress test writes the photos of validation images anew.
        answer: The network.
        validation: What it says of every validation file.
        test: What it says of the test split, or None when there is none.
        boundary: What tells dermoscopy from everything else.
    """
    first = validation.first_files()
    labels, uncalibrated = validation.images.labels[first], softmax(validation.logits[first])
    temperature = fit_temperature(validation.logits[first], labels)
    prevalence = np.bincount(labels, minlength=len(CODES)) / len(labels)
    result = _split_result("Validation", _VALIDATION, validation, temperature, prevalence)
    points = choose_operating_points(
        result.probabilities, labels, result.lesions, chosen_on=result.measured_on
    )
    rows = validation.images.rows
    ood = boundary.scores(validation.embeddings)
    views = other_cameras(
        (data.pixels[rows[index].path] for index in first), candidate.input, seed=candidate.seed
    )
    changed = boundary.scores(answer(views)[1])
    threshold = choose_threshold(ood, [row.source for row in rows], changed)
    used = default_point(points)
    limit = used.threshold if used else None
    tested = _split_result(*_test_words(candidate), test, temperature, prevalence) if test else None
    if tested and not candidate.doubtful:
        scores = NINE.malignant_probability(tested.probabilities)
        points = tuple(
            try_point(point, scores, tested.labels, tested.lesions, tested_on=tested.measured_on)
            for point in points
        )
    return Results(
        validation=result,
        test=tested,
        agreement=_agreement(validation, temperature, limit),
        stress=_stress(
            candidate, data, validation, lambda pixels: softmax(answer(pixels)[0], temperature), limit
        ),
        stress_side_px=max(min(data.pixels[row.path].shape[:2]) for row in rows),
        subgroups=_subgroups(candidate, validation, temperature, limit),
        temperature=temperature,
        error_before=metrics.calibration_error(uncalibrated, labels),
        log_loss=(
            metrics.log_loss(uncalibrated, labels),
            metrics.log_loss(result.probabilities, labels),
        ),
        malignant_gap=malignant_gap(
            NINE.malignant_probability(result.probabilities), NINE.malignant[labels], result.lesions
        ),
        operating_points=points,
        test_points=(
            point_results(
                points,
                used.name if used else None,
                NINE.malignant_probability(tested.probabilities),
                NINE.malignant[tested.labels],
                tested.lesions,
                codes=[CODES[label] for label in tested.labels],
                refused=boundary.scores(test.embeddings[test.first_files()]) > threshold,
            )
            if test and tested
            else []
        ),
        ood_threshold=threshold,
        ood_accepted=float((ood <= threshold).mean()),
        ood_accepted_changed=float((changed <= threshold).mean()),
    )


def _test_words(candidate: Candidate) -> tuple[str, str]:
    doubt = (
        f", {candidate.doubtful:,} of which earlier models may have learnt from" if candidate.doubtful else ""
    )
    if candidate.leave_out:
        return (
            f"Left out: {candidate.leave_out}",
            f"{{images}} images of {candidate.leave_out}, one file each{doubt}",
        )
    return (
        "The declared test folder",
        f"{{images}} images of the declared test folder, audited, one file each{doubt}",
    )


def _split_result(
    title: str, words: str, answers: Answers, temperature: float, prevalence: NDArray[np.floating]
) -> SplitResult:
    first = answers.first_files()
    probabilities, labels = softmax(answers.logits[first], temperature), answers.images.labels[first]
    rows = [answers.images.rows[index] for index in first]
    groups = [row.group for row in rows]
    lesions = of_lesions(len(rows), len(set(groups)), sum(not row.lesion for row in rows))
    return SplitResult(
        title=title,
        measured_on=words.format(images=f"{len(labels):,}", of_lesions=lesions),
        probabilities=probabilities,
        labels=labels,
        lesions=groups,
        measured=measure_all(probabilities, labels, groups, prevalence=prevalence),
        by_chance={
            "calibration_error": error_by_chance(probabilities.max(axis=1), groups),
            "malignant_calibration_error": error_by_chance(NINE.malignant_probability(probabilities), groups),
        },
    )


def _agreement(
    validation: Answers, temperature: float, threshold: float | None
) -> dict[tuple[str, str], Agreement]:
    rows, probabilities = validation.images.rows, softmax(validation.logits, temperature)
    return rendition_agreement(
        [row.image_id for row in rows],
        [row.source for row in rows],
        probabilities.argmax(axis=1),
        lesions=[row.group for row in rows],
        malignant=NINE.malignant[validation.images.labels],
        referred=refers(NINE.malignant_probability(probabilities), threshold),
    )


def _stress(
    candidate: Candidate, data: RunData, validation: Answers, predict: Predict, threshold: float | None
) -> StressResult:
    first = validation.first_files()
    rows, labels = validation.images.rows, validation.images.labels
    photos = [
        StressPhoto(partial(data.pixels.__getitem__, rows[index].path), int(labels[index]), rows[index].group)
        for index in first[draw_sample(len(first), SAMPLE)].tolist()
    ]
    return run_stress(photos, predict, candidate.input, of=len(first), threshold=threshold)


def _subgroups(
    candidate: Candidate, validation: Answers, temperature: float, threshold: float | None
) -> list[Subgroup]:
    rows, probabilities = validation.images.rows, softmax(validation.logits, temperature)
    grouping = group_images(
        [row.image_id for row in rows],
        [row.source for row in rows],
        np.array([(row.width_px, row.height_px) for row in rows], np.int64),
        candidate.facts,
    )
    return measure_subgroups(
        probabilities,
        validation.images.labels,
        [row.group for row in rows],
        grouping,
        referral_scores=NINE.malignant_probability(probabilities),
        threshold=threshold,
    )
