"""Who labelled an image, whose image it is, and what that means for the licence of the weights."""

from __future__ import annotations

import pytest

from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.sources import FOLDER_LICENCE, LICENCES, images_by_source, licence_of

HAM, OTHER = "ISIC_0024306", "ISIC_0000000"


def row(image_id: str, why: str, split: str = "train") -> ManifestRow:
    return ManifestRow(image_id, "a.jpg", "a", 9, 9, "", "", "", "", "", "", "mel", why, image_id, split)


@pytest.mark.parametrize(
    ("image_id", "why", "label", "archives", "non_commercial"),
    [
        (HAM, "own table", "own table", ("HAM10000", "own table"), "(HAM10000)"),
        (HAM, "folder", "folder", ("HAM10000",), "(HAM10000)"),
        (OTHER, "own table, against HAM10000", "own table", ("HAM10000", "own table"), "(HAM10000)"),
        (OTHER, "ISIC 2019 and HAM10000, against ISIC 2017", "HAM10000 and ISIC 2019",
         ("HAM10000", "ISIC 2019", "ISIC 2017"), "(HAM10000, ISIC 2019)"),
        (OTHER, "ISIC 2017, refined by folder", "ISIC 2017", ("ISIC 2017",), ""),
        (OTHER, "own table", "own table", ("own table",), ""),
        ("clinic/mel/1", "folder, kept as it is", "folder", (), ""),
    ],
)  # fmt: skip
def test_the_licence_is_that_of_the_images_and_the_credit_that_of_the_label(
    image_id: str, why: str, label: str, archives: tuple[str, ...], non_commercial: str
) -> None:
    licence = "; ".join(LICENCES[name] for name in archives) or FOLDER_LICENCE
    assert images_by_source([row(image_id, why)]) == {(label, licence): 1}
    words = licence_of([row(image_id, why)])
    assert non_commercial in words and ("non-commercial" in words) == bool(non_commercial)


def test_only_what_is_learnt_binds_the_weights() -> None:
    assert "CC BY-NC" not in licence_of([row("a", "folder"), row(HAM, "HAM10000", "validation")])
