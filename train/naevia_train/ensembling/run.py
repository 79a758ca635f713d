"""From finished models to a run folder that holds their ensemble, measured and described."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from naevia.contract import MODEL_FILE, InputSpec, check_model_id, sha256_of
from naevia.errors import UsageError
from naevia.files import replace_file
from naevia_train.ensembling.joined import join
from naevia_train.ensembling.members import Member, members_finding
from naevia_train.files import check_output
from naevia_train.fitting.checkpoints import MODEL
from naevia_train.labelling.manifest import VALIDATION, write_manifest
from naevia_train.labelling.metadata import read_metadata
from naevia_train.preparing.audit_notes import audit_summary, write_audit
from naevia_train.preparing.dataset import prepared_images
from naevia_train.preparing.intake import RunData, take_manifest
from naevia_train.preparing.noted_label_files import label_files_of
from naevia_train.preparing.validation_list import (
    ValidationList,
    count_doubtful,
    keep_validation,
    read_validation_list,
)
from naevia_train.running.candidate import Candidate
from naevia_train.running.finish import publish
from naevia_train.running.results import Training

RECIPE = "ensemble"
SEED = 1


def ensemble_run(
    models: Sequence[tuple[Path, int | None]],
    manifest: Path,
    run: Path,
    *,
    model_id: str,
    model_version: str,
    say: Callable[[str], None],
) -> None:
    """Join models, calibrate and measure the result on what none of them was trained on.

    Args:
        models: Two or more: a model folder, with the `validation.csv` that its training kept apart, and which
            of its networks, from 1; None for all.
        manifest: The manifest of an audit of the images that they were trained on.
        run: The run folder to make.
        model_id: Name of the new model.
        model_version: Its version.
        say: Prints one line.

    Raises:
        UsageError: The models take different input, were validated on different images or have not so many
            networks, the run folder exists, the manifest does not, or no model can have that name.
        ModelError: A model is damaged, or is no EfficientNet-Lite.
        DataError: The images or labels cannot be used.
    """
    check_model_id(model_id)
    if len(models) < 2:
        raise UsageError(f"expected two models or more to join, received {len(models)}; name another one")
    for folder, _ in models:
        if (folder / MODEL).is_file() and not (folder / MODEL_FILE).is_file():
            raise UsageError(
                f"{folder} is a run folder; give what `export-onnx {folder} --output MODEL` makes of it"
            )
    if run.exists():
        raise UsageError(f"{run} exists already; give the name of a new folder to --output")
    check_output(run, [])
    if not manifest.is_file():
        raise UsageError(f"there is no file {manifest}; give the manifest.csv that `naevia audit` wrote")
    members = [Member.open(folder, number) for folder, number in models]
    spec, validation = _shared_input(members), _shared_validation(members)
    networks = [network for member in members for network in member.networks]
    data = _data(manifest, validation, size_px=spec.size_px)
    for line in audit_summary(data.rows, data.notes):
        say(line)
    pixels = prepared_images(data, "validation", spec).pixels
    # Before they are joined, which rounds their kernels.
    answered = [(member.name, member.answer(pixels)) for member in members]
    joined = join(networks, [member.temperature for member in members for _ in member.networks])
    candidate = Candidate(
        model_id=model_id,
        version=model_version,
        recipe=RECIPE,
        input=spec,
        mirrored=any(member.contract.mirrored for member in members),
        seed=SEED,
        facts=read_metadata(label_files_of([manifest], [])),
        goes_on=True,
        doubtful=count_doubtful(data.rows, [member.folder for member in members]),
    )
    find = partial(members_finding, answered, f"{model_id} {model_version}")
    run.mkdir(parents=True)
    write_manifest(data.rows, run)
    write_audit(data.rows, data.notes, run)
    replace_file(run / MODEL, joined.save)
    publish(candidate, run, data, _training(members), find, say)


def _shared_input(members: Sequence[Member]) -> InputSpec:
    first, wanted = members[0], members[0].contract.input
    for member in members[1:]:
        given = member.contract.input
        if given != wanted:
            words = [f"{spec.size_px}x{spec.size_px} by {spec.resize}" for spec in (wanted, given)]
            raise UsageError(
                f"{first.name} takes {words[0]}, {member.name} takes {words[1]}; only models with the same "
                "input can be joined"
            )
    return wanted


def _shared_validation(members: Sequence[Member]) -> ValidationList:
    """The images that every member was validated on, which must be the same: none of them learnt from one."""
    lists = [read_validation_list(member.folder / VALIDATION) for member in members]
    for member, listed in zip(members[1:], lists[1:], strict=True):
        if different := listed.image_ids ^ lists[0].image_ids:
            raise UsageError(
                f"{len(different)} images are in the {VALIDATION} of {members[0].name} or of "
                f"{member.name} but not of both, so one may have learnt what the other is measured on; "
                "train with --validation and the list of the first"
            )
    return lists[0]


def _data(manifest: Path, validation: ValidationList, *, size_px: int) -> RunData:
    data = take_manifest(manifest, limit_px=2 * size_px, workers=os.cpu_count() or 1)
    return replace(data, rows=keep_validation(data.rows, validation))


def _training(members: Sequence[Member]) -> Training:
    once = {member.folder.resolve(): member for member in members}.values()  # one model may be named twice
    costs = [(member, member.contract.evidence.cost) for member in once if member.contract.evidence]
    known = [(member, cost) for member, cost in costs if cost]
    return Training(
        seconds=sum(cost.seconds for _, cost in known),
        epochs=sum(cost.epochs for _, cost in known),
        recipe={
            f"member {number}": f"{member.name}, recipe {member.contract.recipe}"
            for number, member in enumerate(members, start=1)
        }
        | {
            "joined by": "the mean of the calibrated logits",
            "weights": "1x1 kernels in 8 bits, the others in 16",
        },
        sittings=[f"{member.model}: {sitting}" for member, cost in known for sitting in cost.sittings],
        changes=[f"{member.model}: {change}" for member, cost in known for change in cost.changes],
        packages={},
        members={f"{member.model}: {MODEL_FILE}": sha256_of(member.folder / MODEL_FILE) for member in once},
    )
