"""Words for people: safe to print, the same in every command."""

from __future__ import annotations

from naevia.contract import Estimate, OperatingPoint
from naevia.prediction import Prediction

RESEARCH_ONLY = "Research use only, not a medical device."


def percent(fraction: float) -> str:
    """A fraction as a percentage with one decimal; never rounded to none or all."""
    if 0 < fraction < 0.001:
        return "< 0.1 %"
    if 0.999 < fraction < 1:
        return "> 99.9 %"
    return f"{fraction:.1%}".replace("%", " %")


def with_interval(estimate: Estimate) -> str:
    """A measured fraction with its 95 % interval, such as `95.0 % (93.1-96.8 %)`."""
    return f"{percent(estimate.value)} ({estimate.low * 100:.1f}-{percent(estimate.high)})"


def sensitivity_words(point: OperatingPoint) -> str:
    """What an operating point gave on the images it was chosen on."""
    return (
        f"at this threshold {with_interval(point.sensitivity)} of photos of malignant lesions were referred "
        f"and {with_interval(point.specificity)} of benign ones were not; measured on {point.chosen_on}"
    )


def recommendation_words(prediction: Prediction) -> str:
    """The recommendation, why, and how far it can be trusted."""
    word = prediction.recommendation.upper()
    point = prediction.operating_point
    if prediction.refusal:
        return f"{word}: {prediction.refusal}"
    if point is None:
        return f"{word}: the model has no operating point, so nothing is known about any threshold"
    side = "at or above" if prediction.recommendation == "refer" else "below"
    return (
        f"{word}: malignant probability {percent(prediction.malignant_probability)}, {side} the threshold "
        f"{percent(point.threshold)}; {sensitivity_words(point)}"
    )
