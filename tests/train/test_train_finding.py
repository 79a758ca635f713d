from __future__ import annotations

import pytest

from naevia_train.finding import write_finding
from naevia_train.records import EpochRecord

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
    text = write_finding(history(curve), best_epoch=2, planned_epochs=2)
    assert verdict in text
    assert f"accuracy {curve[1][0]:.3f} on training and {curve[1][1]:.3f} on validation" in text.replace(
        "\n", " "
    )


def test_one_epoch_shows_no_trend() -> None:
    assert "One epoch shows no trend" in write_finding(history([(0.7, 0.7, 0.8, 0.8)]), 1, 5)
