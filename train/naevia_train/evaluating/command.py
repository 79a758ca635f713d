"""`naevia evaluate`. Nothing heavy is imported before the command runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from naevia.cli.options import ModelOption
from naevia.errors import UsageError, require_extra

if TYPE_CHECKING:
    from naevia_train.labelling.diagnosis_set import DiagnosisSet
    from naevia_train.labelling.metadata import ImageFacts
    from naevia_train.labelling.scoring_table import FilesToScore


def evaluate(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER|CSV...", help="A run's validation.csv or manifest.csv, or class folders."
        ),
    ],
    model: ModelOption = None,
    root: Annotated[
        list[Path] | None,
        typer.Option(metavar="DATA", help="Folder that the CSV's paths start from; NAEVIA_DATA by default."),
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option("--labels", metavar="CSV", help="Official labels or metadata; repeat for several."),
    ] = None,
    metadata: Annotated[
        list[Path] | None,
        typer.Option(metavar="CSV", help="Sex, age and site by image id, for results by group; repeatable."),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Score this split: rows of a manifest (validation by default), or what lies below Train/, "
            "Validation/ or Test/ (everything by default).",
        ),
    ] = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(
            metavar="SET|FILE",
            help="Fewer diagnoses: isic2018, isic2017, binary, or a TOML file that names them.",
        ),
    ] = None,
    stress: Annotated[
        bool, typer.Option("--stress", help="Also answer each of a sample of photos in other renditions.")
    ] = False,
    stress_images: Annotated[int, typer.Option(min=1, help="Photos of the stress test.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the stress test's sample.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Write report, figures, metrics and predictions here."),
    ] = None,
    resize: Annotated[
        Literal["squash", "center_square"] | None,
        typer.Option(help="Try another resize policy than the model's own."),
    ] = None,
) -> None:
    """Score an ONNX model on labelled images: figures with intervals, groups, and other renditions."""
    require_extra("train")
    from naevia import Session, find_model
    from naevia.progress import progress_bar
    from naevia_train.evaluating.scoring import Request, score
    from naevia_train.files import check_output
    from naevia_train.labelling.diagnosis_set import NINE, find_set
    from naevia_train.labelling.manifest import VALIDATION
    from naevia_train.labelling.metadata import read_metadata

    if output is not None:
        check_output(output, targets)
    known = find_set(taxonomy) if taxonomy else NINE
    for code in known.called_otherwise:
        typer.echo(f"{known.name}: counts {code}; every figure of malignant images follows the set")
    tables = [target for target in targets if target.suffix.lower() == ".csv"]
    facts = read_metadata([*(labels or []), *tables], required=metadata or [])
    labelled = _labelled(targets, labels or [], root or [], split, known, facts)
    image_ids = {file.image_id for file in labelled.files}
    for path in metadata or []:
        if image_ids.isdisjoint(read_metadata([path])):
            typer.echo(
                f"{path} lists none of the images, such as {min(image_ids)}: give the column image_id their "
                "ids, or the names of their files"
            )
    folder = find_model(model)
    request = Request(
        target=" ".join(str(target) for target in targets),
        kept=folder / VALIDATION,
        labelled=labelled,
        known=known,
        facts=facts,
        resize=resize,
        stress_images=stress_images if stress else 0,
        stress_seed=seed,
        output=output,
    )
    session = Session.open(folder)
    result = score(session, request, say=typer.echo, bar=partial(progress_bar, sys.stderr))
    if result.evaluation.unread:
        raise typer.Exit(1)


def _labelled(
    targets: list[Path],
    labels: list[Path],
    roots: list[Path],
    split: str | None,
    known: DiagnosisSet,
    facts: Mapping[str, ImageFacts],
) -> FilesToScore:
    from naevia_train.labelling.scoring_folders import find_labelled_files
    from naevia_train.labelling.scoring_table import read_labelled_csv

    tables = [target for target in targets if target.suffix.lower() == ".csv"]
    if not tables:
        return find_labelled_files(targets, labels, split=split, known=known, facts=facts)
    if len(targets) > 1 or labels:
        raise UsageError(
            "expected either one CSV of labelled images, or folders with --labels; give one of them"
        )
    return read_labelled_csv(tables[0], roots, split=split, known=known, facts=facts)
