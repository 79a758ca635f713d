"""One answer as a panel for the terminal."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from naevia.prediction import Prediction
from naevia.printable import printable
from naevia.words import (
    RESEARCH_ONLY,
    although_words,
    calibration_words,
    malignant_words,
    measured_words,
    missed_words,
    no_answer_words,
    percent,
    sentence,
    side_words,
)

_BAR_CELLS = 24
_FRAME_CELLS, _CUT = 6, "..."
"""What a panel's frame leaves less for its title, and what stands for the rest of a long one."""
_STYLES = {"refer": "bold red", "monitor": "bold", "cannot tell": "bold yellow"}


def answer_panel(path: str, prediction: Prediction, console: Console) -> Panel:
    """The answer to one photo: recommendation, diagnosis, nine bars, and what computed it.

    A refused photo shows no bars: its probabilities mean nothing.
    """
    style = _STYLES[prediction.recommendation]
    parts: list[RenderableType] = [Text(_recommendation_words(prediction), style=style)]
    parts += [Text(words) for words in _worth(prediction)]
    if prediction.status == "ok":
        parts += [Text(), _headline(prediction), _bars(prediction, console)]
        if calibrated := calibration_words(prediction):
            parts.append(Text(calibrated))
    parts += [Text(), Text(_provenance(prediction), style="dim"), Text(RESEARCH_ONLY, style="italic")]
    return Panel(Group(*parts), title=_title(path, console), title_align="left", width=_width(console))


def error_panel(path: str, error: str, console: Console) -> Panel:
    """Why there is no answer to one photo."""
    return Panel(
        Text(f"NOT READ: {printable(error)}", style="bold red"),
        title=_title(path, console),
        title_align="left",
        width=_width(console),
    )


def _title(path: str, console: Console) -> Text:
    """A path, or as much of its end as there is room for: the file's name stands there."""
    text, room = printable(path), _width(console) - _FRAME_CELLS
    if cell_len(text) > room:
        while cell_len(text) > room - len(_CUT):
            text = text[1:]
        text = _CUT + text
    return Text(text, style="bold")


def _width(console: Console) -> int:
    return min(console.width, 96)


def _headline(prediction: Prediction) -> Text:
    words = Text(prediction.diagnosis.name, style="bold")
    words.append(f"  {percent(prediction.probability)}")
    words.append(f"   malignant or pre-malignant {malignant_words(prediction)[0]}")
    return words


def _bars(prediction: Prediction, console: Console) -> Table:
    block = "█" if "utf" in console.encoding.lower() else "#"
    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    table.add_column()
    for diagnosis, probability in prediction.ranking:
        style = "red" if diagnosis.malignant else "cyan"
        table.add_row(
            Text(diagnosis.name),
            Text(percent(probability)),
            _bar(probability, block, style),
            Text("malignant" if diagnosis.malignant else "", style=style),
        )
    return table


def _bar(probability: float, block: str, style: str) -> Text:
    filled = round(probability * _BAR_CELLS)
    bar = Text(block * filled, style=style)
    bar.append("." * (_BAR_CELLS - filled), style="dim")
    return bar


def _provenance(prediction: Prediction) -> str:
    part = prediction.region
    examined = (
        ""
        if prediction.is_whole
        else f"; only {part.width_px}x{part.height_px} px of it were examined, {part.x_px} from the left and "
        f"{part.y_px} from the top"
    )
    return (
        f"model {prediction.model_id} {prediction.model_version} ({prediction.model_sha256[:12]}), "
        f"{prediction.provider.upper()} ({prediction.provider_reason}), "
        f"photo {prediction.width_px}x{prediction.height_px} px{examined}, "
        f"quality: {prediction.quality.words}"
    )


def _recommendation_words(prediction: Prediction) -> str:
    """The recommendation, and why."""
    word = prediction.recommendation.upper()
    why_not = no_answer_words(prediction)
    if why_not:
        return f"{word}: {why_not}"
    value = malignant_words(prediction)[0]
    return f"{word}: malignant probability {value}, {side_words(prediction)}."


def _worth(prediction: Prediction) -> list[str]:
    """How far the recommendation can be trusted: what it contradicts, a caution, and what it is worth."""
    caution, point = prediction.caution, prediction.operating_point
    lines = [words for words in (although_words(prediction), caution and sentence(caution)) if words]
    if prediction.recommendation == "monitor" and point is not None:
        lines.append(missed_words(point))
    if prediction.recommendation != "cannot tell" and point is not None:
        lines.append(measured_words(point))
    return lines
