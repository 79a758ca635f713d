"""Class folders of drawn lesions, and shortcuts that several test files use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2

from naevia.synthetic import draw_lesion
from naevia.taxonomy import find_diagnosis
from naevia_train.preparing.intake import RunData, take_folders

SIZE_PX = 48


def draw_file(path: Path, code: str, seed: int) -> Path:
    """Draw one lesion into a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), draw_lesion(code, seed=seed, width_px=64, height_px=48)[..., ::-1])
    return path


def draw_folders(root: Path, seeds: Mapping[str, Sequence[int]]) -> Path:
    """Draw class folders: names such as `Train/melanoma`, each with one file per seed."""
    for folder, numbers in seeds.items():
        diagnosis = find_diagnosis(folder.rsplit("/", 1)[-1])
        assert diagnosis is not None, folder
        for seed in numbers:
            draw_file(root / folder / f"{diagnosis.code}-{seed}.png", diagnosis.code, seed)
    return root


def audit_folders(*folders: Path, labels: Sequence[Path] = (), seed: int = 1) -> RunData:
    """Audit folders as a run does."""
    return take_folders(folders, labels, seed=seed, limit_px=128)


def write(path: Path, text: str) -> Path:
    """Write a text file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


def train_arguments(folder: Path, output: Path, *more: object) -> list[str]:
    """The command line of a short run of the seed recipe."""
    given = [
        "train",
        folder,
        "--recipe",
        "seed",
        "--size",
        SIZE_PX,
        "--verbose",
        0,
        "--output",
        output,
        *more,
    ]
    return [str(argument) for argument in given]
