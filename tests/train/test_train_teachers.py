"""Learning from finished models."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from naevia.image import read_photo
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia_train.fitting.teachers import taught_targets
from naevia_train.preparing.dataset import TrainingImages

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
