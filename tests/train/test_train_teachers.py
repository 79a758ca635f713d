"""Learning from finished models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_folders import train_arguments

from naevia.image import read_photo
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia_train.dataset import TrainingImages
from naevia_train.teachers import taught_targets

SHIPPED = Path(__file__).parents[2] / "models" / "naevia-lite0"


def test_targets_are_labels_mixed_with_what_the_teacher_answers(tmp_path: Path) -> None:
    photos = [draw_lesion("mel", seed=seed, width_px=90, height_px=70) for seed in range(3)]
    images = TrainingImages([photos[:2], photos[2:]], np.array([3, 4]), ["drawn"] * 2)
    targets = taught_targets(images, [str(SHIPPED), str(SHIPPED)], 0.25)
    session = Session.open(SHIPPED)
    answers = []
    for number, photo in enumerate(photos):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), photo[..., ::-1])
        answers.append(session.predict(read_photo(path)).probabilities)
    expected = [np.mean(answers[:2], axis=0), answers[2]]
    np.testing.assert_allclose(targets, 0.75 * np.eye(9)[[3, 4]] + 0.25 * np.array(expected), atol=1e-5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)


@pytest.mark.slow
def test_a_run_with_a_teacher_says_so(
    drawn: Path, tmp_path: Path, naevia: Callable[..., tuple[int, str, str]]
) -> None:
    run = tmp_path / "run"
    code, _, err = naevia(*train_arguments(drawn, run, "--epochs", 1, "--teacher", SHIPPED))
    assert (code, err) == (0, "")
    assert json.loads((run / "config.json").read_text())["teachers"] == [str(SHIPPED)]
