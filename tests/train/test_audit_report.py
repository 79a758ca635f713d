from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from drawn_folders import draw_file

from naevia.taxonomy import CODES, TAXONOMY
from naevia_train.auditing.findings import (
    AuditReport,
    ClassCount,
    ClassProblem,
    Contradiction,
    CopyGroup,
    CopyLink,
    FileProblem,
    FileRef,
    IdClash,
    Leak,
    MappingUse,
    Said,
    Shortcut,
)
from naevia_train.auditing.report_html import write_html
from naevia_train.auditing.report_json import write_json
from naevia_train.auditing.report_parts import MOST_PICTURES, SHOWN_WITH_PICTURES
from naevia_train.auditing.report_text import summary_sentence
from naevia_train.labelling.label_problems import LabelProblem

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Collects pictures, links and text, and checks that every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("src", "href")]
        self.anchors |= {value or "" for name, value in attrs if name == "id"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def reference(number: int, code: str = "nv", declared: str = "train") -> FileRef:
    return FileRef(f"set/{declared}/{code}/{number}.png", f"image-{number}", "set", code, declared)


def contradiction(number: int, folder: str, official: str, *, resolved: bool = True) -> Contradiction:
    said = (Said("folder", (folder,)), Said("ISIC 2019", (official,)))
    files = (reference(number, folder),)
    return Contradiction(
        "folder against authority", f"image-{number}", files, said, official, "ISIC 2019", resolved
    )


def leak(number: int, *, resolved: bool = True) -> Leak:
    seen = (reference(number + 1),)
    return Leak("lesion", reference(number, declared="test"), seen, f"lesion-{number}", resolved)


@pytest.fixture
def clean(tmp_path: Path) -> AuditReport:
    """A report that finds nothing."""
    return AuditReport(
        root=str(tmp_path),
        folders=("set",),
        label_files=("own.csv",),
        unread_columns=(),
        grouped_by=("lesion",),
        resolve="authority",
        seed=1,
        declared=("test", "train"),
        files=100,
        readable=100,
        images=100,
        used=100,
        problems=(),
        copies=(),
        id_clashes=(),
        contradictions=(),
        leaks=(),
        label_problems=(),
        mapping=(),
        unnamed=(),
        classes=tuple(ClassCount(code, 0, 0, 0, 0, 0, 0, 0, 0) for code in CODES),
        class_problems=(),
        shortcuts=(),
        relabelled=0,
        dropped=(),
    )


@pytest.fixture
def full(clean: AuditReport, tmp_path: Path) -> AuditReport:
    """A report with something in every section."""
    for number in range(8):
        draw_file(tmp_path / reference(number).path, "nv", number)
    link = CopyLink(reference(1).path, reference(2).path, "appearance", "turned by 90 degrees", 4, 0.93)
    renditions = CopyLink(reference(3).path, reference(4).path, "id", "", -1, -1)
    return replace(
        clean,
        readable=99,
        used=90,
        relabelled=2,
        dropped=(("contradictory folders", 3),),
        problems=(FileProblem(reference(99), "empty", "the file is empty", used=False),),
        copies=(
            CopyGroup("image-1", (reference(1), reference(2)), (link,)),
            CopyGroup("image-3", (reference(3), reference(4)), (renditions,)),
        ),
        id_clashes=(IdClash(reference(6), reference(7), 31, 0.04),),
        contradictions=(contradiction(1, "nv", "bkl"), contradiction(5, "nv", "mel")),
        leaks=(leak(6),),
        label_problems=(
            LabelProblem("unknown diagnosis", "own.csv", 7, "wart", "own.csv, row 7: diagnosis 'wart'"),
        ),
        mapping=(MappingUse("HAM10000", "akiec", ("akiec", "scc"), 12),),
        classes=tuple(ClassCount(code, 20, 10, 7, 2, 1, 4, 3, 9) for code in CODES),
        class_problems=(ClassProblem("unsupported", "sk", "none of the 20 files can be trusted"),),
        shortcuts=(
            Shortcut("source", 0.5, 0.5, 0.5, 0.5, (("mel", 0.5), ("nv", 0.5)), 60),
            Shortcut("vignette", 0.81, 0.72, 0.88, 0.5, (("mel", 0.77), ("nv", 0.85)), 60),
        ),
    )


def page_of(report: AuditReport, tmp_path: Path) -> Page:
    path = tmp_path / "audit.html"
    write_html(report, path)
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_needs_nothing_but_itself(full: AuditReport, tmp_path: Path) -> None:
    page = page_of(full, tmp_path)
    assert page.open == []
    assert page.tags.count("img") > 0
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    for target in page.targets:
        assert target.startswith("data:image/jpeg;base64,") or target[1:] in page.anchors, target
    text = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|url\(|@import", text)


def test_every_section_shows_its_findings(full: AuditReport, tmp_path: Path) -> None:
    text = page_of(full, tmp_path).text
    assert summary_sentence(full) in text
    for word in (
        "image-5",
        "turned by 90 degrees: likeness 0.93, 4 of 64 hash bits differ",
        "lesion-6",
        "likeness 0.04, 31 of 64 hash bits differ",
        "the file is empty",
        "own.csv, row 7",
        "akiec",
        "None of the 20 files can be trusted",
        "81%",
        "72% to 88%",
        "the same in every file",
        "contradictory folders",
        "3 of 9",
    ):
        assert word in text, word


def test_a_clean_set_says_so(clean: AuditReport, tmp_path: Path) -> None:
    page = page_of(clean, tmp_path)
    assert page.open == []
    assert page.text.count("None was found.") == 3
    assert "All files are sound." in page.text
    assert "Too few images" in page.text


def test_what_could_not_be_compared_is_not_called_clean(clean: AuditReport, tmp_path: Path) -> None:
    page = page_of(replace(clean, label_files=(), declared=("test",)), tmp_path)
    assert page.text.count("None was found.") == 1  # copies are always looked for
    for words in (
        "Official labels were not checked: no label file was given. No image lies in two class folders.",
        "Leaks were not checked: no two folders are named after splits, such as Train and Test.",
        "Not checked: no label file was given. No image lies in two class folders.",
        "Not checked: no two folders are named after splits",
        "\N{EN DASH}contradicted images",
        "\N{EN DASH}leaking held-out files",
        "\N{EN DASH}strong shortcuts",
    ):
        assert words in page.text, words
    assert "Every row and every id fits." not in page.text


def test_malignant_diagnoses_are_painted_as_the_legend_says(full: AuditReport, tmp_path: Path) -> None:
    page_of(full, tmp_path)
    text = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert text.count('class="after malignant"') == sum(d.malignant for d in TAXONOMY)
    assert text.count('class="after benign"') == sum(not d.malignant for d in TAXONOMY)


def test_what_a_benign_folder_hides_comes_first(full: AuditReport, tmp_path: Path) -> None:
    text = page_of(full, tmp_path).text
    section = text[text.index("The folder says one thing") :]
    assert section.index("image-5") < section.index("image-1")


def test_pictures_are_bounded_and_everything_else_is_listed(clean: AuditReport, tmp_path: Path) -> None:
    found = tuple(contradiction(number, "nv", "mel") for number in range(100, 400))
    page = page_of(replace(clean, contradictions=found), tmp_path)
    assert page.tags.count("figure") <= SHOWN_WITH_PICTURES * MOST_PICTURES
    assert all(f"image-{number}" in page.text for number in range(100, 400))
    assert f"{300 - SHOWN_WITH_PICTURES} further images" in page.text


def test_a_photo_that_is_gone_leaves_a_field(full: AuditReport, tmp_path: Path) -> None:
    (tmp_path / reference(5).path).unlink()
    assert "cannot be shown" in page_of(full, tmp_path).text


def test_names_are_text_not_markup(full: AuditReport, tmp_path: Path) -> None:
    evil = replace(reference(1), path="set/<b>\"&'/1.png", image_id="<script>alert(1)</script>")
    item = replace(full.contradictions[0], files=(evil,), image_id=evil.image_id, why="<i>why</i>")
    page = page_of(replace(full, contradictions=(item,), folders=("<u>set</u>",)), tmp_path)
    assert not {"script", "u"} & set(page.tags)
    assert "<script>alert(1)</script>" in page.text
    assert "<i>why</i>" in page.text


def test_equal_reports_give_equal_bytes(full: AuditReport, tmp_path: Path) -> None:
    for write, name in ((write_html, "html"), (write_json, "json")):
        for copy in "ab":
            write(full, tmp_path / f"{copy}.{name}")
        assert (tmp_path / f"a.{name}").read_bytes() == (tmp_path / f"b.{name}").read_bytes()


def test_the_json_holds_every_finding(full: AuditReport, tmp_path: Path) -> None:
    write_json(full, tmp_path / "audit.json")
    read = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert (read["format"], read["format_version"], read["remaining"]) == ("naevia-audit", 1, 0)
    assert read["summary"] == summary_sentence(full)
    assert {name: read[name] for name in asdict(full)} == json.loads(json.dumps(asdict(full)))


def test_the_verdict_of_a_clean_set_is_short(clean: AuditReport) -> None:
    assert summary_sentence(clean) == (
        "100 image files in 1 folder hold 100 different images. No image is contradicted. "
        "The manifest uses 100 images."
    )


def test_the_verdict_names_what_matters(full: AuditReport) -> None:
    text = summary_sentence(full)
    assert "1 of them unreadable" in text
    assert "1 file shows another picture than the first file of the same id." in text
    assert "2 images are contradicted: 2 in a folder that an official label contradicts." in text
    assert "In 1 of these a folder calls benign what" in text
    assert (
        "1 held-out file leaks from another split: 1 as another photo of the same lesion or patient." in text
    )
    assert "No trustworthy image supports seborrheic keratosis." in text
    assert (
        "vignette alone predicts the diagnosis with a balanced accuracy of 81%, where guessing among 2 "
        "diagnoses gives 50.0%" in text
    )
    assert text.endswith("No contradiction and no leak is left in it.")


def test_what_remains_is_said_everywhere(full: AuditReport, tmp_path: Path) -> None:
    kept = replace(full, resolve="keep", contradictions=(contradiction(5, "nv", "mel", resolved=False),))
    assert summary_sentence(kept).endswith("1 contradiction or leak remains in it.")
    text = page_of(kept, tmp_path).text
    assert "1 contradiction or leak remains in the manifest. Do not train on it as it stands." in text
    assert "Remains: ISIC 2019" in text
