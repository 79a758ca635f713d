"""What the command prints when an export succeeded."""

from __future__ import annotations

import shlex

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from naevia_export.exporting import Exported

_NO_TEMPERATURE = "none: the probabilities are not calibrated"
_NO_POINT = "none: every recommendation will be `cannot tell`"


def summary(exported: Exported) -> RenderableType:
    """The finished export for a person: what was made, how close it is to Keras, and what to do next."""
    contract = exported.contract
    spec = contract.input
    temperature = f"{contract.temperature:.4g}, inside the graph"
    facts = Table.grid(padding=(0, 2))
    for label, value in (
        ("model", f"{contract.model_id} {contract.version}"),
        ("folder", str(exported.folder)),
        ("ONNX", f"{exported.onnx_bytes / 1e6:.1f} MB, opset {exported.opset}, {exported.nodes} operations"),
        ("input", f"{spec.size_px} x {spec.size_px} px, {spec.resize}, RGB from 0 to 255"),
        ("temperature", _NO_TEMPERATURE if contract.training is None else temperature),
        ("operating point", contract.default_operating_point or _NO_POINT),
    ):
        facts.add_row(Text(label, style="dim"), Text(value))
    return Group(
        facts,
        Text(),
        Text(f"ONNX Runtime reproduced Keras on {exported.images} photos, one by one and in batches:"),
        _differences(exported),
        Text("Keras and ONNX Runtime name the same top diagnosis on every photo."),
        *(Text(f"caution: {caution}", style="yellow") for caution in contract.cautions),
        Text(),
    )


def next_command(exported: Exported) -> Text:
    """What to type to try the model."""
    return Text(f"Try it: naevia predict PHOTO --model {shlex.quote(str(exported.folder))}", style="bold")


def _differences(exported: Exported) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("output")
    table.add_column("largest difference", justify="right")
    table.add_column("where")
    for difference in exported.differences:
        if difference.relative > 0:
            table.add_row(difference.output, f"{difference.relative:.1e}", difference.place)
        else:
            table.add_row(difference.output, "none", "identical everywhere")
    return table
