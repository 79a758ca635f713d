"""Words for people. Everything passes through Qt's translation."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from naevia.contract import Estimate, OperatingPoint
from naevia.prediction import Prediction
from naevia.session import Session
from naevia.taxonomy import Diagnosis

NBSP = "\N{NO-BREAK SPACE}"


def tr(text: str) -> str:
    """Translate a text of this module."""
    return QCoreApplication.translate("words", text)


def research_only() -> str:
    """The sentence that is always in sight."""
    return tr("Research use only, not a medical device.")


def percent(fraction: float) -> str:
    """A fraction as a percentage with one decimal; never rounded to none or all."""
    if 0 < fraction < 0.001:
        return f"<{NBSP}0.1{NBSP}%"
    if 0.999 < fraction < 1:
        return f">{NBSP}99.9{NBSP}%"
    return f"{fraction * 100:.1f}{NBSP}%"


def number(count: int) -> str:
    """A count, written as the percentages are: in English, whatever the computer's language is."""
    return f"{count:,}"


def diagnosis_name(diagnosis: Diagnosis) -> str:
    """The diagnosis, beginning with a capital."""
    name = QCoreApplication.translate("diagnosis", diagnosis.name)
    return name[:1].upper() + name[1:]


def recommendation_word(recommendation: str) -> str:
    """The recommendation as the window shouts it."""
    return {
        "refer": tr("REFER"),
        "monitor": tr("MONITOR"),
        "cannot tell": tr("CANNOT TELL"),
        "error": tr("NOT READ"),
    }[recommendation]


def with_interval(estimate: Estimate) -> str:
    """A measured fraction with its 95 % interval."""
    low, high = estimate.low * 100, estimate.high * 100
    return f"{estimate.value * 100:.1f}{NBSP}% ({low:.1f}\N{EN DASH}{high:.1f}{NBSP}%)"


def reason(prediction: Prediction) -> str:
    """Why the recommendation is what it is, one sentence."""
    if prediction.refusal:
        return sentence(prediction.refusal)
    if prediction.operating_point is None:
        return tr("The model has no operating point, so nothing is known about any threshold.")
    threshold = percent(prediction.operating_point.threshold)
    if prediction.recommendation == "refer":
        return tr("At or above the threshold of {threshold}: the model advises to refer.").format(
            threshold=threshold
        )
    return tr("Below the threshold of {threshold}.").format(threshold=threshold)


def measured(point: OperatingPoint) -> str:
    """What the threshold gave on the images that it was chosen on."""
    return tr(
        "At this threshold {sensitivity} of photos of malignant lesions were referred and {specificity} of "
        "benign ones were not. Measured on {where}; in brackets the 95{nbsp}% interval."
    ).format(
        sensitivity=with_interval(point.sensitivity),
        specificity=with_interval(point.specificity),
        where=point.chosen_on,
        nbsp=NBSP,
    )


def missed(point: OperatingPoint) -> str:
    """What `monitor` does not mean."""
    share = 1 - point.sensitivity.value
    return tr(
        "Monitor does not rule cancer out: {share} of photos of malignant lesions fell below this threshold."
    ).format(share=percent(share))


def sentence(text: str) -> str:
    """A core message as a sentence of its own."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def unread_headline(code: str) -> str:
    """What kind of failure it was, for a photo without an answer."""
    headlines = {
        "not-found": tr("This file is no longer there"),
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
