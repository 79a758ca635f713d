"""Folders of drawn lesions for the programs to work on."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from naevia.synthetic import draw_lesion
from naevia.taxonomy import TAXONOMY


@pytest.fixture(scope="session")
def class_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine class folders of twelve drawn lesions each, in several sizes."""
    root = tmp_path_factory.mktemp("drawn")
    for diagnosis in TAXONOMY:
        folder = root / diagnosis.name
        folder.mkdir()
        for seed in range(12):
            width = (200, 260, 320)[seed % 3]
            lesion = draw_lesion(diagnosis.code, seed=seed, width_px=width, height_px=width * 3 // 4)
            cv2.imwrite(str(folder / f"{diagnosis.code}{seed:03}.png"), lesion[..., ::-1])
    return root
