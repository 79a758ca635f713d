"""A model that answers with the mean over a photo and its mirror image."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from tiny_networks import TEMPERATURE, prepared, run_contract, write_run

from naevia.session import Session
from naevia_export.exporting import Exported, export_model


@pytest.fixture(scope="module")
def mirrored(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("mirrored")
    run = write_run(folder / "run", photos, run_contract(mirrored=True))
    return export_model(run, folder / "model")


def test_the_answer_is_the_mean_of_both_views(mirrored: Exported, photos: Path) -> None:
    network = keras.saving.load_model(mirrored.folder.parent / "run" / "model.keras")
    pixels = prepared(photos)
    views = [np.asarray(network(view.astype(np.float32))) for view in (pixels, pixels[:, :, ::-1])]
    expected = np.asarray(keras.ops.softmax((views[0] + views[1]) / 2 / TEMPERATURE))
    found = Session.open(mirrored.folder, provider="cpu").run(pixels)[0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(views[0] - views[1]).max() > 1e-3  # the views differ, or the mean would prove nothing


def test_a_mirrored_photo_gets_the_mirrored_answer(mirrored: Exported, photos: Path) -> None:
    session = Session.open(mirrored.folder, provider="cpu")
    pixels = prepared(photos)
    straight, turned = session.run(pixels), session.run(np.ascontiguousarray(pixels[:, :, ::-1]))
    np.testing.assert_allclose(straight[0], turned[0], atol=1e-6)
    np.testing.assert_allclose(straight[1], turned[1][:, :, ::-1], rtol=1e-4, atol=1e-4)


def test_the_weights_are_in_the_file_once(mirrored: Exported, exported: Exported) -> None:
    assert mirrored.onnx_bytes < 1.2 * exported.onnx_bytes
