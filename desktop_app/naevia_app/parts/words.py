"""Words for people: what is said of an answer by `naevia.words`, the rest through Qt's translation."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from naevia import words
from naevia.contract import OperatingPoint
from naevia.prediction import Prediction
from naevia.session import Session
from naevia.taxonomy import Diagnosis

NBSP = "\N{NO-BREAK SPACE}"


def tr(text: str) -> str:
    """Translate a text where no widget does it by its own `tr`."""
    return QCoreApplication.translate("naevia", text)


def research_only() -> str:
    """The sentence that is always in sight."""
    return tr(words.RESEARCH_ONLY)


def _typeset(text: str) -> str:
    """Core's plain words with the dashes of print, and numbers that no line break parts from their sign."""
    text = re.sub(r"(?<=\d)-(?=[\d.]+ %)", "\N{EN DASH}", text)
    return re.sub(r"(?<=[<>]) (?=\d)| (?=%)", NBSP, text)


def percent(fraction: float) -> str:
    """A fraction as a percentage with one decimal; never rounded to none or all."""
    return _typeset(words.percent(fraction))


def malignant_words(prediction: Prediction) -> tuple[str, str]:
    """The malignant probability and the threshold, which is empty where the model has none."""
    value, threshold = words.malignant_words(prediction)
    return _typeset(value), _typeset(threshold)


def malignant_cell(value: float, threshold: float | None) -> str:
    """A malignant probability as beside an answer: enough digits to tell it from the threshold."""
    return _typeset(words.probability_and_threshold(value, threshold)[0])


def number(count: int) -> str:
    """A count, written as the percentages are: in English, whatever the computer's language is."""
    return f"{count:,}"


def diagnosis_name(diagnosis: Diagnosis) -> str:
    """The diagnosis, beginning with a capital."""
    name = tr(diagnosis.name)
    return name[:1].upper() + name[1:]


def named_percent(diagnosis: Diagnosis, probability: float) -> str:
    """A diagnosis and its probability."""
    return f"{diagnosis_name(diagnosis)}  {percent(probability)}"


def heat_title(prediction: Prediction, code: str) -> str:
    """Whose evidence a heat map shows."""
    ranking = {diagnosis.code: (diagnosis, value) for diagnosis, value in prediction.ranking}
    diagnosis, value = ranking[code]
    return tr("Heat map of the evidence for {diagnosis} ({value})").format(
        diagnosis=QCoreApplication.translate("diagnosis", diagnosis.name), value=percent(value)
    )


def heat_caution() -> str:
    """What a heat map shows, and what it does not."""
    return tr(
        "Where the model looked for this diagnosis: not proof, and not an outline of the lesion. "
        "Brightness is not probability."
    )


def no_heat_map() -> str:
    """Why there is no heat map."""
    return tr("No heat map: the photo was refused.")


def recommendation_word(recommendation: str) -> str:
    """The recommendation as the window shouts it."""
    return {
        "refer": tr("REFER"),
        "monitor": tr("MONITOR"),
        "cannot tell": tr("CANNOT TELL"),
        "error": tr("NOT READ"),
    }[recommendation]


def reason(prediction: Prediction) -> str:
    """Why the recommendation is what it is, one or two sentences."""
    why_not = words.no_answer_words(prediction)
    said = words.sentence(why_not or words.side_words(prediction)), words.although_words(prediction)
    return _typeset(" ".join(filter(None, said)))


def measured(point: OperatingPoint) -> str:
    """What the threshold gave on the images that it was chosen on."""
    return _typeset(words.measured_words(point))


def missed(point: OperatingPoint) -> str:
    """What `monitor` does not mean."""
    return _typeset(words.missed_words(point))


def worth(point: OperatingPoint) -> str:
    """How far a table that says `monitor` can be trusted."""
    return _typeset(words.table_words(point))


def calibration(prediction: Prediction) -> str:
    """What the percentages are worth elsewhere; empty for a model that was never calibrated."""
    return words.calibration_words(prediction)


def caution(prediction: Prediction) -> str:
    """What must be known beside the recommendation; empty for nothing."""
    return _typeset(words.sentence(prediction.caution)) if prediction.caution else ""


def examined(prediction: Prediction) -> str:
    """Which part of the photo was examined, where it was not all of it; else empty."""
    if prediction.is_whole:
        return ""
    x, y, width, height = prediction.region
    off_centre = abs(2 * x + width - prediction.width_px), abs(2 * y + height - prediction.height_px)
    if max(off_centre) <= 1:
        form = tr("Examined: the middle {part} of {whole} pixels.")
    else:
        form = tr("Examined: {part} of {whole} pixels, {x} from the left and {y} from the top.")
    return form.format(
        part=size(width, height), whole=size(prediction.width_px, prediction.height_px), x=x, y=y
    )


def size(width_px: int, height_px: int) -> str:
    """A width and a height."""
    return f"{width_px}{NBSP}\N{MULTIPLICATION SIGN}{NBSP}{height_px}"


def unread_headline(code: str) -> str:
    """What kind of failure it was, for a photo without an answer."""
    headlines = {
        "not-found": tr("This file cannot be found"),
        "unreadable": tr("This file cannot be opened"),
        "empty": tr("This file is empty"),
        "not-an-image": tr("This is not a photo"),
        "damaged": tr("This photo is damaged"),
        "too-large": tr("This photo is too large"),
        "several-frames": tr("This file holds several pictures"),
        "unsupported": tr("This kind of photo cannot be read"),
    }
    return headlines.get(code, tr("This photo cannot be judged"))


def model_line(session: Session) -> str:
    """Which model answers."""
    contract = session.contract
    return tr("Model {id} {version} ({hash})").format(
        id=contract.model_id, version=contract.version, hash=session.model_sha256[:12]
    )


def provider_line(session: Session) -> str:
    """What computes, and why."""
    return tr("{name}: {reason}").format(name=session.provider.name.upper(), reason=session.provider.reason)
