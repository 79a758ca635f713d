"""What each part of a recipe earns: short trainings without one source, measured on it and on validation.

    python benchmarks/ablation.py MANIFEST OUTPUT --leave-out isic2017_train plain cameras mixup

Every arm is the recipe `lite0` made short, its first layers frozen, with the named change. Each is measured
on validation images (their lesions are in no training image), on the same photos written in other ways, and
on the images that only the left-out source holds. Arms joined by " & " answer together, with the mean of
their logits: "plain & constancy". Figures of finished arms are kept in OUTPUT, one folder each, so that a run
that was stopped goes on; the table is printed again from them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from naevia.contract import InputSpec
    from naevia_train.labelling.manifest import ManifestRow
    from naevia_train.measuring.stress import Predict
    from naevia_train.preparing.intake import RunData

ARMS: dict[str, Mapping[str, Any]] = {
    "plain": {},
    "plain, other seed": {"seed": 2},
    "all layers": {"frozen": 0.0},
    "one rendition": {"without": "ham10000/images_224"},
    "flips": {"augmentation": "flips"},
    "cameras": {"augmentation": "cameras"},
    "clinics": {"augmentation": "clinics"},
    "constancy": {"colour_constancy": True},
    "cameras+constancy": {"augmentation": "cameras", "colour_constancy": True},
    "mixup": {"mixup": 0.3},
    "sources": {"source_power": 0.5},
    "cameras+mixup": {"augmentation": "cameras", "mixup": 0.3},
    "cameras+mixup+sources": {"augmentation": "cameras", "mixup": 0.3, "source_power": 0.5},
    "equal classes": {"sqrt_power": 0.0},
    "no average": {"ema_momentum": None},
    "no smoothing": {"label_smoothing": 0.0},
}
"""Changes of the recipe; the arm's own are `frozen`, `seed` and `without`, a source not trained on."""

JOINT, FIGURES = " & ", "figures.json"
RENDITIONS = ("ham10000/images", "ham10000/images_224")
USE_PX, VIEW_PX, FROZEN = 160, 128, 0.2
STRESS_PHOTOS = 60
"""Chosen so that an arm takes minutes on two processor cores."""


def main() -> None:
    """Train the arms that are not finished, then print the table."""
    arguments = _arguments()
    parts = [part for name in arguments.arms for part in name.split(JOINT)]
    if unknown := sorted(set(parts) - set(ARMS)):
        raise SystemExit(f"there is no arm {unknown[0]!r}; choose from {', '.join(ARMS)}")
    wanted = list(dict.fromkeys([*parts, *arguments.arms]))
    missing = [name for name in wanted if not (arguments.output / name / FIGURES).exists()]
    if missing:
        from naevia_train.quiet import load_keras

        load_keras()
        data = _load(arguments)
        for name in missing:
            if name in ARMS:
                _train(name, data, arguments)
            _measure(name, data, arguments)
    print(_table(arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("arms", nargs="+")
    parser.add_argument("--validation", type=Path, help="validation.csv of an earlier model")
    parser.add_argument("--leave-out", default="isic2017_train")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _load(arguments: argparse.Namespace) -> RunData:
    """The manifest with one source left out."""
    from naevia_train.preparing.intake import take_manifest
    from naevia_train.preparing.leave_out import LeftOut, leave_out
    from naevia_train.preparing.validation_list import keep_validation, read_validation_list

    data = take_manifest(arguments.manifest, limit_px=2 * USE_PX, workers=os.cpu_count() or 1)
    rows = data.rows
    if arguments.validation:
        rows = keep_validation(rows, read_validation_list(arguments.validation))
    rows = leave_out(rows, LeftOut.parse(arguments.leave_out), seed=arguments.seed)
    elsewhere = {row.image_id for row in rows if row.split == "excluded"}
    return replace(data, rows=[_only_here(row, elsewhere) for row in rows])


def _only_here(row: ManifestRow, elsewhere: set[str]) -> ManifestRow:
    """A left-out image that another source holds too says nothing about other sources."""
    shared = row.split == "test" and row.image_id in elsewhere
    return replace(row, split="excluded") if shared else row


def _spec() -> InputSpec:
    from naevia.contract import InputSpec

    return InputSpec(size_px=USE_PX, resize="center_square")


def _train(name: str, data: RunData, arguments: argparse.Namespace) -> None:
    from naevia_train.fitting.fit import fit
    from naevia_train.labelling.manifest import first_files
    from naevia_train.preparing.dataset import prepare_rows, prepared_images, training_images
    from naevia_train.recipes import Stage, find_recipe

    changes = dict(ARMS[name])
    seed, without = changes.pop("seed", arguments.seed), changes.pop("without", None)
    stages = (
        Stage(epochs=1, size_px=VIEW_PX, rate=2e-3, head_only=True),
        Stage(
            epochs=arguments.epochs, size_px=VIEW_PX, rate=7e-4, warm_up=0.06,
            frozen=changes.pop("frozen", FROZEN),
        ),
    )  # fmt: skip
    recipe = replace(find_recipe("lite0"), stages=stages, size_px=USE_PX, draws=arguments.draws, **changes)
    spec = _spec()
    run = arguments.output / name
    run.mkdir(parents=True, exist_ok=True)
    seen = replace(data, rows=[row for row in data.rows if row.split != "train" or row.source != without])
    watched = prepared_images(data, "validation", spec)
    probe = prepare_rows(first_files(seen.rows, "train")[:64], data.pixels, spec)
    fit(
        training_images(seen),
        probe,
        watched,
        recipe,
        run,
        seed=seed,
        workers=2,
        keras_verbose=0,
        say=lambda line: print(f"{name}: {line}", flush=True),
    )


def _measure(name: str, data: RunData, arguments: argparse.Namespace) -> None:
    """Measure the kept weights of an arm, or of several arms together."""
    import keras

    from naevia_train.fitting.checkpoints import MODEL
    from naevia_train.fitting.fit import predict_logits
    from naevia_train.measuring.probabilities import softmax

    models = [keras.saving.load_model(arguments.output / part / MODEL) for part in name.split(JOINT)]
    figures = _figures(
        lambda pixels: softmax(np.mean([predict_logits(model, pixels) for model in models], axis=0)), data
    )
    folder = arguments.output / name
    folder.mkdir(exist_ok=True)
    (folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _figures(predict: Predict, data: RunData) -> dict[str, float]:
    """Answers to validation, to the same photos written in other ways, and to what was left out."""
    from naevia.taxonomy import CODES
    from naevia_train.labelling.diagnosis_set import NINE
    from naevia_train.labelling.grouping import first_of_each
    from naevia_train.measuring import metrics
    from naevia_train.measuring.agreement import rendition_agreement
    from naevia_train.measuring.calibrate import DEFAULT_POINT, choose_operating_points
    from naevia_train.measuring.operating import refers
    from naevia_train.measuring.stress import StressPhoto, draw_sample, run_stress
    from naevia_train.preparing.dataset import prepared_images

    spec = _spec()
    validation = prepared_images(data, "validation", spec, every_rendition=True)
    test = prepared_images(data, "test", spec)
    answers, outside = predict(validation.pixels), predict(test.pixels)
    rows = validation.rows
    first = first_of_each(row.image_id for row in rows)
    renditions = rendition_agreement(
        [row.image_id for row in rows],
        [row.source for row in rows],
        answers.argmax(axis=1),
        lesions=[row.group for row in rows],
        malignant=NINE.malignant[validation.labels],
        referred=refers(NINE.malignant_probability(answers), None),
    )
    same = renditions.get(RENDITIONS)
    kept, labels = answers[first], validation.labels[first]
    photos = [
        StressPhoto(lambda row=rows[i]: data.pixels[row.path], int(validation.labels[i]), rows[i].group)
        for i in first[draw_sample(len(first), STRESS_PHOTOS)]
    ]
    stress = run_stress(photos, predict, spec)
    variants, mixed = stress.overall().stability, stress.mixed()
    points = choose_operating_points(
        kept, labels, [rows[index].group for index in first], chosen_on="validation"
    )
    (threshold,) = [point.threshold for point in points if point.name == DEFAULT_POINT]
    malignant = NINE.malignant[test.labels]
    referred = refers(NINE.malignant_probability(outside), threshold)
    return {
        "validation macro AUC": metrics.macro_auc(kept, labels),
        "melanoma AUC": metrics.melanoma_auc(kept, labels),
        "log loss": metrics.log_loss(kept, labels),
        "images and images_224: same answer": same.same_answer.value if same else math.nan,
        "variants: same answer": variants.same_answer.value,
        "variants: change of malignant, 95 %": variants.large_change,
        "mixtures: same answer": mixed.stability.same_answer.value if mixed else float("nan"),
        "left out: images": len(test.labels),
        "left out: melanomas": int((test.labels == CODES.index("mel")).sum()),
        "left out: melanoma AUC": metrics.melanoma_auc(outside, test.labels),
        "left out: malignant AUC": metrics.malignant_auc(outside, test.labels),
        "left out: accuracy": metrics.accuracy(outside, test.labels),
        "left out: log loss": metrics.log_loss(outside, test.labels),
        "left out: sensitivity where validation has 0.95": float(referred[malignant].mean()),
        "left out: specificity there": float((~referred)[~malignant].mean()),
    }


def _table(arguments: argparse.Namespace) -> str:
    found = {
        name: json.loads((arguments.output / name / FIGURES).read_text(encoding="utf-8"))
        for name in arguments.arms
    }
    columns = list(next(iter(found.values())))
    lines = [f"| arm | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(_cell(figures[column]) for column in columns)} |"
        for name, figures in found.items()
    ]
    return "\n".join(lines)


def _cell(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
