from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from drawn_folders import draw_folders
from tiny_model import tiny_contract, write_tiny_model

from naevia.contract import InputSpec
from naevia.errors import UsageError
from naevia.session import Session
from naevia.synthetic import draw_lesion, draw_skin
from naevia_train.files import check_output_file
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.labelling.scoring_table import LabelledFile
from naevia_train.refusal.collection import (
    DRAWINGS,
    DRAWN,
    HALVES,
    Picture,
    drawings,
    packaged_photographs,
    skin_cuts,
)
from naevia_train.refusal.fitting import LESION_SEEDS, fit_refusal
from naevia_train.refusal.report import refusal_report
from naevia_train.refusal.skin import SIDE_PX, healthy_skin


@pytest.mark.parametrize("half", HALVES)
def test_drawings_are_the_same_every_time_and_differ_from_each_other(half: str) -> None:
    first, again = (list(drawings(half, count=2)) for _ in range(2))
    assert [picture.kind for picture in first] == [kind for kind in DRAWN[half] for _ in range(2)]
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.pixels, two.pixels)
        assert one.pixels.dtype == np.uint8 and one.pixels.shape[2] == 3
        assert min(one.pixels.shape[:2]) >= 200
    for one, two in zip(first[::2], first[1::2], strict=True):
        assert one.pixels.shape != two.pixels.shape or (one.pixels != two.pixels).any()


def test_the_halves_share_no_kind_and_no_photograph() -> None:
    kinds = {half: set(DRAWN[half]) for half in HALVES}
    assert not kinds["tuning"] & kinds["test"]
    assert DRAWINGS * sum(map(len, kinds.values())) >= 600
    photographs = {half: {picture.kind for picture in packaged_photographs(half)} for half in HALVES}
    assert not photographs["tuning"] & photographs["test"]
    assert "photograph sklearn/china.jpg" in photographs["tuning"]
    assert "photograph sklearn/flower.jpg" in photographs["test"]


def photo_with_small_lesion() -> np.ndarray:
    """Drawn skin with a small lesion in its middle, no vignette."""
    photo = draw_skin(seed=3, width_px=480, height_px=360)[30:330, 60:420].copy()
    lesion = draw_lesion("nv", seed=3, width_px=90, height_px=90)
    photo[105:195, 135:225] = lesion
    return photo


def test_skin_is_cut_beside_the_lesion() -> None:
    photo = photo_with_small_lesion()
    cut = healthy_skin(photo)
    assert cut is not None and cut.shape == (SIDE_PX, SIDE_PX, 3)
    lesion = photo[140:160, 170:190].mean(axis=(0, 1))
    assert (np.linalg.norm(cut.astype(float) - lesion, axis=2) > 20).mean() > 0.99


def test_no_skin_is_cut_where_there_is_none() -> None:
    whole = draw_lesion("mel", seed=2, width_px=300, height_px=300)[90:210, 90:210]
    assert healthy_skin(np.ascontiguousarray(whole)) is None
    assert healthy_skin(np.full((200, 200, 3), (30, 90, 200), np.uint8)) is None
    assert healthy_skin(photo_with_small_lesion()[:80, :80]) is None


def test_skin_of_a_source_belongs_to_one_half(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), photo_with_small_lesion()[..., ::-1])
    files = [
        LabelledFile(path, "photo.png", str(number), source, "nv", "", str(number))
        for source in ("ham10000/images", "isic9")
        for number in range(3)
    ]
    kinds = {half: [picture.kind for picture in skin_cuts(half, files, most=2)] for half in HALVES}
    assert kinds == {"tuning": ["healthy skin ham10000/images"] * 2, "test": ["healthy skin isic9"] * 2}


@pytest.mark.slow
def test_the_report_counts_by_group_and_by_reason(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "strict", tiny_contract(ood_threshold=-1.0))  # refuses everything
    grey = Picture("single colour", "tuning", np.full((200, 200, 3), 128, np.uint8))
    lively = Picture("bubbles", "test", _bubbles())
    folder = draw_folders(tmp_path / "photos", {"nevus": range(3)})
    photos = [
        LabelledFile(path, path.name, path.stem, "photos", "nv", "", path.stem)
        for path in [*sorted(folder.rglob("*.png")), _broken(tmp_path)]
    ]
    report = refusal_report(Session.open(model), [grey, grey, lively], photos)
    rows = {(row.group, row.name): (row.pictures, row.refused, row.by_quality) for row in report.rows}
    assert rows["tuning", "single colour"] == (2, 2, 2)
    assert rows["test", "bubbles"] == (1, 1, 0)
    assert rows["dermoscopy", "photos"][:2] == (3, 3)
    assert report.total("drawn lesions").refused == report.total("drawn lesions").pictures
    assert report.unread == 1
    text = "\n".join(report.lines())
    assert "single colour" in text and "could not be read, left out: 1" in text
    report.write(tmp_path / "refusal.json")
    record = json.loads((tmp_path / "refusal.json").read_text())
    assert record["totals"]["tuning"]["share"]["value"] == 1.0


@pytest.mark.slow
def test_cuts_of_one_photograph_are_one_photograph(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "strict", tiny_contract(ood_threshold=-1.0))  # refuses everything
    pictures = [Picture("photograph sklearn/flower.jpg", "test", _bubbles())] * 12
    pictures += [Picture("photograph skimage/moon.png", "test", _bubbles())] * 12
    pictures += [Picture(kind, "test", _bubbles()) for kind in ("bubbles", "wood") for _ in range(3)]
    pictures += [Picture("healthy skin isic9", "test", _bubbles())] * 4
    photo = draw_folders(tmp_path / "photos", {"nevus": [1]})
    files = [
        LabelledFile(path, "a", str(n), "photos", "nv", "one", "one")
        for path in photo.rglob("*.png")
        for n in range(5)
    ]
    report = refusal_report(Session.open(model), pictures, files)
    rows = {row.name: row for row in report.rows}

    def all_of(things: int) -> float:
        return things / (things + 1.959964**2)  # lower end of Wilson's interval

    assert rows["photograph sklearn/flower.jpg"].pictures == 12
    assert rows["photograph sklearn/flower.jpg"].share.low == pytest.approx(all_of(1))
    assert rows["bubbles"].share.low == pytest.approx(all_of(3))
    assert report.total("test").share.low == pytest.approx(
        all_of(5)
    )  # two photographs, two kinds, one of skin
    assert report.total("dermoscopy").share.low == pytest.approx(all_of(1))  # one lesion
    head = next(line for line in report.lines() if "test half" in line)
    assert head.endswith(
        "6 drawings of 2 kinds, 24 cuts of 2 photographs, 4 cuts of healthy skin, sources of dermoscopy: 1"
    )
    assert any("photographs (with all their cuts)" in line for line in report.lines())


def _bubbles() -> np.ndarray:
    return DRAWN["test"]["bubbles"](np.random.default_rng(0), 300, 300)


def _broken(folder: Path) -> Path:
    path = folder / "broken.png"
    path.write_text("no image")
    return path


def test_a_network_that_sees_colours_learns_to_refuse(tmp_path: Path) -> None:
    photos = {f"{seed}.png": draw_lesion("mel", seed=seed, width_px=120, height_px=90) for seed in range(40)}
    rows = [_row(path, "train" if number < 36 else "validation") for number, path in enumerate(photos)]
    seen: list[int] = []

    def embed(pixels: np.ndarray) -> np.ndarray:
        seen.append(len(pixels))
        flat = pixels.reshape(len(pixels), -1, 3).astype(np.float32)
        return np.concatenate([flat.mean(axis=1), flat.std(axis=1)], axis=1)

    spec = InputSpec(size_px=32, resize="squash")
    boundary = fit_refusal(rows, photos, spec, embed, seed=0)
    assert seen[0] == 2 * 36 + 9 * len(LESION_SEEDS)  # each once more as another camera; no validation photo
    blue = np.full((1, 32, 32, 3), (20, 60, 220), np.uint8)
    lesion = draw_lesion("nv", seed=1, width_px=32, height_px=32)[None]
    assert boundary.scores(embed(blue))[0] > 0 > boundary.scores(embed(lesion))[0]


def _row(path: str, split: str) -> ManifestRow:
    image_id = path.removesuffix(".png")
    return ManifestRow(
        image_id, path, "drawn", 120, 90, "", "", "", "", "mel", "", "mel", "folder", image_id, split
    )


def test_an_unexpected_error_is_one_line_as_of_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the shelf fell down")

    monkeypatch.setattr("naevia.shelf.find_model", broken)
    monkeypatch.setattr(sys, "argv", ["refusal"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("naevia_train.refusal", run_name="__main__")
    err = capsys.readouterr().err
    assert (ended.value.code, err.count("\n")) == (4, 1)
    assert err.startswith(
        "naevia: unexpected RuntimeError: the shelf fell down; run again with NAEVIA_DEBUG=1"
    )


def test_a_folder_that_may_not_be_written_to_is_not_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match=f"the folder {tmp_path} may not be written to; choose another"):
        check_output_file(tmp_path / "x.json")


def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.json"
    photo.write_bytes(b"\xff\xd8\xff\xe0")
    places = (
        (tmp_path / "gone" / "x.json", "there is no folder"),
        (tmp_path, "is a folder"),
        (photo, "is an image"),
    )
    for output, words in places:
        monkeypatch.setattr(sys, "argv", ["refusal", "--model", "no model", "--output", str(output)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("naevia_train.refusal", run_name="__main__")
        err = capsys.readouterr().err
        assert (ended.value.code, err.startswith("naevia: "), words in err, err.count("\n")) == (
            2,
            True,
            True,
            1,
        )
