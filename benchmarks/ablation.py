"""What each part of a recipe earns: short trainings without one source, measured on it and on validation.

    python benchmarks/ablation.py MANIFEST OUTPUT --leave-out isic2017_train plain cameras mixup

Every arm is the recipe `lite0` made short, with the named change. Answers of finished arms are kept in OUTPUT
(one folder each), so that a run that was stopped goes on; the table is printed again from them.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ARMS: dict[str, Mapping[str, Any]] = {
    "plain": {},
    "flips": {"augmentation": "flips"},
    "cameras": {"augmentation": "cameras"},
    "mixup": {"mixup": 0.3},
    "cameras+mixup": {"augmentation": "cameras", "mixup": 0.3},
    "sources": {"source_power": 0.5},
    "cameras+sources": {"augmentation": "cameras", "source_power": 0.5},
    "cameras+mixup+sources": {"augmentation": "cameras", "mixup": 0.3, "source_power": 0.5},
    "equal-classes": {"sqrt_power": 0.0},
    "cutmix": {"cutmix": 1.0},
    "no-average": {"ema_momentum": None},
    "no-smoothing": {"label_smoothing": 0.0},
}
USE_PX, VIEW_PX = 160, 128


def main() -> None:
    """Train the arms that are not finished, then print the table."""
    arguments = _arguments()
    from naevia_train.quiet import load_keras

    load_keras()
    for name in arguments.arms:
        if not (arguments.output / name / "figures.json").exists():
            _train(name, arguments)
    print(_table(arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("arms", nargs="+", choices=sorted(ARMS))
    parser.add_argument("--validation", type=Path, help="validation.csv of an earlier model")
    parser.add_argument("--leave-out", default="isic2017_train")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _train(name: str, arguments: argparse.Namespace) -> None:
    from naevia.contract import InputSpec
    from naevia_train.audit import load_manifest
    from naevia_train.dataset import prepare_rows, prepared_images, training_images
    from naevia_train.fit import fit
    from naevia_train.leave_out import LeftOut, leave_out
    from naevia_train.recipes import Stage, find_recipe
    from naevia_train.validation_list import keep_validation, read_validation_ids

    stages = (
        Stage(epochs=1, size_px=VIEW_PX, rate=2e-3, head_only=True),
        Stage(epochs=arguments.epochs, size_px=VIEW_PX, rate=7e-4, warm_up=0.06),
    )
    base = find_recipe("lite0")
    recipe = replace(base, stages=stages, size_px=USE_PX, draws=arguments.draws, **ARMS[name])
    spec = InputSpec(size_px=USE_PX, resize=recipe.resize)
    data = load_manifest(arguments.manifest, limit_px=2 * USE_PX, workers=os.cpu_count() or 1)
    rows = data.rows
    if arguments.validation:
        rows = keep_validation(rows, read_validation_ids(arguments.validation))
    held = LeftOut.parse(arguments.leave_out)
    data = replace(data, rows=leave_out(rows, held, seed=arguments.seed))
    run = arguments.output / name
    run.mkdir(parents=True, exist_ok=True)
    validation = prepared_images(data, "validation", spec, every_rendition=True)
    watched = prepared_images(data, "validation", spec)
    probe = prepare_rows(watched.rows[:64], data.pixels, spec)
    fit(
        training_images(data),
        probe,
        watched,
        recipe,
        run,
        seed=arguments.seed,
        workers=2,
        progress=0,
        say=lambda line: print(f"{name}: {line}", flush=True),
    )
    figures = _figures(run, validation, prepared_images(data, "test", spec))
    (run / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _figures(run: Path, validation: Any, test: Any) -> dict[str, float]:
    """The kept weights on validation and on what was left out."""
    import keras

    from naevia_train import measure
    from naevia_train.agreement import rendition_agreement
    from naevia_train.fit import MODEL, predict_logits
    from naevia_train.probabilities import softmax

    model = keras.saving.load_model(run / MODEL)
    answers = softmax(predict_logits(model, validation.pixels))
    outside = softmax(predict_logits(model, test.pixels))
    rows = validation.rows
    first = np.unique([row.image_id for row in rows], return_index=True)[1]
    same = rendition_agreement(
        [row.image_id for row in rows], [row.source for row in rows], answers.argmax(axis=1)
    )
    kept, labels = answers[first], validation.labels[first]
    return {
        "validation macro AUC": measure.macro_auc(kept, labels),
        "validation melanoma AUC": measure.melanoma_auc(kept, labels),
        "validation log loss": measure.log_loss(kept, labels),
        "same answer, images and images_224": same["ham10000/images", "ham10000/images_224"][0].value,
        "left out: melanoma AUC": measure.melanoma_auc(outside, test.labels),
        "left out: malignant AUC": measure.malignant_auc(outside, test.labels),
        "left out: log loss": measure.log_loss(outside, test.labels),
    }


def _table(arguments: argparse.Namespace) -> str:
    found = {
        name: json.loads((arguments.output / name / "figures.json").read_text(encoding="utf-8"))
        for name in arguments.arms
    }
    columns = list(next(iter(found.values())))
    lines = [f"| arm | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [
        f"| {name} | {' | '.join(f'{figures[column]:.3f}' for column in columns)} |"
        for name, figures in found.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
