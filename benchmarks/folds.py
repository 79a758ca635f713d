"""Cross-validation by lesion over one source: what a recipe reaches on photos it did not learn from.

    python benchmarks/folds.py MANIFEST OUTPUT --source ham10000 --recipe lite0-wide --only 1 2

Each fold is left out in turn (`naevia train --leave-out`), the network exported, and its ONNX file asked
about the images left out (`naevia evaluate --taxonomy isic2018`). Of several recipes each is trained, and
their networks are joined into one model (`naevia ensemble`) before that. Everything is kept in OUTPUT; a fold
that was stopped goes on, and a finished one is only printed again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

METRICS = "metrics.json"
CHANGES = ("epochs", "draws", "size")


def main() -> None:
    """Train, export and evaluate the folds that are not finished, then print the table."""
    arguments = _arguments()
    if arguments.root:
        os.environ["NAEVIA_DATA"] = str(arguments.root.resolve())  # every command below looks there
    numbers = arguments.only or list(range(1, arguments.folds + 1))
    for number in numbers:
        if not (_report(number, arguments) / METRICS).exists():
            _measure(number, arguments)
    print(_table(numbers, arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest", type=Path, help="manifest.csv of `naevia audit`")
    parser.add_argument("output", type=Path)
    parser.add_argument("--source", default="ham10000", help="what is cut into folds")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="+", help="these folds instead of all")
    parser.add_argument("--taxonomy", default="isic2018", help="as for `naevia evaluate`")
    parser.add_argument("--root", type=Path, help="folder that the manifest's paths start from")
    parser.add_argument(
        "--recipe", nargs="+", default=["lite0-wide"], help="several are joined into one model"
    )
    for option in CHANGES:
        parser.add_argument(f"--{option}", nargs="+", help="instead of the recipe's, one for each recipe")
    arguments = parser.parse_args()
    for option in CHANGES:
        given = getattr(arguments, option)
        if given and len(given) != len(arguments.recipe):
            parser.error(f"--{option}: expected one value for each recipe, {len(arguments.recipe)} in all")
    return arguments


def _measure(number: int, arguments: argparse.Namespace) -> None:
    trained = [_trained(number, place, arguments) for place in range(len(arguments.recipe))]
    run = trained[0] if len(trained) == 1 else _joined(_run(number, arguments), trained)
    options = ["--split", "test", "--taxonomy", arguments.taxonomy, "--model", _exported(run)]
    report = _report(number, arguments)
    _call("naevia", "evaluate", trained[0] / "manifest.csv", *options, "--output", report)


def _trained(number: int, place: int, arguments: argparse.Namespace) -> Path:
    """The run folder of one recipe, with the fold left out."""
    recipe = arguments.recipe[place]
    run = _run(number, arguments).with_name(recipe)
    if not (run / "model.json").exists():
        left_out = f"{arguments.source}:{number}/{arguments.folds}"
        options = ["--recipe", recipe, "--leave-out", left_out, "--verbose", 0]
        for name in CHANGES:
            if getattr(arguments, name):
                options += [f"--{name}", getattr(arguments, name)[place]]
        if (run / "config.json").exists():
            options.append("--resume")
        _call("naevia", "train", arguments.manifest, *options, "--model-id", recipe, "--output", run)
    return run


def _joined(run: Path, trained: list[Path]) -> Path:
    """The run folder of the model that the trained networks are joined into."""
    if not (run / "model.json").exists():
        models = [_exported(one) for one in trained]
        shutil.rmtree(run, ignore_errors=True)
        options = ["--manifest", trained[0] / "manifest.csv", "--model-id", run.name, "--output", run]
        _call("naevia", "ensemble", *models, *options)
    return run


def _exported(run: Path) -> Path:
    model = run.with_name(f"{run.name}-model")
    if not (model / "model.json").exists():
        _call("export-onnx", run, "--output", model)
    return model


def _call(program: str, *arguments: Any) -> None:
    """Run one of the project's commands and stop where it fails."""
    command = [str(Path(sys.executable).with_name(program)), *map(str, arguments)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"{program} ended with exit code {done.returncode}; the table needs every fold")


def _run(number: int, arguments: argparse.Namespace) -> Path:
    """The run folder of the model that is measured, named after all of its recipes."""
    return Path(arguments.output, f"fold-{number}", "-and-".join(arguments.recipe))


def _report(number: int, arguments: argparse.Namespace) -> Path:
    run = _run(number, arguments)
    return run.with_name(f"{run.name}-report")


def _table(numbers: list[int], arguments: argparse.Namespace) -> str:
    found = [json.loads((_report(number, arguments) / METRICS).read_text("utf-8")) for number in numbers]
    heads = ["figure", *(f"fold {number}" for number in numbers), "mean"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines.append(f"| images | {' | '.join(str(fold['images']) for fold in found)} | |")
    for name, words in _names(found).items():
        figures = [fold["figures"][name] for fold in found]
        cells = [f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})" for figure in figures]
        mean = statistics.mean(figure["value"] for figure in figures)
        lines.append(f"| {words} | {' | '.join(cells)} | {mean:.3f} |")
    return "\n".join(lines)


def _names(found: list[dict[str, Any]]) -> dict[str, str]:
    """The figures that every fold has, with their names for people."""
    from naevia_train.measuring.figures import NAMES

    return {name: words for name, words in NAMES.items() if all(name in fold["figures"] for fold in found)}


if __name__ == "__main__":
    main()
