"""Files of one id: renditions are one image, and another picture under the id of the first is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from planted import Pixels

from naevia.synthetic import draw_lesion
from naevia_train.auditing.engine import Audit, audit_folders


def drawn(code: str, seed: int) -> Pixels:
    return draw_lesion(code, seed=seed, width_px=320, height_px=240)[..., ::-1]


@contextmanager
def audit_pair(folder: Path, first: Pixels, second: Pixels) -> Iterator[Audit]:
    """Audit two files of one id in two data sets."""
    for source, bgr in (("here", first), ("there", second)):
        path = folder / source / "nevus" / "ISIC_0000001.jpg"
        path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), bgr)
    with audit_folders([folder / "here", folder / "there"], cache=folder / "cache") as audit:
        yield audit


RENDITIONS = {
    "the centre square": lambda bgr: cv2.resize(bgr[:, 40:280], (224, 224), interpolation=cv2.INTER_AREA),
    "squashed and soft": lambda bgr: cv2.GaussianBlur(cv2.resize(bgr, (180, 180)), (0, 0), 1.0),
    "turned, cut and bright": lambda bgr: cv2.convertScaleAbs(np.rot90(bgr[20:-20, 20:-20]), alpha=1.2),
}


@pytest.mark.parametrize("kind", RENDITIONS)
def test_renditions_of_one_photo_are_one_image(tmp_path: Path, kind: str) -> None:
    photo = drawn("mel", 3)
    with audit_pair(tmp_path, photo, RENDITIONS[kind](photo)) as audit:
        assert not audit.report.id_clashes
        assert audit.report.images == 1


def test_another_picture_under_the_same_id_is_named_and_stays_in_the_group(tmp_path: Path) -> None:
    with audit_pair(tmp_path, drawn("mel", 3), drawn("vasc", 8)) as audit:
        (clash,) = audit.report.id_clashes
        assert clash.first.path == "here/nevus/ISIC_0000001.jpg"
        assert clash.second.path == "there/nevus/ISIC_0000001.jpg"
        assert clash.hash_bits > 8
        assert len({row.group for row in audit.rows}) == 1
        assert len({row.split for row in audit.rows}) == 1
