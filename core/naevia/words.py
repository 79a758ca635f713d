"""What is said of an answer, the same words on the terminal and in the window; plain ASCII but for names."""

from __future__ import annotations

import math

from naevia.contract import Estimate, OperatingPoint
from naevia.prediction import Prediction

RESEARCH_ONLY = "Research use only, not a medical device."

_MOST_DECIMALS = 6
_LEAST_SAID = 0.01


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
    """A measured fraction with its 95 % interval: `95.0 % (93.1-96.8 %)`, or `95.0 % (86.6 % or more)`.

    An interval that reaches none or all is not written out: "86.6-100.0 %" reads as if all were likely.
    """
    if math.isclose(estimate.high, 1):
        interval = f"{percent(estimate.low)} or more"
    elif math.isclose(estimate.low, 0, abs_tol=1e-9):
        interval = f"{percent(estimate.high)} or less"
    else:
        interval = f"{estimate.low * 100:.1f}-{percent(estimate.high)}"
    return f"{percent(estimate.value)} ({interval})"


def probability_and_threshold(value: float, threshold: float | None) -> tuple[str, str]:
    """A malignant probability and the threshold, with as many digits as it takes to tell them apart.

    A probability below 1 % is only said to be below it, where the threshold is not: its digits would pass for
    the risk of a patient.

    Args:
        value: 0 to 1.
        threshold: 0 to 1; None where the model has no operating point.

    Returns:
        Two percentages; the second is empty where there is no threshold.
    """
    said = "" if threshold is None else percent(threshold)
    if value < _LEAST_SAID and (threshold is None or threshold >= _LEAST_SAID):
        return f"< {percent(_LEAST_SAID, 0)}", said
    if threshold is None:
        return percent(value), said
    pairs = (
        (percent(value, decimals), percent(threshold, decimals)) for decimals in range(1, _MOST_DECIMALS + 1)
    )
    return next((pair for pair in pairs if pair[0] != pair[1]), (percent(value), said))


def malignant_words(prediction: Prediction) -> tuple[str, str]:
    """An answer's malignant probability and threshold; see `probability_and_threshold`."""
    point = prediction.operating_point
    return probability_and_threshold(prediction.malignant_probability, point.threshold if point else None)


def side_words(prediction: Prediction) -> str:
    """On which side of the threshold an answer lies, such as `below the threshold of 7.8 %`.

    Args:
        prediction: An answer with an operating point, that was not refused.
    """
    side = "at or above" if prediction.recommendation == "refer" else "below"
    return f"{side} the threshold of {malignant_words(prediction)[1]}"


def no_answer_words(prediction: Prediction) -> str:
    """Why the recommendation is `cannot tell`; empty where it is another."""
    if prediction.refusal:
        return prediction.refusal
    if prediction.operating_point is None:
        return "the model has no operating point, so nothing is known about any threshold"
    return ""


def although_words(prediction: Prediction) -> str:
    """Why an answer whose most probable diagnosis is benign is `refer`; empty where it is another."""
    if prediction.recommendation != "refer" or prediction.diagnosis.malignant:
        return ""
    return (
        f"Referred although {prediction.diagnosis.name} is most probable: the probabilities of the malignant "
        "diagnoses together reach the threshold."
    )


def calibration_words(prediction: Prediction) -> str:
    """What the percentages are worth elsewhere; empty for a model that was never calibrated."""
    if not prediction.is_calibrated:
        return ""
    return (
        "The percentages are calibrated on the model's own images: with other cameras or patients they can "
        "be far off."
    )


def in_part_words(count: int) -> str:
    """How many answers of a scan have a caution.

    Args:
        count: At least 1.
    """
    photos = "1 photo was" if count == 1 else f"{count:,} photos were"
    return f"{photos} examined only in part: what lies beside that was not seen."


def missed_words(point: OperatingPoint) -> str:
    """What `monitor` does not mean: of how many melanomas, or malignant lesions, it was said."""
    melanoma, tested = point.by_diagnosis.get("mel"), point.tested.get("mel")
    shown, measured = ("melanoma", melanoma) if melanoma else ("malignant lesions", point)
    words = "Monitor does not rule cancer out. "
    if tested is not None:
        missed = tested.images - tested.referred
        words += f"Of {tested.images} test photos of melanoma, {missed} fell below the threshold. "
    return words + (
        f"Of the photos of {shown} on which this threshold was chosen, {_rest(measured.sensitivity)} fell "
        "below it: expect worse with others."
    )


def table_words(point: OperatingPoint) -> str:
    """How far a table of answers that holds `monitor` can be trusted."""
    return (
        f"Monitor: malignant probability below {percent(point.threshold)}. "
        f"{missed_words(point)} {measured_words(point)}"
    )


def _rest(share: Estimate) -> str:
    """What a share leaves, with its interval."""
    value, low, high = (1 - end for end in (share.value, share.high, share.low))
    return with_interval(Estimate(value=value, low=low, high=high))


def measured_words(point: OperatingPoint) -> str:
    """What an operating point gave on the images that it was chosen on."""
    return (
        f"At this threshold {with_interval(point.sensitivity)} of photos of malignant lesions were referred, "
        f"and {_rest(point.specificity)} of benign ones, too. Measured on {point.chosen_on}; they "
        "chose the threshold, so expect worse with others. In brackets the 95 % interval."
    )
