"""One evaluation, top to bottom: answer, group, stress, print, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.image import read_photo
from naevia.progress import Progress
from naevia.session import Session
from naevia_train.evaluating.evaluation import Evaluation, evaluate_files
from naevia_train.evaluating.output import write_outputs
from naevia_train.evaluating.overlap import count_overlap
from naevia_train.evaluating.report_text import report_lines
from naevia_train.evaluating.scored import Scored
from naevia_train.labelling.diagnosis_set import DiagnosisSet
from naevia_train.labelling.manifest import TEST
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.labelling.scoring_table import FilesToScore
from naevia_train.measuring.operating import point_results
from naevia_train.measuring.stress import SEED, Pixels, StressPhoto, StressResult, draw_sample, run_stress
from naevia_train.measuring.subgroups import Subgroup, group_images, measure_subgroups

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Shows how far something is while its context is open."""


@dataclass(frozen=True)
class Request:
    """What to score.

    Attributes:
        target: What is scored, as the person named it.
        kept: The `validation.csv` of the model's folder, whether or not it exists.
        labelled: The files.
        known: The diagnoses.
        facts: Sex, age and site by image id.
        resize: Another resize policy than the contract's, or None.
        stress_images: Images of the stress test; 0 for none.
        stress_seed: Seed of its sample.
        output: Where the report goes, or None.
    """

    target: str
    kept: Path
    labelled: FilesToScore
    known: DiagnosisSet
    facts: Mapping[str, ImageFacts]
    resize: str | None = None
    stress_images: int = 0
    stress_seed: int = SEED
    output: Path | None = None


def score(
    session: Session,
    request: Request,
    *,
    say: Callable[[str], None],
    bar: Bar = lambda doing: nullcontext(lambda done, total: None),
) -> Scored:
    """Evaluate, print and, where a folder is given, write the report.

    Args:
        session: The open model.
        request: What to score.
        say: Prints one line.
        bar: Shows how far each part of the work is, which it gets in words.
    """
    contract, known = session.contract, request.known
    spec = contract.input.model_copy(update={"resize": request.resize}) if request.resize else contract.input
    with bar("photos") as progress:
        evaluation = evaluate_files(session, request.labelled.files, spec, known, progress=progress)
    scored = Scored(
        contract=contract,
        evaluation=evaluation,
        points=point_results(
            contract.operating_points,
            contract.default_operating_point,
            evaluation.every_referral_score[evaluation.first],
            known.malignant[evaluation.labels],
            evaluation.lesions,
            codes=[known.codes[label] for label in evaluation.labels],
            refused=evaluation.refused[evaluation.first],
        ),
        subgroups=_subgroups(session, evaluation, request.facts),
        stress=_stress(session, evaluation, spec, request, bar) if request.stress_images else None,
        target=request.target,
        left_out=request.labelled.left_out,
        listed=count_overlap(evaluation, request.kept),
        tested=count_overlap(evaluation, request.kept.with_name(TEST)),
    )
    for line in report_lines(scored):
        say(line)
    if request.output is not None:
        say(f"report: {write_outputs(scored, request.output)}")
    return scored


def _subgroups(session: Session, evaluation: Evaluation, facts: Mapping[str, ImageFacts]) -> list[Subgroup]:
    point = session.contract.operating_point
    grouping = group_images(
        [file.image_id for file in evaluation.files],
        [file.source for file in evaluation.files],
        evaluation.sizes_px,
        facts,
    )
    return measure_subgroups(
        evaluation.every_probability,
        evaluation.every_label,
        [file.group for file in evaluation.files],
        grouping,
        referral_scores=evaluation.every_referral_score,
        threshold=point.threshold if point else None,
        known=evaluation.known,
    )


def _stress(
    session: Session,
    evaluation: Evaluation,
    spec: InputSpec,
    request: Request,
    bar: Bar,
) -> StressResult:
    images, labels = evaluation.images, evaluation.labels
    point = session.contract.operating_point if evaluation.curve_is_of_referrals else None
    chosen = draw_sample(len(images), request.stress_images, seed=request.stress_seed)

    def predict(pixels: Pixels) -> NDArray[np.floating]:
        return evaluation.known.sum_up(session.run(pixels)[0])

    photos = [
        StressPhoto(partial(_pixels, images[i].path), int(labels[i]), images[i].group)
        for i in chosen.tolist()
    ]
    with bar("stress test: photos") as progress:
        return run_stress(
            photos,
            predict,
            spec,
            known=evaluation.known,
            of=len(images),
            seed=request.stress_seed,
            threshold=point.threshold if point else None,
            progress=progress,
        )


def _pixels(path: Path) -> Pixels:
    return read_photo(path).rgb_u8
