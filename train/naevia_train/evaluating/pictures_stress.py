"""The stress test at a glance."""

from __future__ import annotations

from typing import Any

from naevia_train.measuring.plots import GRID, INK, QUIET, SECOND_COLOUR, VALIDATION_COLOUR, new_figure, style
from naevia_train.measuring.stress import LARGE_CHANGE, SAME_ANSWER, StressResult


def draw_stress(result: StressResult) -> Any:
    """Per variant: the share of same answers, and how far the malignant probability moves."""
    rows = result.rows()[::-1]
    names = [row.name for row in rows]
    figure, (left, right) = new_figure(1, 2, (12.0, 1.2 + 0.26 * len(rows)), sharey=True)
    for place, row in enumerate(rows):
        stability = row.stability
        colour = VALIDATION_COLOUR if row.counted else QUIET
        share = stability.same_answer
        left.plot([share.low, share.high], [place, place], color=colour, linewidth=1.4, alpha=0.6)
        left.plot(share.value, place, marker="o", markersize=6, color=colour)
        right.plot([0, stability.large_change], [place, place], color=colour, linewidth=1.4, alpha=0.6)
        right.plot(stability.median_change, place, marker="|", markersize=10, color=INK)
        right.plot(stability.large_change, place, marker="o", markersize=6, color=colour)
    style(left, "Same top answer (95 % interval)", "share of photos")
    style(right, "Change of malignant probability: median and 95th percentile", "absolute change")
    for axis, bar in ((left, SAME_ANSWER), (right, LARGE_CHANGE)):
        axis.axvline(bar, color=SECOND_COLOUR, linewidth=1.2, label=f"bar: {bar:.2f}")
        axis.grid(axis="y", visible=False)
        axis.grid(axis="x", color=GRID, linewidth=0.8)
        axis.legend(frameon=False, fontsize=9, loc="lower left" if axis is left else "lower right")
    left.set_xlim(min(0.7, *(row.stability.same_answer.low - 0.02 for row in rows)), 1.005)
    right.set_xlim(0, max(0.2, *(row.stability.large_change + 0.02 for row in rows)))
    left.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    left.set_ylim(-0.7, len(rows) - 0.3)
    return figure
