"""The stress test as lines for a screen, as Markdown and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from naevia_train.markdown import table
from naevia_train.measuring.stress import (
    LARGE_CHANGE,
    MEDIAN_CHANGE,
    SAME_ANSWER,
    Stability,
    StressResult,
    StressRow,
)
from naevia_train.measuring.variants import WHITE_BALANCES

_FIGURES = {
    "same_answer": "same answer",
    "median_change": "median change",
    "large_change": "95th percentile",
}


def stress_sentence(result: StressResult) -> str:
    """What was tested."""
    balances = "; ".join(
        f"{name} {' '.join(f'{gain:.2f}' for gain in rgb)}" for name, rgb in WHITE_BALANCES.items()
    )
    whole = "all there are" if result.images == result.of else f"drawn from {result.of:,}, seed {result.seed}"
    return (
        f"{result.images:,} photos ({whole}; the first file of each image) were written as JPEG again, "
        "quality 95 "
        "unless stated, and answered again. White balances multiply red, green and blue by: "
        f"{balances}."
    )


def bars_sentence() -> str:
    """The bars."""
    return (
        f"Bars: same top answer {SAME_ANSWER:.2f} or more; change of malignant probability "
        f"{MEDIAN_CHANGE:.2f} or less in the median and {LARGE_CHANGE:.2f} or less at the 95th percentile."
    )


def columns_sentence() -> str:
    """What the columns of the table are."""
    return (
        "Median and 95 %: of the change of malignant probability. Referred to monitor: of the malignant "
        "photos that are referred as they are, the share that no longer is. Last columns: change of recall. "
        "Beside a heading: its number of photos."
    )


def not_counted_sentence() -> str:
    """What the table shows beside what is held against the bars."""
    return (
        "Squashed frames, round fields, other exposures, less contrast, turned frames, marks, odd light and "
        "mixtures of changes are shown and not counted."
    )


def signed(change: float) -> str:
    """A change with its sign, and a plain 0 where it rounds to nothing."""
    return "0" if abs(change) < 0.005 else f"{change:+.2f}"


def verdict(stability: Stability) -> str:
    """Which bars are missed, or that all are met, as far as so many photos can say."""
    if stability.missed:
        return f"misses {', '.join(_FIGURES[name] for name in stability.missed)}"
    return "meets all three bars" if stability.passes else "too few photos to say whether it meets the bars"


def only_answer_sentence(result: StressResult) -> str:
    """That every photo got one and the same answer; empty where they did not."""
    if result.only_answer is None:
        return ""
    return (
        f"Every photo got the answer {result.only_answer}, whatever it shows: that such an answer stays the "
        "same says nothing good of a network."
    )


def to_monitor_sentence(result: StressResult) -> str:
    """What becomes of the recommendation that counts; empty where the test cannot say."""
    rows = summary_rows(result)
    said = [f"{row.stability.to_monitor} in {row.name}" for row in rows if row.stability.to_monitor]
    if not said:
        return ""
    return (
        f"Of the answers to {len(result.referred):,} malignant photos that the threshold in use refers as "
        f"they are, this share becomes `monitor`: {', '.join(said)}. Refusals are not counted."
    )


def verdict_lines(result: StressResult) -> list[str]:
    """The verdicts for a screen, with the figure that they rest on."""
    lines = [
        f"{row.name}: same answer {row.stability.same_answer}, {verdict(row.stability)}"
        for row in summary_rows(result)
    ]
    more = [to_monitor_sentence(result), only_answer_sentence(result)]
    return lines + [f"{words[:1].lower()}{words[1:]}" for words in more if words]


def summary_rows(result: StressResult) -> list[StressRow]:
    """What is held against the bars, and the mixtures beside it."""
    mixed = result.mixed()
    return [result.overall(), *([mixed] if mixed else [])]


def stress_lines(result: StressResult) -> list[str]:
    """The table for a screen."""
    rows = [*result.rows(), *summary_rows(result)]
    width = max(len(row.name) for row in rows)
    codes = "".join(f"{code:>7}" for code in result.counts)
    counts = "".join(f"{number:7}" for number in result.counts.values())
    lines = ["stress test: " + stress_sentence(result), bars_sentence()]
    lines.append("change of malignant probability: median, 95th percentile; referred malignant photos that")
    lines.append("become `monitor`; change of recall by diagnosis")
    lines.append(f"  {'':{width}}   same  median   95 %  monitor{codes}")
    lines.append(f"  {'images':{width}}{'':22}{len(result.referred):9}{counts}")
    for row in rows:
        s = row.stability
        changes = "".join(f"{signed(change):>7}" for change in row.recall_change.values())
        lines.append(
            f"  {row.name:{width}}  {s.same_answer.value:.3f}  {s.median_change:.3f}  {s.large_change:.3f}"
            f"{f'{s.to_monitor.value:.3f}' if s.to_monitor else '-':>9}{changes}"
        )
    return lines + verdict_lines(result)


def stress_markdown(result: StressResult) -> str:
    """The table for a card."""
    head = [f"{code} ({number})" for code, number in result.counts.items()]
    rows = [_cells(row) for row in (*summary_rows(result), *result.rows())]
    lines = [stress_sentence(result), "", bars_sentence(), ""]
    monitored = f"referred to monitor ({len(result.referred)})"
    lines.append(table(("variant", "same answer", "median", "95 %", monitored, *head), rows))
    lines += ["", columns_sentence()]
    lines += [
        f"{row.name[:1].upper()}{row.name[1:]}: {verdict(row.stability)}." for row in summary_rows(result)
    ]
    lines += filter(None, (to_monitor_sentence(result), only_answer_sentence(result)))
    lines.append(not_counted_sentence())
    return "\n".join(lines)


def _cells(row: StressRow) -> list[str]:
    s = row.stability
    changes = [signed(change) for change in row.recall_change.values()]
    lost = str(s.to_monitor) if s.to_monitor else "-"
    return [row.name, str(s.same_answer), f"{s.median_change:.3f}", f"{s.large_change:.3f}", lost, *changes]


def stress_json(result: StressResult) -> dict[str, Any]:
    """Everything, for programs."""
    overall, *mixed = summary_rows(result)
    return {
        "images": result.images,
        "of": result.of,
        "seed": result.seed,
        "images_by_diagnosis": result.counts,
        "referred_malignant_images": len(result.referred),
        "bars": {
            "same_answer": SAME_ANSWER,
            "median_change": MEDIAN_CHANGE,
            "large_change": LARGE_CHANGE,
        },
        "passes": overall.stability.passes,
        "overall": asdict(overall),
        "mixtures": asdict(mixed[0]) if mixed else None,
        "variants": [asdict(row) for row in result.rows()],
    }
