"""What docs/model.md tells a programmer to do gives the answers of the session, and reports to nobody."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from naevia.image import read_photo
from naevia.session import Session
from naevia.shelf import find_model
from naevia.synthetic import draw_lesion

DOCUMENT = Path(__file__).parents[2] / "docs" / "model.md"
SHORT, LONG = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


def framed(rgb_u8: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(rgb_u8, 40, 40, 60, 60, cv2.BORDER_CONSTANT, value=(0, 0, 0))


def blurred(rgb_u8: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(rgb_u8, (0, 0), 14)


def noise(rgb_u8: np.ndarray) -> np.ndarray:
    """Passes every check of quality, and is unlike any lesion."""
    rng = np.random.default_rng(0)
    colours = cv2.resize(rng.uniform(0, 15, (6, 8, 3)), rgb_u8.shape[1::-1])
    return np.rint(colours + rng.uniform(0, 240, (*rgb_u8.shape[:2], 1))).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (lambda photo: photo, False),
        (lambda photo: photo // 3, False),
        (framed, False),
        (blurred, True),
        (np.zeros_like, True),
        (noise, True),
    ],
    ids=["plain", "dark", "framed", "blurred", "black", "noise"],
)
def test_the_documented_lines_give_the_answers_of_the_session(tmp_path: Path, change, refused: bool) -> None:
    folder, path = find_model(), tmp_path / "photo.png"
    photo = change(draw_lesion("mel", seed=3, width_px=400, height_px=300))
    cv2.imwrite(str(path), np.ascontiguousarray(photo[..., ::-1]))
    program = tmp_path / "documented.py"
    program.write_text(LONG, encoding="utf-8")
    names = runpy.run_path(str(program), {"folder": folder, "path": path})
    answer = Session.open(folder, provider="cpu").predict(read_photo(path))
    np.testing.assert_array_equal(names["probabilities"], answer.probabilities)
    assert names["ood_score"] == pytest.approx(answer.ood_score)
    assert names["malignant"] == pytest.approx(answer.malignant_probability)
    assert names["recommendation"] == answer.recommendation
    assert names["refused"] == (answer.status == "refused") == refused
    assert (answer.recommendation == "cannot tell") == refused


@pytest.mark.parametrize("lines", [SHORT, LONG], ids=["short", "long"])
def test_the_documented_lines_run_by_themselves_and_leave_nothing_in_the_home(
    tmp_path: Path, lines: str
) -> None:
    folder, path = str(find_model("naevia-lite0")), str(tmp_path / "photo.png")
    cv2.imwrite(path, draw_lesion("nv", seed=1)[..., ::-1])
    program = f"folder, path = {folder!r}, {path!r}\n{lines}"
    assert left_in_the_home(tmp_path, "-c", program) == []


@pytest.mark.slow
def test_the_tests_leave_nothing_in_the_home(tmp_path: Path) -> None:
    one = f"{__file__}::test_the_documented_lines_give_the_answers_of_the_session[plain]"
    assert left_in_the_home(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", one) == []


def left_in_the_home(tmp_path: Path, *arguments: str) -> list[Path]:
    """What Python writes into an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    hidden = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    subprocess.run(
        [sys.executable, *arguments], env={**environment, "HOME": str(home)}, check=True, timeout=240
    )
    return list(home.rglob("*"))
