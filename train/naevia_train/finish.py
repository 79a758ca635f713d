"""After fitting: calibrate, measure, draw, write contract and card. May be run again on a finished run."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from naevia._version import __version__
from naevia.contract import (
    CARD_FILE,
    CONTRACT_FILE,
    Contract,
    Metric,
    OutOfDistribution,
    OutputSpec,
    TrainingData,
    sha256_of,
)
from naevia.taxonomy import CODES
from naevia_train import measure, network
from naevia_train.agreement import rendition_agreement
from naevia_train.audit import AuditedData
from naevia_train.calibrate import DEFAULT_POINT, choose_operating_points, fit_temperature
from naevia_train.card import write_card
from naevia_train.config import RunConfig
from naevia_train.dataset import PreparedImages, prepare_rows, prepared_images
from naevia_train.evaluating.intervals import measure_all
from naevia_train.figures import draw_confusion, draw_curves
from naevia_train.files import replace_file, write_text
from naevia_train.finding import write_finding
from naevia_train.fit import MODEL, PREDICT_BATCH, read_state
from naevia_train.manifest import count_images
from naevia_train.out_of_distribution import STATISTIC, Whitening, choose_threshold, fit_whitening
from naevia_train.probabilities import softmax
from naevia_train.records import read_history
from naevia_train.results import Results, SplitResult
from naevia_train.sources import licence_of

MODEL_VERSION = "1.0.0"
EXPORT_IMAGES = 64
WHITENING_FILES = 4000


@dataclass(frozen=True, eq=False)
class _Answers:
    """Prepared images with what the network says about them."""

    images: PreparedImages
    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]

    def first_files(self) -> NDArray[np.int64]:
        """Positions of the first file of each image."""
        _, positions = np.unique([row.image_id for row in self.images.rows], return_index=True)
        return np.sort(positions)


def finish(config: RunConfig, run: Path, data: AuditedData, say: Callable[[str], None]) -> None:
    """Write everything that a finished run holds besides its weights.

    Args:
        config: The run's configuration.
        run: The run folder, with `model.keras`, `history.csv` and the manifest.
        data: The audited images.
        say: Prints one line.
    """
    spec = config.input_spec
    model = keras.saving.load_model(run / MODEL)
    mirrored = config.recipe.mirrored
    everything = prepared_images(data, "validation", spec, every_rendition=True)
    validation = _answer(model, everything, mirrored=mirrored)
    test = None
    if count_images(data.rows, "test"):
        test = _answer(model, prepared_images(data, "test", spec), mirrored=mirrored)
    whitening = fit_whitening(_answer(model, _whitening_images(config, data), mirrored=mirrored).embeddings)
    results = _measure(validation, test, whitening)
    contract = _contract(config, run, data, results)
    history, state = read_history(run), read_state(run)
    finding = write_finding(history, state.best_epoch, config.recipe.epochs)

    whitening.save(run / "ood.npz")
    write_text(run / "predictions.csv", _predictions(results, validation, test))
    _save_export_images(validation, run, seed=config.seed)
    draw_curves(history, state.best_epoch, run / "curves.png")
    kept = results.validation
    title = f"{config.model_id}: {len(kept.labels)} validation images"
    draw_confusion(kept.probabilities.argmax(axis=1), kept.labels, title, run / "confusion.png")
    write_text(run / "finding.md", finding)
    write_text(run / CARD_FILE, write_card(contract, data, results, finding))
    write_text(run / CONTRACT_FILE, contract.to_json())
    for line in _summary(results, finding, run):
        say(line)


def _answer(model: keras.Model, images: PreparedImages, *, mirrored: bool) -> _Answers:
    outputs = [model.get_layer(network.LOGITS).output, model.get_layer(network.EMBEDDING).output]
    both = keras.Model(model.inputs, outputs)
    views = (images.pixels, images.pixels[:, :, ::-1]) if mirrored else (images.pixels,)
    answers = [both.predict(view, batch_size=PREDICT_BATCH, verbose=0) for view in views]
    logits, embeddings = (np.mean(parts, axis=0) for parts in zip(*answers, strict=True))
    return _Answers(images, logits, embeddings)


def _whitening_images(config: RunConfig, data: AuditedData) -> PreparedImages:
    """A sample of the training files in all renditions."""
    rows = [row for row in data.rows if row.split == "train"]
    chosen = np.random.default_rng(config.seed).permutation(len(rows))[:WHITENING_FILES]
    return prepare_rows([rows[index] for index in chosen], data.pixels, config.input_spec)


def _measure(validation: _Answers, test: _Answers | None, whitening: Whitening) -> Results:
    first = validation.first_files()
    labels = validation.images.labels[first]
    temperature = fit_temperature(validation.logits[first], labels)
    result = _split_result("validation", validation, temperature)
    rows = validation.images.rows
    ood = whitening.scores(validation.embeddings)
    threshold = choose_threshold(ood)
    return Results(
        validation=result,
        test=_split_result("test", test, temperature) if test else None,
        agreement=rendition_agreement(
            [row.image_id for row in rows], [row.source for row in rows], validation.logits.argmax(axis=1)
        ),
        temperature=temperature,
        error_before=measure.calibration_error(softmax(validation.logits[first]), labels),
        operating_points=choose_operating_points(result.probabilities, labels, chosen_on=result.measured_on),
        ood_threshold=threshold,
        ood_accepted=float((ood <= threshold).mean()),
    )


def _split_result(name: str, answers: _Answers, temperature: float) -> SplitResult:
    first = answers.first_files()
    probabilities, labels = softmax(answers.logits[first], temperature), answers.images.labels[first]
    groups = [answers.images.rows[index].group for index in first]
    return SplitResult(
        name=name,
        probabilities=probabilities,
        labels=labels,
        lesions=len(set(groups)),
        measured=measure_all(probabilities, labels, groups),
    )


def _contract(config: RunConfig, run: Path, data: AuditedData, results: Results) -> Contract:
    names = [point.name for point in results.operating_points]
    licence = licence_of(data.rows)
    return Contract(
        model_id=config.model_id,
        version=MODEL_VERSION,
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        naevia_version=__version__,
        recipe=config.recipe.name,
        input=config.input_spec,
        outputs=OutputSpec(ood_score="ood_score"),
        mirrored=config.recipe.mirrored,
        temperature=results.temperature,
        operating_points=results.operating_points,
        default_operating_point=DEFAULT_POINT if DEFAULT_POINT in names else None,
        out_of_distribution=OutOfDistribution(
            statistic=STATISTIC, threshold=results.ood_threshold, accepted=results.ood_accepted
        ),
        training=TrainingData(
            manifest_sha256=sha256_of(run / "manifest.csv"),
            counts=count_images(data.rows, "train"),
            note=licence,
        ),
        metrics=_metrics(results),
        license=licence,
    )


def _metrics(results: Results) -> dict[str, Metric]:
    metrics = {}
    for split, prefix in ((results.validation, ""), (results.test, "test_")):
        for name, interval in split.measured.overall.items() if split else ():
            metrics[f"{prefix}{name}"] = Metric(
                value=interval.value, low=interval.low, high=interval.high, measured_on=split.measured_on
            )
    for (first, second), (share, count) in results.agreement.items():
        metrics[f"same_answer: {first}, {second}"] = Metric(
            value=share.value, low=share.low, high=share.high,
            measured_on=f"{count} validation images that both folders hold",
        )  # fmt: skip
    return metrics


def _predictions(results: Results, validation: _Answers, test: _Answers | None) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["split", "image_id", "path", "source", "label", *(f"p_{code}" for code in CODES)])
    for split, answers in (("validation", validation), ("test", test)):
        if answers:
            rows = zip(answers.images.rows, softmax(answers.logits, results.temperature), strict=True)
            for row, given in rows:
                writer.writerow(
                    [split, row.image_id, row.path, row.source, row.label, *(f"{p:.6f}" for p in given)]
                )
    return table.getvalue()


def _save_export_images(validation: _Answers, run: Path, *, seed: int) -> None:
    pixels = validation.images.pixels
    chosen = np.sort(np.random.default_rng(seed).permutation(len(pixels))[:EXPORT_IMAGES])
    replace_file(run / "export_images.npz", lambda part: np.savez_compressed(part, pixels=pixels[chosen]))


def _summary(results: Results, finding: str, run: Path) -> list[str]:
    lines = [f"on {results.validation.measured_on}:"]
    lines += [f"  {name}: {interval}" for name, interval in results.validation.measured.overall.items()]
    if results.test:
        lines.append(f"on {results.test.measured_on}:")
        lines += [f"  {name}: {interval}" for name, interval in results.test.measured.overall.items()]
    for (first, second), (share, count) in results.agreement.items():
        lines.append(f"  same answer in {first} and {second}: {share} of {count} images")
    for point in results.operating_points:
        lines.append(
            f"  {point.name}: refer from {point.threshold:.4f}, sensitivity {point.sensitivity.value:.3f}, "
            f"specificity {point.specificity.value:.3f}"
        )
    lines.append(f"temperature {results.temperature:.3f}; {finding.split('**')[1]}")
    return [*lines, f"run written to {run}; next: naevia export-onnx {run} --output MODEL"]
