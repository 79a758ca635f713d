"""What an evaluation holds of a model's answers, and its figures by part of the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_folders import draw_folders, write
from matplotlib.colors import to_rgb

from naevia.taxonomy import TAXONOMY
from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet, find_set
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.labelling.scoring_table import LabelledFile
from naevia_train.measuring.plots import draw_confusion
from naevia_train.measuring.probabilities import softmax
from naevia_train.measuring.subgroups import group_images, measure_subgroups


def answered(known: DiagnosisSet, probabilities: np.ndarray) -> Evaluation:
    """What an evaluation holds once a model has answered so."""
    count = len(probabilities)
    none, sizes = np.zeros(count, bool), np.zeros((count, 2), int)
    return Evaluation(known, [], probabilities, 1.0, None, none, sizes, [], {})


@pytest.mark.parametrize(("name", "same"), [("binary", True), ("isic2018", True), ("isic2017", False)])
def test_thresholds_are_of_all_malignant_diagnoses_whatever_a_set_knows(name: str, same: bool) -> None:
    probabilities = softmax(np.random.default_rng(8).normal(size=(50, 9))).astype(np.float32)
    evaluation = answered(find_set(name), probabilities)
    malignant = [d.malignant for d in TAXONOMY]
    np.testing.assert_allclose(
        evaluation.every_referral_score, probabilities[:, malignant].sum(axis=1), rtol=1e-5
    )
    assert evaluation.curve_is_of_referrals == same


def test_without_its_temperature_a_model_says_what_its_logits_say() -> None:
    logits = np.array([[3.0, 1, 0, 0, 0, 0, 0, 0, -1], [0, 0, 2, 0, 0, 4, 0, 0, 0]])
    files = [LabelledFile(Path(name), name, name, "source", "nv", "", name) for name in "ab"]
    calibrated = answered(NINE, softmax(logits, 2.5).astype(np.float32))
    evaluation = replace(calibrated, files=files, temperature=2.5)
    np.testing.assert_allclose(evaluation.uncalibrated, softmax(logits), atol=1e-5)


def test_images_of_one_group_of_a_manifest_are_resampled_together(
    tiny_model: Path, tmp_path: Path, naevia: Callable[..., tuple[int, str, str]]
) -> None:
    photos = draw_folders(tmp_path / "photos", {"melanoma": range(4), "nevus": range(4)})
    rows = "path,label,lesion,group,split\n"
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        rows += f"{path.relative_to(tmp_path).as_posix()},{path.parent.name},"
        rows += f"{f'lesion-{number}' if number else ''},patient-{number % 4},validation\n"
    table = write(tmp_path / "manifest.csv", rows)
    code, out, _ = naevia("evaluate", table, "--model", tiny_model)
    assert code == 0
    assert "on 8 images of 4 lesions (1 image has no lesion id), one file each" in out


def test_an_image_counts_in_each_of_its_sources_by_that_sources_file() -> None:
    files = [("a", "one"), ("a", "two"), ("b", "two"), ("a", "two"), ("c", "one")]
    grouping = group_images(
        [image for image, _ in files],
        [source for _, source in files],
        np.array([[100, 90], [300, 300], [300, 300], [300, 300], [100, 90]]),
        {"b": ImageFacts(sex="female")},
    )
    assert {name: of.tolist() for name, of in grouping["source"].items()} == {"one": [0, 4], "two": [1, 2]}
    assert {name: of.tolist() for name, of in grouping["image size"].items()} == {
        "under 200 px": [0, 4],
        "300 to 599 px": [2],
    }
    assert {name: of.tolist() for name, of in grouping["sex"].items()} == {"not known": [0, 4], "female": [2]}


def test_a_group_of_thirty_images_gets_figures_and_one_of_29_a_reason() -> None:
    labels = np.where(np.arange(59) % 2, NINE.codes.index("mel"), NINE.codes.index("nv"))
    groups = measure_subgroups(
        np.eye(9)[labels],
        labels,
        [str(number // 2) for number in range(59)],
        {"sex": {"female": np.arange(30), "male": np.arange(30, 59)}},
        referral_scores=np.full(59, 0.5),
        threshold=0.5,
    )
    assert [(group.images, group.lesions, bool(group.figures)) for group in groups] == [
        (30, 15, True),
        (29, 15, False),
    ]
    assert groups[1].too_small == "fewer than 30 images"


def test_the_figures_of_a_group_are_those_counted_by_hand() -> None:
    counts = {("mel", True): 6, ("mel", False): 2, ("nv", True): 9, ("nv", False): 15}  # by whether referred
    labels, referred = (
        np.array([pair[side] for pair, count in counts.items() for _ in range(count)]) for side in (0, 1)
    )
    positions = np.array([NINE.codes.index(label) for label in labels])
    right = np.arange(32) % 4 > 0  # 24 of 32
    answers = np.eye(9)[np.where(right, positions, NINE.codes.index("df"))]
    (group,) = measure_subgroups(
        answers,
        positions,
        list(map(str, range(32))),
        {"sex": {"female": np.arange(32)}},
        referral_scores=np.where(referred, 0.7, 0.2),
        threshold=0.5,
    )
    assert (group.by, group.name, group.images, group.malignant) == ("sex", "female", 32, 8)
    assert group.figures["sensitivity"].value == pytest.approx(6 / 8)
    assert group.figures["specificity"].value == pytest.approx(15 / 24)
    assert group.figures["accuracy"].value == pytest.approx(24 / 32)


def test_every_cell_of_a_confusion_matrix_can_be_read() -> None:
    labels = np.repeat([0, 1, 2], 20)
    answers = np.concatenate([np.arange(20) >= right for right in (7, 14, 20)]).astype(int) + labels
    figure = draw_confusion(answers, labels, "drawn")
    figure.canvas.draw()
    axis = figure.axes[0]
    for words, cell in zip(axis.texts, axis.collections[0].get_facecolors(), strict=True):
        light, dark = sorted(map(luminance, (to_rgb(words.get_color()), cell[:3])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 3.5, words.get_text()


def test_the_names_beside_a_confusion_matrix_are_whole() -> None:
    figure = draw_confusion(np.arange(9), np.arange(9), "drawn")
    figure.canvas.draw()
    axis = figure.axes[0]
    for words in (*axis.get_yticklabels(), axis.yaxis.label):
        assert words.get_window_extent().x0 >= 0, words.get_text()


def luminance(rgb: Sequence[float]) -> float:
    """Relative luminance of a colour by WCAG 2."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
