"""Cross-validation by lesion over one source: what a recipe reaches on photos it did not learn from.

    python benchmarks/folds.py MANIFEST OUTPUT --source ham10000 --recipe lite0-wide --only 1 2

Each fold is left out in turn (`naevia train --leave-out`), the network exported, and its ONNX file asked
about the images left out (`naevia evaluate --taxonomy isic2018`). Everything is kept in OUTPUT; a fold that
was stopped goes on, and a finished one is only printed again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

METRICS = "metrics.json"


def main() -> None:
    """Train, export and evaluate the folds that are not finished, then print the table."""
    arguments = _arguments()
    numbers = arguments.only or list(range(1, arguments.folds + 1))
    for number in numbers:
        if not (_report(arguments.output, number) / METRICS).exists():
            _measure(number, arguments)
    print(_table(numbers, arguments.output))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest", type=Path, help="manifest.csv of `naevia audit`")
    parser.add_argument("output", type=Path)
    parser.add_argument("--source", default="ham10000", help="what is cut into folds")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="+", help="these folds instead of all")
    parser.add_argument("--taxonomy", default="isic2018", help="as for `naevia evaluate`")
    parser.add_argument("--root", type=Path, help="folder that the manifest's paths start from")
    parser.add_argument("--recipe", default="lite0-wide")
    for option in ("--epochs", "--draws", "--size"):
        parser.add_argument(option, help="instead of the recipe's")
    return parser.parse_args()


def _measure(number: int, arguments: argparse.Namespace) -> None:
    run, model = arguments.output / f"fold-{number}", arguments.output / f"fold-{number}-model"
    if not (run / "model.json").exists():
        left_out = f"{arguments.source}:{number}/{arguments.folds}"
        options = ["--recipe", arguments.recipe, "--leave-out", left_out, "--verbose", 0]
        for name in ("epochs", "draws", "size"):
            if getattr(arguments, name):
                options += [f"--{name}", getattr(arguments, name)]
        if (run / "config.json").exists():
            options.append("--resume")
        _call("naevia", "train", arguments.manifest, *options, "--model-id", run.name, "--output", run)
    if not (model / "model.json").exists():
        _call("export-onnx", run, "--output", model)
    options = ["--split", "test", "--taxonomy", arguments.taxonomy, "--model", model]
    if arguments.root:
        options += ["--root", arguments.root]
    report = _report(arguments.output, number)
    _call("naevia", "evaluate", run / "manifest.csv", *options, "--output", report)


def _call(program: str, *arguments: Any) -> None:
    """Run one of the project's commands and stop where it fails."""
    command = [Path(sys.executable).with_name(program), *map(str, arguments)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise SystemExit(f"{program} ended with exit code {done.returncode}; the table needs every fold")


def _report(output: Path, number: int) -> Path:
    return output / f"fold-{number}-report"


def _table(numbers: list[int], output: Path) -> str:
    found = [json.loads((_report(output, number) / METRICS).read_text("utf-8")) for number in numbers]
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
    from naevia_train.evaluating.intervals import NAMES

    return {name: words for name, words in NAMES.items() if all(name in fold["figures"] for fold in found)}


if __name__ == "__main__":
    main()
