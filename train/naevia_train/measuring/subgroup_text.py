"""Subgroups as lines for a screen, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from naevia_train.markdown import table
from naevia_train.measuring.subgroups import Subgroup

COLUMNS = ("accuracy", "malignant_auc", "sensitivity", "specificity")
HEAD = ("accuracy", "malignant AUC", "sensitivity", "specificity")


def subgroup_lines(subgroups: Sequence[Subgroup]) -> list[str]:
    """The table for a screen."""
    if not subgroups:
        return []
    width = max(len(group.name) for group in subgroups)
    lines = ["by part of the images (sensitivity and specificity at the model's threshold):"]
    for by, members in groupby(subgroups, key=lambda group: group.by):
        names = "  ".join(f"{name:22}" for name in HEAD).rstrip()
        lines.append(f"  {by:{width}}    images  lesions  malignant  {names}")
        for group in members:
            cells = "  ".join(f"{cell:22}" for cell in subgroup_cells(group))
            counts = f"{group.images:6}  {group.lesions:7}  {group.malignant:9}"
            lines.append(f"    {group.name:{width}}  {counts}  {cells}".rstrip())
    return lines


def subgroup_cells(group: Subgroup) -> list[str]:
    """The figures of one group in the order of `COLUMNS`; the reason where one is missing."""
    if not group.figures:
        return [group.too_small]
    return [str(group.figures[name]) if name in group.figures else group.too_small or "-" for name in COLUMNS]


def subgroup_markdown(subgroups: Sequence[Subgroup]) -> str:
    """The table for a card."""
    rows = []
    for group in subgroups:
        cells = subgroup_cells(group)
        cells += [""] * (len(COLUMNS) - len(cells))
        rows.append((group.by, group.name, group.images, group.lesions, group.malignant, *cells))
    return table(("by", "group", "images", "lesions", "malignant", *HEAD), rows)


def subgroup_json(subgroups: Sequence[Subgroup]) -> list[dict[str, Any]]:
    """Everything, for programs."""
    return [asdict(group) | {"too_small": group.too_small} for group in subgroups]
