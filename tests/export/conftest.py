"""Fixtures of the export room: photos, a Keras file, a run folder, and what was exported from them."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES

pytest.importorskip("tensorflow", reason="the export room needs the `train` extra")

from tiny_networks import save_network, write_run

from naevia_export.exporting import Exported, export_model


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 18 drawn lesions."""
    folder = tmp_path_factory.mktemp("photos")
    for seed in (0, 1):
        for code in CODES:
            drawn = draw_lesion(code, seed=seed, width_px=160, height_px=120)
            cv2.imwrite(str(folder / f"{code}{seed}.png"), drawn[..., ::-1])
    return folder


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare Keras file."""
    return save_network(tmp_path_factory.mktemp("keras") / "tiny.keras")


@pytest.fixture(scope="session")
def run_folder(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    return write_run(tmp_path_factory.mktemp("runs") / "run", photos)


@pytest.fixture(scope="session")
def exported(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The run, exported."""
    return export_model(run_folder, tmp_path_factory.mktemp("models") / "tiny-run")
