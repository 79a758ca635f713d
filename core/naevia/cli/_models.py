"""A model's contract in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from naevia.contract import CARD_FILE, Contract, Metric, TrainingData
from naevia.printable import printable
from naevia.shelf import ShelvedModel, hides_words, shelves
from naevia.taxonomy import CODES
from naevia.words import RESEARCH_ONLY, percent, with_interval


def shelf_report(found: list[ShelvedModel], console: Console) -> None:
    """Print the models, or where one would have been found."""
    if not found:
        places = "\n".join(f"  {printable(str(folder))} ({origin})" for origin, folder in shelves())
        console.print(f"no models; searched:\n{places}", markup=False, soft_wrap=True)
        return
    table = Table("id", "version", "from", "folder", "state")
    for model in found:
        version = model.contract.version if model.contract else "?"
        state = model.problem or hides_words(model, found) or "readable"
        table.add_row(*map(_cell, (model.id, version, model.origin, str(model.folder), state)))
    console.print(table)


def contract_report(folder: Path, contract: Contract, console: Console) -> None:
    """Print what a model says of itself."""
    facts = Table.grid(padding=(0, 2))
    for topic, text in _facts(folder, contract):
        facts.add_row(topic, _cell(text))
    console.print(facts)
    if contract.operating_points:
        console.print(_operating_points(contract))
    if contract.metrics:
        console.print(_metrics(contract))
    if contract.training:
        console.print(_training(contract.training))
    console.print(RESEARCH_ONLY)


def _facts(folder: Path, contract: Contract) -> Iterator[tuple[str, str]]:
    yield (
        "model",
        f"{contract.model_id} {contract.version}, {contract.created}, Naevia {contract.naevia_version}",
    )
    yield "folder", str(folder)
    yield "recipe", contract.recipe
    yield "input", f"{contract.input.size_px}x{contract.input.size_px} px, {contract.input.resize}"
    yield "temperature", f"{contract.temperature:.4g}"
    limit = contract.out_of_distribution
    if limit:
        accepted = f"{percent(limit.accepted)} of validation images pass"
        yield "refuses", f"photos with {limit.statistic} above {limit.threshold:.4g}; {accepted}"
    else:
        yield "refuses", "no photo for being unlike its training images: that was not fitted"
    for caution in contract.cautions:
        yield "caution", caution
    yield "licence", contract.license
    yield "card", str(folder / CARD_FILE) if (folder / CARD_FILE).is_file() else "none"
    for name, digest in contract.files.items():
        yield f"sha256 {name}", digest


def _operating_points(contract: Contract) -> Table:
    table = Table("name", "threshold", "sensitivity", "specificity", "chosen on", title="Operating points")
    for point in contract.operating_points:
        mark = " (in use)" if point.name == contract.default_operating_point else ""
        cells = (
            point.name + mark,
            f"{point.threshold:.4f}",
            with_interval(point.sensitivity),
            with_interval(point.specificity),
            point.chosen_on,
        )
        table.add_row(*map(_cell, cells))
    return table


def _metrics(contract: Contract) -> Table:
    table = Table("metric", "value", "95 % interval", "measured on", title="Measured")
    for name, metric in contract.metrics.items():
        table.add_row(*map(_cell, (name, f"{metric.value:.4f}", _interval(metric), metric.measured_on)))
    return table


def _interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return "not computed"
    return f"{metric.low:.4f} to {metric.high:.4f}"


def _training(training: TrainingData) -> Table:
    table = Table("source", *CODES, "all", title="Training images", caption=_cell(training.note))
    for source, counts in training.counts.items():
        row = [counts.get(code, 0) for code in CODES]
        table.add_row(_cell(source), *map(str, row), str(sum(row)))
    return table


def _cell(text: str) -> Text:
    """Words from a contract or a path, shown as they are: brackets in them are not markup."""
    return Text(printable(text), overflow="fold")
