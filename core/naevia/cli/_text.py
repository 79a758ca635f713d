"""One answer's recommendation for the terminal; the words come from `naevia.words`."""

from __future__ import annotations

from naevia.prediction import Prediction
from naevia.words import (
    RESEARCH_ONLY,
    measured_words,
    missed_words,
    no_answer_words,
    percent,
    printable,
    probability_and_threshold,
    side_words,
    with_interval,
)

__all__ = ["RESEARCH_ONLY", "percent", "printable", "recommendation_words", "with_interval"]


def recommendation_words(prediction: Prediction) -> str:
    """The recommendation, why, and how far it can be trusted."""
    word, point = prediction.recommendation.upper(), prediction.operating_point
    why_not = no_answer_words(prediction)
    if why_not or point is None:
        return f"{word}: {why_not}"
    value = probability_and_threshold(prediction)[0]
    parts = [f"{word}: malignant probability {value}, {side_words(prediction)}."]
    if prediction.recommendation == "monitor":
        parts.append(missed_words(point))
    return " ".join([*parts, measured_words(point)])
