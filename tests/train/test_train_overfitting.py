from __future__ import annotations

import pytest

from naevia_train.fitting.overfitting import Samples, judge_curves
from naevia_train.fitting.records import EpochRecord

SAMPLES = Samples(train=300, drawn_from=10_000, validation=1500)

Curve = list[tuple[float, float, float, float]]


def history(curve: Curve) -> list[EpochRecord]:
    """Epochs from (training accuracy, validation accuracy, training loss, validation loss)."""
    return [
        EpochRecord(number, 1.0, train_loss, train_accuracy, val_loss, val_accuracy, 0.9, 0.9, 1.0)
        for number, (train_accuracy, val_accuracy, train_loss, val_loss) in enumerate(curve, start=1)
    ]


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        pytest.param([(0.3, 0.3, 1.9, 1.9), (0.4, 0.4, 1.7, 1.7)], "**Underfitting: even on", id="low"),
        pytest.param([(0.8, 0.7, 0.6, 0.8), (0.97, 0.72, 0.1, 0.8)], "**Overfitting: training", id="gap"),
        pytest.param([(0.8, 0.78, 0.5, 0.6), (0.84, 0.78, 0.4, 0.7)], "**Late overfitting", id="rising"),
        pytest.param(
            [(0.7, 0.7, 0.8, 0.8), (0.78, 0.77, 0.6, 0.6)],
            "**Underfitting: validation loss was still",
            id="falling",
        ),
        pytest.param([(0.8, 0.78, 0.6, 0.6), (0.85, 0.79, 0.5, 0.6)], "**Mild overfitting", id="mild"),
        pytest.param([(0.8, 0.79, 0.6, 0.6), (0.81, 0.80, 0.59, 0.595)], "**Neither", id="neither"),
    ],
)
def test_the_curves_decide_the_finding(curve: Curve, verdict: str) -> None:
    text = judge_curves(history(curve), best_epoch=2, planned_epochs=2, samples=SAMPLES).section(1)
    assert verdict in text
    assert f"accuracy {curve[1][0]:.3f} (" in text
    assert f"{curve[1][1]:.3f} (" in text


def test_one_epoch_shows_no_trend() -> None:
    assert "One epoch shows no trend" in judge_curves(history([(0.7, 0.7, 0.8, 0.8)]), 1, 5, SAMPLES).details


def test_the_finding_says_on_how_many_images_it_rests() -> None:
    # Newcombe (1998), example (a): 56 of 70 and 48 of 80 differ by 0.2000, method 10 gives 0.0524 to 0.3339
    curve = history([(56 / 70, 48 / 80, 0.6, 0.9)])
    text = judge_curves(curve, 1, 1, Samples(train=70, drawn_from=500, validation=80)).section(1)
    assert "70 of the 500 training images, drawn at random," in text and "80 validation images" in text
    assert "a gap of 20.0 points (5.2 to 33.4)" in text
    assert (
        "**Overfitting: training accuracy leads validation by 20.0 points "
        "(95 % interval 5.2 to 33.4, measured on 70 training images).**"
    ) in text
    assert "accuracy 0.800 (0.692 to 0.877)" in text and "0.600 (0.490 to 0.700)" in text
    all_of_them = Samples(train=40, drawn_from=40, validation=10)
    every = judge_curves(history([(0.8, 0.6, 0.6, 0.9)]), 1, 1, all_of_them)
    assert "on all 40 training images and" in every.details
