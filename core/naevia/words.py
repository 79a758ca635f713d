"""What is said of an answer, the same words on the terminal and in the window; plain ASCII but for names."""

from __future__ import annotations

from naevia.contract import Estimate, OperatingPoint
from naevia.prediction import Prediction

RESEARCH_ONLY = "Research use only, not a medical device."

_MOST_DECIMALS = 6


def sentence(text: str) -> str:
    """A message as a sentence of its own; one that begins with a file's name or path keeps that as it is."""
    text = text.strip()
    first = text.partition(" ")[0].rstrip(",:;")
    start = text[:1].upper() if first.isalpha() else text[:1]
    return start + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction as a percentage; never rounded to none or all.

    Args:
        fraction: 0 to 1.
        decimals: Digits after the point.
    """
    least = 10.0 ** -(decimals + 2)
    if 0 < fraction < least:
        return f"< {_percent(least, decimals)}"
    if 1 - least < fraction < 1:
        return f"> {_percent(1 - least, decimals)}"
    return _percent(fraction, decimals)


def _percent(fraction: float, decimals: int) -> str:
    return f"{fraction:.{decimals}%}".replace("%", " %")


def with_interval(estimate: Estimate) -> str:
    """A measured fraction with its 95 % interval, such as `95.0 % (93.1-96.8 %)`."""
    return f"{percent(estimate.value)} ({estimate.low * 100:.1f}-{percent(estimate.high)})"


def probability_and_threshold(prediction: Prediction) -> tuple[str, str]:
    """The malignant probability and the threshold, with as many digits as it takes to tell them apart.

    Returns:
        Two percentages; the second is empty where the model has no operating point.
    """
    value, point = prediction.malignant_probability, prediction.operating_point
    if point is None:
        return percent(value), ""
    pairs = (
        (percent(value, decimals), percent(point.threshold, decimals))
        for decimals in range(1, _MOST_DECIMALS + 1)
    )
    alike = percent(value), percent(point.threshold)
    return next((pair for pair in pairs if pair[0] != pair[1]), alike)


def side_words(prediction: Prediction) -> str:
    """On which side of the threshold an answer lies, such as `below the threshold of 7.8 %`.

    Args:
        prediction: An answer with an operating point, that was not refused.
    """
    side = "at or above" if prediction.recommendation == "refer" else "below"
    return f"{side} the threshold of {probability_and_threshold(prediction)[1]}"


def no_answer_words(prediction: Prediction) -> str:
    """Why the recommendation is `cannot tell`; empty where it is another."""
    if prediction.refusal:
        return prediction.refusal
    if prediction.operating_point is None:
        return "the model has no operating point, so nothing is known about any threshold"
    return ""


def missed_words(point: OperatingPoint) -> str:
    """What `monitor` does not mean: the share of melanomas that it was said of, where that is known."""
    melanoma = point.by_diagnosis.get("mel")
    if melanoma is not None:
        return (
            f"Of the melanomas among the model's validation photos, {_missed(melanoma.sensitivity)} fell "
            "below this threshold: monitor does not rule cancer out. "
            "With another clinic's camera, expect more."
        )
    share, most = 1 - point.sensitivity.value, 1 - point.sensitivity.low
    return (
        f"Monitor does not rule cancer out: of photos of malignant lesions, {percent(share)} fell below this "
        f"threshold, and up to {percent(most)} may (95 % interval). Those were photos of the model's own "
        "clinics and cameras; with another camera, expect more."
    )


def table_words(point: OperatingPoint) -> str:
    """How far a table of answers that holds `monitor` can be trusted."""
    return (
        f"Monitor: malignant probability below {percent(point.threshold)}. "
        f"{missed_words(point)} {measured_words(point)}"
    )


def _missed(sensitivity: Estimate) -> str:
    value, low, high = (1 - share for share in (sensitivity.value, sensitivity.high, sensitivity.low))
    return with_interval(Estimate(value=value, low=low, high=high))


def measured_words(point: OperatingPoint) -> str:
    """What an operating point gave on the images that it was chosen on."""
    return (
        f"At this threshold {with_interval(point.sensitivity)} of photos of malignant lesions were referred "
        f"and {with_interval(point.specificity)} of benign ones were not. Measured on {point.chosen_on}; in "
        "brackets the 95 % interval."
    )
