"""One training run, top to bottom: configure, audit, fit, finish."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.errors import UsageError
from naevia_train.files import write_text
from naevia_train.fitting.checkpoints import read_state
from naevia_train.fitting.devices import Devices
from naevia_train.fitting.fit import PROBE_IMAGES, fit
from naevia_train.fitting.teachers import taught_targets
from naevia_train.labelling.manifest import MANIFEST, first_files, is_manifest, read_manifest, write_manifest
from naevia_train.networks.warm_start import check_first_weights
from naevia_train.preparing.audit_notes import audit_summary, write_audit
from naevia_train.preparing.dataset import (
    PreparedImages,
    TrainingImages,
    prepare_rows,
    prepared_images,
    training_images,
)
from naevia_train.preparing.intake import RunData, require_both_sides, take_folders, take_manifest
from naevia_train.preparing.leave_out import LeftOut, leave_out
from naevia_train.preparing.validation_list import check_start, keep_validation, read_validation_list
from naevia_train.running.candidate import Candidate
from naevia_train.running.config import CONFIG, RunConfig
from naevia_train.running.finish import finish
from naevia_train.running.resuming import check_folder
from naevia_train.running.sittings import add_sitting

MOST_WORKERS = 8
Say = Callable[[str], None]


def train_run(
    config: RunConfig,
    run: Path,
    *,
    resume: bool,
    keras_verbose: int,
    say: Say,
    devices: Devices | None = None,
    tensorboard: bool = False,
    fit_only: bool = False,
) -> None:
    """Carry a run out, or go on with it.

    Args:
        config: What to train.
        run: The run folder.
        resume: Go on with the run in that folder; its configuration must be the same, but for more epochs.
        keras_verbose: Keras's `verbose`.
        say: Prints one line.
        devices: What to train on; None is one device. Of several workers the chief alone writes and speaks.
        tensorboard: Whether to write logs for TensorBoard.
        fit_only: Whether to leave calibrating and measuring to a later start, with `resume`.

    Raises:
        UsageError: The folder holds another run, or a batch cannot be shared out evenly.
        ModelError: The first weights cannot be read, or are of another network.
        DataError: The images, labels or facts about the patients cannot be used.
    """
    devices = devices or Devices()
    if config.recipe.batch_size % devices.count:
        raise UsageError(
            f"expected a batch size that {devices.count} devices can share, received "
            f"{config.recipe.batch_size}; give another --batch-size"
        )
    if not devices.chief:
        say, keras_verbose = _silence, 0
    else:
        check_folder(config, run, resume=resume)
    start_from = Path(config.start_from) if config.start_from else None
    if not read_state(run).checkpoint:
        check_first_weights(config.recipe, start_from, config.member)
    data = _audited(config, say)
    candidate = Candidate.of_run(config, data.rows)
    train, validation = training_images(data), prepared_images(data, "validation", config.input_spec)
    if devices.chief:
        _write_plan(config, run, data, resume=resume)
        done, weights = read_state(run).epochs_done, config.start_from or config.recipe.weights
        add_sitting(run, after_epoch=done, devices=devices.count, weights=weights)
    devices.wait()
    fit(
        train,
        _probe(data, config),
        validation,
        config.recipe,
        run,
        seed=config.seed,
        start_from=start_from,
        member=config.member,
        workers=min(os.cpu_count() or 1, MOST_WORKERS),
        keras_verbose=keras_verbose,
        say=say,
        devices=devices,
        targets=_targets(config, train),
        tensorboard=tensorboard,
    )
    if devices.chief and not fit_only:
        finish(candidate, config, run, data, say)
    devices.wait()


def _silence(_line: str) -> None:
    """What a worker says that is not the chief."""


def _targets(config: RunConfig, train: TrainingImages) -> NDArray[np.float32] | None:
    return taught_targets(train, config.teachers, config.recipe.taught) if config.teachers else None


def _audited(config: RunConfig, say: Say) -> RunData:
    limit_px, workers = 2 * config.recipe.size_px, os.cpu_count() or 1
    folders, labels = ([Path(path) for path in paths] for paths in (config.folders, config.labels))
    if any(is_manifest(path) for path in folders):
        if len(folders) > 1 or labels:
            raise UsageError("expected either one manifest, or folders with --labels; give one of them")
        data = take_manifest(folders[0], limit_px=limit_px, workers=workers)
    else:
        data = take_folders(folders, labels, seed=config.seed, limit_px=limit_px, workers=workers)
    rows = data.rows
    if config.validation:
        rows = keep_validation(rows, read_validation_list(Path(config.validation)))
    if config.leave_out:
        rows = leave_out(rows, LeftOut.parse(config.leave_out), seed=config.seed)
    require_both_sides(rows)
    for kept, learner in config.kept_apart.items():
        check_start(rows, kept, left_out=config.leave_out is not None, learner=learner, say=say)
    data = replace(data, rows=rows)
    for line in audit_summary(data.rows, data.notes):
        say(line)
    return data


def _write_plan(config: RunConfig, run: Path, data: RunData, *, resume: bool) -> None:
    """Write configuration, manifest and audit; a resumed run must find the images it was started with."""
    if resume and read_manifest(run / MANIFEST) != data.rows:
        begun = read_state(run).epochs_done
        way_out = "use another --output" if begun else "leave out --resume to begin anew"
        raise UsageError(f"the images or labels have changed since {run} was started; {way_out}")
    run.mkdir(parents=True, exist_ok=True)
    write_text(run / CONFIG, config.to_json())  # first: it tells a run that was killed from other files
    write_manifest(data.rows, run)
    write_audit(data.rows, data.notes, run)


def _probe(data: RunData, config: RunConfig) -> PreparedImages:
    """Training images, the first file of each, to be measured like validation ones."""
    first = first_files(data.rows, "train")
    chosen = np.random.default_rng(config.seed).permutation(len(first))[:PROBE_IMAGES]
    return prepare_rows([first[index] for index in chosen], data.pixels, config.input_spec)
