"""After fitting: calibrate, measure, draw, write contract and card. May be run again on a finished run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import keras
import numpy as np

from naevia.contract import CARD_FILE, CONTRACT_FILE, sha256_of
from naevia.files import replace_file
from naevia.taxonomy import CODES
from naevia_train.files import write_text
from naevia_train.fitting.answers import Answers, answer_images, network_of
from naevia_train.fitting.checkpoints import MODEL, read_state
from naevia_train.fitting.curves import draw_curves
from naevia_train.fitting.fit import PROBE_IMAGES
from naevia_train.fitting.overfitting import Samples, judge_curves
from naevia_train.fitting.records import read_history
from naevia_train.labelling.manifest import MANIFEST, count_images, images_of
from naevia_train.markdown import Finding
from naevia_train.measuring.plots import draw_confusion, save
from naevia_train.measuring.predictions import AnsweredFile, predictions_csv
from naevia_train.measuring.probabilities import softmax
from naevia_train.measuring.stress_text import verdict_lines
from naevia_train.preparing.dataset import prepared_images
from naevia_train.preparing.intake import RunData
from naevia_train.refusal.fitting import fit_refusal
from naevia_train.running.candidate import Candidate
from naevia_train.running.card import card_markdown
from naevia_train.running.cautions import cautions, cautions_markdown
from naevia_train.running.config import RunConfig
from naevia_train.running.contract import run_contract
from naevia_train.running.cost import read_training
from naevia_train.running.evidence import run_evidence
from naevia_train.running.measure import measure_run
from naevia_train.running.results import Results, SplitResult, Training

EXPORT_IMAGES = 64


def finish(
    candidate: Candidate, config: RunConfig, run: Path, data: RunData, say: Callable[[str], None]
) -> None:
    """Write everything that a finished run holds besides its weights.

    Args:
        candidate: The network that the run made.
        config: The run's configuration.
        run: The run folder, with `model.keras`, `history.csv` and the manifest.
        data: The audited images.
        say: Prints one line.
    """
    history, state = read_history(run), read_state(run)
    finding = judge_curves(history, state.best_epoch, config.recipe.epochs, _samples(data))
    draw_curves(history, state.best_epoch, run / "curves.png")
    publish(candidate, run, data, read_training(config, run), lambda validation: finding, say)


def _samples(data: RunData) -> Samples:
    train, validation = (len(images_of(data.rows, split)) for split in ("train", "validation"))
    return Samples(train=min(PROBE_IMAGES, train), drawn_from=train, validation=validation)


def publish(
    candidate: Candidate,
    run: Path,
    data: RunData,
    training: Training,
    find: Callable[[SplitResult], Finding],
    say: Callable[[str], None],
) -> None:
    """Calibrate and measure the network of a run folder, and write all that export and a reader need.

    Args:
        candidate: What the network is called and how it is asked.
        run: The run folder, with `model.keras` and the manifest.
        data: The audited images.
        training: What it took.
        find: From how it did on validation to whether it is over- or underfitted.
        say: Prints one line.
    """
    spec = candidate.input
    answer = network_of(keras.saving.load_model(run / MODEL), mirrored=candidate.mirrored)
    validation = answer_images(answer, prepared_images(data, "validation", spec, every_rendition=True))
    test = None
    if count_images(data.rows, "test"):
        test = answer_images(answer, prepared_images(data, "test", spec))
    boundary = fit_refusal(
        data.rows, data.pixels, spec, lambda pixels: answer(pixels)[1], seed=candidate.seed
    )
    results = measure_run(candidate, data, answer, validation, test, boundary)
    files = {name: sha256_of(run / name) for name in (MANIFEST, MODEL)} | training.members
    finding = find(results.validation)
    evidence = run_evidence(candidate, data.rows, results, training, files)
    warned = cautions(results, data.rows, goes_on=candidate.goes_on, doubtful=candidate.doubtful)
    contract = run_contract(candidate, data.rows, results, evidence, warned)
    boundary.save(run / "ood.npz")
    answered = [_answered(answers, results.temperature) for answers in (validation, test) if answers]
    write_text(run / "predictions.csv", predictions_csv(chain(*answered)))
    _save_export_images(validation, run, seed=candidate.seed)
    kept = results.validation
    title = f"{candidate.model_id}: {len(kept.labels)} validation images"
    save(draw_confusion(kept.probabilities.argmax(axis=1), kept.labels, title), run / "confusion.png")
    write_text(run / "finding.md", f"{finding.section(1)}\n{cautions_markdown(warned)}".rstrip() + "\n")
    write_text(run / CARD_FILE, card_markdown(contract, evidence, data, results, training, finding))
    write_text(run / CONTRACT_FILE, contract.to_json())
    for line in _summary(results, finding, warned, run):
        say(line)


def _answered(answers: Answers, temperature: float) -> Iterator[AnsweredFile]:
    for row, given in zip(answers.images.rows, softmax(answers.logits, temperature), strict=True):
        yield AnsweredFile(
            image_id=row.image_id,
            path=row.path,
            source=row.source,
            split=row.split,
            diagnosis=row.label,
            lesion=row.lesion,
            group=row.group,
            answer=CODES[given.argmax()],
            refused=None,
            probabilities=given,
        )


def _save_export_images(validation: Answers, run: Path, *, seed: int) -> None:
    pixels = validation.images.pixels
    chosen = np.sort(np.random.default_rng(seed).permutation(len(pixels))[:EXPORT_IMAGES])
    replace_file(run / "export_images.npz", lambda part: np.savez_compressed(part, pixels=pixels[chosen]))


def _summary(results: Results, finding: Finding, warned: Sequence[str], run: Path) -> list[str]:
    lines = [f"on {results.validation.measured_on}:"]
    lines += [f"  {name}: {interval}" for name, interval in results.validation.measured.overall.items()]
    if results.test:
        lines.append(f"on {results.test.measured_on}:")
        lines += [f"  {name}: {interval}" for name, interval in results.test.measured.overall.items()]
    for (first, second), found in results.agreement.items():
        lines.append(f"  same answer in {first} and {second}: {found}")
    lines += [f"  stress test, {line}" for line in verdict_lines(results.stress)]
    for point in results.operating_points:
        lines.append(
            f"  {point.name}: refer from {point.threshold:.4f}, sensitivity {point.sensitivity.value:.3f}, "
            f"specificity {point.specificity.value:.3f}"
        )
    lines.append(f"temperature {results.temperature:.3f}; {finding.verdict}")
    lines += [f"caution: {words}" for words in warned]
    return [*lines, f"run written to {run}; next: naevia export-onnx {run} --output MODEL"]
