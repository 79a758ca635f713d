"""`naevia evaluate` with everything that can be asked of it, on drawn photos and the tiny model."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn_folders import draw_file, draw_folders, write

from naevia import progress
from naevia.taxonomy import TAXONOMY
from naevia_train.labelling.metadata import ImageFacts, read_metadata
from naevia_train.measuring.subgroups import group_images

Program = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("evaluate") / "photos"
    return draw_folders(root, {diagnosis.name: range(4) for diagnosis in TAXONOMY})


@pytest.fixture(scope="module")
def table(photos: Path) -> Path:
    """The drawn photos as a table, with two people's facts in it."""
    lines = ["image_id,path,source,diagnosis,lesion,sex,age_approx,anatom_site_general"]
    for number, path in enumerate(sorted(photos.rglob("*.png"))):
        sex, age = ("female", "35") if number % 2 else ("male", "")
        name = path.relative_to(photos.parent).as_posix()
        lines.append(f"{path.stem},{name},drawn,{path.parent.name},,{sex},{age},back")
    return write(photos.parent / "table.csv", "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def report(table: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that one full evaluation leaves."""
    from naevia.cli import run

    output = tmp_path_factory.mktemp("report")
    more = ["--stress", "--stress-images", "3", "--output", output]
    assert run([str(part) for part in ("evaluate", table, "--model", tiny_model, *more)]) == 0
    return output


def test_everything_lands_in_the_report_folder(report: Path) -> None:
    pictures = [f"{name}.{suffix}" for name in ("roc", "decision", "reliability", "confusion", "stress")
                for suffix in ("png", "svg")]  # fmt: skip
    tables = ["report.html", "report.md", "metrics.json", "predictions.csv", "challenge.csv"]
    assert {path.name for path in report.iterdir()} == {*pictures, *tables, "challenge_truth.csv"}
    for name in pictures:
        start = (report / name).read_bytes()[:100]
        assert start.startswith(b"\x89PNG") or b"<?xml" in start


def test_the_page_needs_no_other_file_and_holds_every_section(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "http" not in re.sub('data:[^"]*', "", page)
    sections = ("practice", "figures", "diagnoses", "curves", "reliability", "decision", "confusion")
    for anchor in (*sections, "stress", "groups", "method"):
        assert f'<section id="{anchor}">' in page
    assert page.count("data:image/svg+xml") == 5
    assert "Not a medical device" in page
    assert "Of 100 malignant images" in page and "Of 100 benign images" in page
    assert "36 images (no lesion ids: each counts as a lesion), one file each" in page


def test_the_page_says_what_monitor_means_and_shows_melanomas_alone(report: Path) -> None:
    page = (report / "report.html").read_text(encoding="utf-8")
    practice = page.partition('<section id="practice">')[2].partition("</section>")[0]
    assert "<b>monitor</b> where they stay below" in practice
    melanomas = practice.partition("Of 100 melanomas</h3>")[2].partition("</div><div>")[0]
    with (report / "predictions.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["diagnosis"] == "mel"]
    point = json.loads((report / "metrics.json").read_text())["operating_points"][0]
    scores = [sum(float(row[f"p_{d.code}"]) for d in TAXONOMY if d.malignant) for row in rows]
    refused = [row["refused"] == "1" for row in rows]
    unsure, missed = (
        sum(refused),
        sum(s < point["threshold"] and not r for s, r in zip(scores, refused, strict=True)),
    )
    assert f"Of {len(rows)} here: {len(rows) - unsure - missed}, {unsure} and {missed}." in melanomas
    assert melanomas.count('<i class="miss">') == 100 * missed // len(rows)
    assert melanomas.count('<i class="unsure">') == 100 * unsure // len(rows)
    referred, images = point["by_diagnosis"]["mel"]
    assert f"<td>melanoma</td><td>{referred} of {images} (" in practice


def test_the_metrics_hold_what_the_page_shows(report: Path) -> None:
    metrics = json.loads((report / "metrics.json").read_text())
    page = (report / "report.html").read_text(encoding="utf-8")
    text = (report / "report.md").read_text(encoding="utf-8")
    assert (metrics["images"], metrics["files"], metrics["lesions"]) == (36, 36, 36)
    assert metrics["images_without_lesion_id"] == 36
    for figure in metrics["figures"].values():
        assert f"{figure['value']:.3f}" in page and f"{figure['value']:.3f}" in text
    confusion = metrics["confusion"]
    assert sum(sum(row.values()) for row in confusion.values()) == 36
    right = sum(confusion[code][code] for code in confusion)
    assert right / 36 == pytest.approx(metrics["figures"]["accuracy"]["value"])
    assert metrics["stress"]["images"] == 3
    assert metrics["stress"]["overall"]["stability"]["same_answer"]["value"] <= 1
    assert [point["default"] for point in metrics["operating_points"]] == [True]


def test_groups_come_from_the_columns_of_the_table(report: Path) -> None:
    groups = {(g["by"], g["name"]): g for g in json.loads((report / "metrics.json").read_text())["subgroups"]}
    assert groups["sex", "female"]["images"] == groups["sex", "male"]["images"] == 18
    assert groups["sex", "female"]["too_small"] == "fewer than 30 images"
    assert groups["sex", "female"]["figures"] == {}
    assert groups["age", "18 to 39 years"]["images"] == groups["age", "not known"]["images"] == 18
    back = groups["site", "posterior torso"]
    assert (back["images"], back["malignant"], back["too_small"]) == (36, 16, "")
    assert set(back["figures"]) == {"accuracy", "malignant_auc", "sensitivity", "specificity"}


def test_metadata_tables_fill_each_others_gaps(tmp_path: Path) -> None:
    first = write(
        tmp_path / "ham.csv",
        "lesion_id,image_id,dx,dx_type,age,sex,localization\nl,a,nv,histo,80.0,unknown,scalp\n",
    )
    second = write(
        tmp_path / "isic.csv", "image,age_approx,anatom_site_general,sex\na.jpg,75,head/neck,male\nb,,,\n"
    )
    labels = write(tmp_path / "labels.csv", "image_id,melanoma\na,1.0\n")
    found = read_metadata([first, second, labels])
    assert found == {"a": ImageFacts("male", 80.0, "head/neck", "l"), "b": ImageFacts()}


def test_ages_that_nobody_has_are_not_known(tmp_path: Path) -> None:
    rows = [f"image-{number},{age}\n" for number, age in enumerate(["999", "-1", "inf", "120"] * 9)]
    facts = read_metadata([write(tmp_path / "ages.csv", "image_id,age_approx\n" + "".join(rows))])
    grouping = group_images(list(facts), ["drawn"] * 36, np.full((36, 2), 64), facts)
    found = {name: len(images) for name, images in grouping["age"].items()}
    assert found == {"80 years and more": 9, "not known": 27}


@pytest.mark.parametrize("row", ["3", "3,", "3,61,", "3,61,,"])
def test_facts_without_an_image_get_one_line(
    row: str, table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    facts = write(tmp_path / "facts.csv", f"sex,age,image_id\nmale,50,a\n{row}\n")
    code, _, err = naevia("evaluate", table, "--model", tiny_model, "--metadata", facts)
    assert (code, f"{facts}, row 3: the column image_id is empty" in err, err.count("\n")) == (2, True, 1)


@pytest.mark.parametrize("head", ["image_id,gender,years", "picture,sex", ""])
def test_metadata_without_sex_age_or_site_is_refused(
    head: str, table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    facts = write(tmp_path / "facts.csv", f"{head}\na,b,c\n" if head else "")
    code, _, err = naevia("evaluate", table, "--model", tiny_model, "--metadata", facts)
    assert (code, err.count("\n")) == (2, 1)
    found = head.replace(",", ", ") or "none"
    assert f"{facts}: expected a column of image ids (image_id, isic_id, image)" in err
    assert "(sex, age, age_approx, localization, " in err and f"found {found}; rename" in err


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_photos_are_counted_while_they_are_answered(
    kind: type[io.StringIO], table: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from naevia.cli import run

    for name, value in (("TERM", "xterm"), ("COLUMNS", "100")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(progress, "_PLAIN_EVERY_S", 0.0)
    monkeypatch.setattr(sys, "stderr", kind())
    stress = ("--stress", "--stress-images", "1")
    assert run(["evaluate", str(table), "--model", str(tiny_model), *stress]) == 0
    shown = sys.stderr.getvalue()
    if kind is Terminal:
        assert "36/36" in shown and "stress test: photos" in shown
    else:
        assert "36 of 36: photos\n" in shown and "1 of 1: stress test: photos\n" in shown


def test_a_set_of_fewer_diagnoses_is_scored_and_written_for_the_challenge(
    table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    code, out, _ = naevia(
        "evaluate", table, "--model", tiny_model, "--taxonomy", "isic2018", "--output", tmp_path
    )
    assert code == 0
    assert "actinic keratosis or squamous cell carcinoma" in out
    answers, truth = (_rows(tmp_path / name) for name in ("challenge.csv", "challenge_truth.csv"))
    assert list(answers[0]) == list(truth[0]) == ["image", "MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"]
    assert [row["image"] for row in answers] == [row["image"] for row in truth]
    assert sum(float(row["AKIEC"]) for row in truth) == 8  # four actinic keratoses, four squamous carcinomas
    for row in answers:
        assert sum(float(value) for name, value in row.items() if name != "image") == pytest.approx(1)


def test_images_outside_a_set_are_left_out_and_counted(
    table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    code, out, _ = naevia("evaluate", table, "--model", tiny_model, "--taxonomy", "isic2017")
    assert code == 0
    assert "on 16 images" in out
    assert "left out: 20 files whose diagnosis is none of melanoma, seborrheic_keratosis, nevus" in out


def test_labels_may_be_in_the_words_of_the_set(
    photos: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    names = [path.relative_to(photos.parent).as_posix() for path in sorted(photos.rglob("*.png"))]
    rows = "".join(f"{name},{'malignant' if 'melanoma' in name else 'benign'}\n" for name in names)
    table = write(tmp_path / "binary.csv", "path,diagnosis\n" + rows)
    arguments = ("evaluate", table, "--root", photos.parent, "--model", tiny_model)
    code, out, _ = naevia(*arguments, "--taxonomy", "binary")
    assert code == 0
    assert "malignant or pre-malignant" in out
    code, _, err = naevia(*arguments)
    assert (code, "'benign' is none of the nine" in err, err.count("\n")) == (2, True, 1)


def test_class_folders_may_be_named_in_the_words_of_the_set(
    photos: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    for word, source in (("benign", "nevus"), ("malignant", "melanoma")):
        shutil.copytree(photos / source, tmp_path / "set" / word)
    arguments = ("evaluate", "--model", tiny_model)
    code, _, err = naevia(*arguments, tmp_path / "set")
    told = f'no image in {tmp_path / "set"} has a label, as no diagnosis is called "benign", "malignant"; '
    assert (code, told + "give --taxonomy binary, name" in err) == (2, True)
    for folders in ([tmp_path / "set"], [tmp_path / "set/benign", tmp_path / "set/malignant"]):
        code, out, _ = naevia(*arguments, *folders, "--taxonomy", "binary")
        assert (code, "on 8 images" in out, "left out" in out) == (0, True, False)


def test_a_set_that_calls_a_malignant_diagnosis_benign_is_told(
    table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    entries = "".join(
        f'[[diagnosis]]\ncode = "{code}"\nname = "{code}"\ncodes = ["{code}"]\nmalignant = {malignant}\n'
        for code, malignant in (("mel", "false"), ("nv", "true"), ("bcc", "true"))
    )
    turned = write(tmp_path / "turned.toml", f'name = "turned"\n{entries}')
    _, out, _ = naevia("evaluate", table, "--model", tiny_model, "--taxonomy", turned)
    assert "turned: counts mel as benign, which is malignant among the nine" in out
    assert "turned: counts nv as malignant, which is benign among the nine" in out
    assert "counts bcc" not in out


def test_a_table_without_ids_is_scored_like_its_folder(
    tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    """The same images, the same groups, and the same overlap with the model's validation images."""
    root = tmp_path / "set"
    for number, code in enumerate(["mel", "nv", "bcc"] * 12):
        draw_file(root / "images" / code / f"ISIC_{number:07}.png", code, number)
    files = sorted(root.rglob("*.png"))
    draw_file(root / "images_224" / "mel" / "ISIC_0000000.jpg", "mel", 0)
    listed = [*files, *root.rglob("*.jpg")]
    rows = "".join(f"{file.relative_to(root).as_posix()},{file.parent.name}\n" for file in listed)
    own = write(tmp_path / "own.csv", f"path,diagnosis\n{rows}")
    facts = write(tmp_path / "facts.csv", "image_id,sex\n" + "".join(f"{f.stem},male\n" for f in files))
    model = shutil.copytree(tiny_model, tmp_path / "model")
    write(model / "validation.csv", "image_id\n" + "".join(f"{file.stem}\n" for file in files[:5]))
    found = []
    for number, given in enumerate(([own, "--root", root], [root])):
        output = tmp_path / f"report-{number}"
        more = ("--model", model, "--metadata", facts, "--output", output)
        code, out, _ = naevia("evaluate", *given, *more)
        assert (code, out.startswith("5 of 36 images are among"), "lists none" in out) == (0, True, False)
        metrics = json.loads((output / "metrics.json").read_text())
        sex = [group for group in metrics["subgroups"] if group["by"] == "sex"]
        found.append((metrics["images"], metrics["files"], sex))
    assert found[0] == found[1] and found[0][2][0]["images"] == 36


def test_metadata_of_other_images_are_told(
    table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    facts = [write(tmp_path / f"{name}.csv", f"image_id,sex\n{name},male\n") for name in ("akiec-0", "x")]
    given = [part for path in facts for part in ("--metadata", path)]
    _, out, _ = naevia("evaluate", table, "--model", tiny_model, *given)
    assert f"{facts[1]} lists none of the images, such as akiec-0" in out
    assert f"{facts[0]} lists" not in out


@pytest.mark.parametrize("column", ["lesion", "lesion_id", "patient", "patient_id"])
def test_photos_of_one_lesion_or_patient_are_resampled_together(
    column: str, photos: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    rows = "".join(
        f"{path.relative_to(photos.parent).as_posix()},{path.parent.name},{number % 3}\n"
        for number, path in enumerate(sorted(photos.rglob("*.png")))
    )
    own = write(tmp_path / "own.csv", f"path,diagnosis,{column}\n{rows}")
    kind = column.removesuffix("_id")
    told = f"on 36 images of 3 {kind}s, one file each (95 % intervals by {kind}"
    code, out, _ = naevia("evaluate", own, "--root", photos.parent, "--model", tiny_model)
    assert (code, told in out) == (0, True)
    ids = "".join(f"{path.stem},{n % 3},male\n" for n, path in enumerate(sorted(photos.rglob("*.png"))))
    facts = write(tmp_path / "facts.csv", f"image_id,{column},sex\n{ids}")
    code, out, _ = naevia("evaluate", photos, "--metadata", facts, "--model", tiny_model)
    assert (code, told in out) == (0, True)


def test_an_unknown_set_gets_one_line(table: Path, tiny_model: Path, naevia: Program) -> None:
    code, _, err = naevia("evaluate", table, "--model", tiny_model, "--taxonomy", "isic2016")
    assert (code, "binary, isic2017, isic2018" in err, err.count("\n")) == (2, True, 1)


def test_the_challenges_own_tool_agrees(
    table: Path, tiny_model: Path, tmp_path: Path, naevia: Program
) -> None:
    program = os.environ.get("ISIC_CHALLENGE_SCORING") or shutil.which("isic-challenge-scoring")
    if not program:
        pytest.skip("isic-challenge-scoring needs pandas below 3; docs/evaluation.md says how to install it")
    code, _, _ = naevia(
        "evaluate", table, "--model", tiny_model, "--taxonomy", "isic2018", "--output", tmp_path
    )
    assert code == 0
    files = [tmp_path / "challenge_truth.csv", tmp_path / "challenge.csv"]
    scored = subprocess.run(
        [program, "--output", "json", "classification", *files], capture_output=True, text=True, check=True
    )
    theirs, ours = json.loads(scored.stdout), json.loads((tmp_path / "metrics.json").read_text())
    assert theirs["aggregate"]["balanced_accuracy"] == pytest.approx(
        ours["figures"]["balanced_accuracy"]["value"]
    )
    assert theirs["macro_average"]["auc"] == pytest.approx(ours["figures"]["macro_auc"]["value"])
    for diagnosis, figures in ours["by_diagnosis"].items():
        assert theirs["per_category"]["auc"][diagnosis] == pytest.approx(figures["auc"]["value"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
