from __future__ import annotations

from pathlib import Path

import pytest
from drawn_folders import write

from naevia.errors import DataError
from naevia.taxonomy import CODES
from naevia_train.labelling.label_files import read_label_files
from naevia_train.labelling.statements import resolve

HAM_AKIEC, HAM_BKL = ("akiec", "scc"), ("bkl", "sk")


@pytest.mark.parametrize(
    ("statements", "folders", "label"),
    [
        pytest.param({}, ["nv"], "nv", id="the folder counts where no authority knows the image"),
        pytest.param({"ISIC 2019": ("mel",)}, ["sk"], "mel", id="official beats folder"),
        pytest.param({"HAM10000": HAM_AKIEC, "ISIC 2019": ("scc",)}, [], "scc", id="Bowen's disease"),
        pytest.param(
            {"HAM10000": HAM_AKIEC, "ISIC 2019": ("akiec",)}, ["scc"], "akiec", id="2019 decides AK"
        ),
        pytest.param({"HAM10000": HAM_AKIEC}, ["scc"], "scc", id="a finer folder refines akiec"),
        pytest.param({"HAM10000": HAM_AKIEC}, ["nv"], "akiec", id="a folder outside a label refines nothing"),
        pytest.param({"HAM10000": HAM_AKIEC}, ["scc", "akiec"], "akiec", id="two folders refine nothing"),
        pytest.param({"HAM10000": HAM_BKL, "ISIC 2019": HAM_BKL}, ["bkl"], "bkl", id="bkl stays bkl"),
        pytest.param({"ISIC 2019": HAM_BKL, "ISIC 2017": ("sk",)}, [], "sk", id="2017 refines BKL to SK"),
        pytest.param(
            {"ISIC 2017": ("nv",), "ISIC 2019": ("mel",)}, [], "mel", id="the later authority holds"
        ),
        pytest.param(
            {"own table": ("bcc",), "ISIC 2019": ("mel",)}, [], "bcc", id="a person's table beats all"
        ),
        pytest.param({}, ["mel", "sk"], None, id="contradictory folders"),
        pytest.param({}, [], None, id="no label"),
    ],
)
def test_authority_decides(
    statements: dict[str, tuple[str, ...]], folders: list[str], label: str | None
) -> None:
    assert resolve(statements, folders).label == label


def test_the_reason_names_who_was_overruled() -> None:
    said = resolve({"ISIC 2017": ("nv",), "ISIC 2019": ("mel",)}, ["mel"])
    assert said.why == "ISIC 2019, against ISIC 2017"


def test_every_known_kind_is_recognised_by_its_header(tmp_path: Path) -> None:
    book = read_label_files(
        [
            write(
                tmp_path / "h.csv", "lesion_id,image_id,dx,dx_type,age\nHAM_1,ISIC_0000001,akiec,histo,50\n"
            ),
            write(
                tmp_path / "g.csv",
                "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
                "ISIC_0000001,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.0\n"
                "ISIC_0000002,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0\n",
            ),
            write(
                tmp_path / "m.csv",
                "image,age_approx,anatom_site_general,lesion_id,sex\nISIC_0000003,,,L9,male\n",
            ),
            write(tmp_path / "p.csv", "image_id,melanoma,seborrheic_keratosis\nISIC_0000004,0.0,1.0\n"),
            write(tmp_path / "own.csv", "image_id,diagnosis\nclinic/a1.jpg,Basal Cell Carcinoma\n"),
        ]
    )
    assert book.statements["ISIC_0000001"] == {"HAM10000": ("akiec", "scc"), "ISIC 2019": ("scc",)}
    assert "ISIC_0000002" not in book.statements  # marked unknown
    assert book.lesions == {"ISIC_0000001": ("HAM_1",), "ISIC_0000003": ("L9",)}
    assert book.statements["ISIC_0000004"] == {"ISIC 2017": ("sk",)}
    assert book.statements["a1"] == {"own table": ("bcc",)}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("name,age\nx,4\n", "no known label file"),
        ("", "no known label file"),
        ("image_id,diagnosis\na,mumps\n", "row 2: diagnosis 'mumps'"),
        ("lesion_id,image_id,dx\nL1,a,nv\nL2,b,wart\n", "row 3: dx 'wart'"),
        ("image_id,melanoma,seborrheic_keratosis\na,1.0,1.0\n", "row 2"),
        ("image_id,melanoma,seborrheic_keratosis\na,,0.0\n", "row 2: expected a mark of 1 or 0, found ''"),
        ("image_id,melanoma,seborrheic_keratosis\na,0.0,0.4\n", "expected a mark of 1 or 0, found '0.4'"),
        ("image_id,mel,nv\na,0.7,0.3\n", "expected a mark of 1 or 0, found '0.7'"),
        ("image_id,diagnosis\na\n", "row 2: expected 2 columns"),
        ("image_id,diagnosis\na,nv,more\n", "row 2: expected 2 columns"),
        ("image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\na,0,0,0,0,0,0,0,0,0\n", "row 2: expected exactly one"),
        ("image_id,diagnosis\na,mel\na,nv\n", "row 3: a was mel before, here nv"),
        ("image_id,diagnosis\n,nv\n", "row 2: the column image_id is empty"),
    ],
)
def test_a_bad_label_file_is_named_in_one_line(tmp_path: Path, text: str, part: str) -> None:
    path = write(tmp_path / "bad.csv", text)
    with pytest.raises(DataError) as caught:
        read_label_files([path])
    assert str(path) in str(caught.value)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mark_may_be_a_number_or_a_word(tmp_path: Path) -> None:
    rows = "image;MEL;NV\na;1;0\nb;0.0;1.0\nc;True;False\nd;no; YES\ne;1,00;0,0\nf;;1\n"
    book = read_label_files([write(tmp_path / "marks.csv", rows)])
    said = {image_id: of["own table"][0] for image_id, of in book.statements.items()}
    assert said == {"a": "mel", "b": "nv", "c": "mel", "d": "nv", "e": "mel", "f": "nv"}


@pytest.mark.parametrize("mark", ["1", "1.0", "1,0", "1.00", "true", "Yes"])
def test_a_melanoma_of_isic_2017_is_one_however_its_mark_is_written(tmp_path: Path, mark: str) -> None:
    rows = f"image_id;melanoma;seborrheic_keratosis\na;{mark};0\n"
    book = read_label_files([write(tmp_path / "2017.csv", rows)])
    assert book.statements == {"a": {"ISIC 2017": ("mel",)}}


@pytest.mark.parametrize("unknown", ["", "NA", "nan", "unknown", "N/A"])
def test_a_lesion_that_is_not_known_is_none(tmp_path: Path, unknown: str) -> None:
    """Or all of them would be one."""
    rows = f"image_id,diagnosis,lesion_id\na,mel,{unknown}\nb,nv,{unknown}\nc,nv,l1\n"
    assert read_label_files([write(tmp_path / "own.csv", rows)]).lesions == {"c": ("l1",)}


def test_every_table_may_say_which_lesion_an_image_shows(tmp_path: Path) -> None:
    first = write(tmp_path / "first.csv", "image_id,diagnosis,lesion_id\na,mel,l1\n")
    second = write(tmp_path / "second.csv", "image_id,diagnosis,lesion_id\na,mel,L-7\nb,mel,L-7\n")
    assert read_label_files([first, second, first]).lesions == {"a": ("l1", "L-7"), "b": ("L-7",)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("rows", "who"),
    [
        ("Image,Diagnosis\na.jpg,Melanoma\nb.jpg,nv\n", "own table"),
        ("IMAGE_ID,mel,Nv\na,1,0\nb,0,1\n", "own table"),
        (
            "\ufeffImage,mel,nv,bcc,ak,bkl,df,vasc,scc,unk\na,1,0,0,0,0,0,0,0,0\nb,0,1,0,0,0,0,0,0,0\n",
            "ISIC 2019",
        ),
        ("Lesion_ID,Image_ID,DX,DX_Type\nl1,a,mel,histo\nl2,b,nv,histo\n", "HAM10000"),
    ],
)
def test_any_usual_separator_and_any_case_of_column_names_will_do(
    tmp_path: Path, rows: str, who: str, separator: str
) -> None:
    book = read_label_files([write(tmp_path / "own.csv", rows.replace(",", separator))])
    assert book.statements == {"a": {who: ("mel",)}, "b": {who: ("nv",)}}


def test_marks_of_fewer_diagnoses_than_isic_2019_are_all_read(tmp_path: Path) -> None:
    rows = "image,MEL,NV,AKIEC,SCC\na,0,0,1,0\n"
    book = read_label_files([write(tmp_path / "own.csv", rows)])
    assert book.statements == {"a": {"own table": ("akiec",)}}


@pytest.mark.parametrize("code", CODES)
def test_a_table_of_ones_own_means_the_diagnosis_it_names(tmp_path: Path, code: str) -> None:
    """In a column of diagnoses, in a column of its own, and beside a lesion id under HAM10000's `dx`."""
    marks = ",".join(str(int(code == other)) for other in CODES)
    for text in (
        f"image_id,diagnosis\na,{code}\n",
        f"image,{','.join(CODES)}\na,{marks}\n",
        f"image_id,lesion_id,dx\na,l1,{code}\n",
    ):
        book = read_label_files([write(tmp_path / "own.csv", text)])
        assert book.statements == {"a": {"own table": (code,)}}


def test_the_diagnoses_of_ham10000_are_wider_by_code_by_name_and_in_the_challenge_of_2018(
    tmp_path: Path,
) -> None:
    for text in (
        "image_id,dx,dx_type\na,akiec,histo\nb,bkl,histo\n",
        "lesion_id,image_id,dx,dx_type\nl,a,actinic keratosis,histo\nl,b,BKL,histo\n",
        "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\na,0,0,0,1,0,0,0\nb,0,0,0,0,1,0,0\n",
    ):
        book = read_label_files([write(tmp_path / "official.csv", text)])
        assert book.statements == {"a": {"HAM10000": HAM_AKIEC}, "b": {"HAM10000": HAM_BKL}}


@pytest.mark.parametrize("first", [0, 1])
def test_rows_of_one_table_that_differ_are_refused_in_either_order(tmp_path: Path, first: int) -> None:
    rows = ["a,1,0\n", "a,0,1\n"]
    text = "image,SCC,AKIEC\n" + rows[first] + rows[1 - first]
    with pytest.raises(DataError, match=r"row 3: a was (scc|akiec) before, here (scc|akiec)"):
        read_label_files([write(tmp_path / "own.csv", text)])
    official = "image_id,dx,dx_type\na,akiec,histo\na,scc,histo\n"
    with pytest.raises(DataError, match="row 3: a was akiec before, here scc"):
        read_label_files([write(tmp_path / "ham.csv", official)])


@pytest.mark.parametrize("rows", ["a,0,0,1\na,1,0,0\n", "a,1,0,0\na,0,0,1\n"])
def test_a_row_marked_unknown_says_nothing_before_or_after_another(tmp_path: Path, rows: str) -> None:
    book = read_label_files([write(tmp_path / "own.csv", f"image,MEL,NV,UNK\n{rows}")])
    assert book.statements == {"a": {"own table": ("mel",)}}


@pytest.mark.parametrize("suffix", ["_id", ""])
def test_lesions_and_patients_are_read_by_either_name_and_other_columns_are_named(
    tmp_path: Path, suffix: str
) -> None:
    text = f"filename,class,lesion{suffix},patient{suffix},sex,camera\na.jpg,mel,l1,p1,male,A\n"
    book = read_label_files([write(tmp_path / "own.csv", text)])
    assert (book.lesions, book.patients) == ({"a": ("l1",)}, {"a": ("p1",)})
    assert book.unread == {"own.csv": ("camera",)}


def test_a_missing_or_binary_label_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv cannot be read"):
        read_label_files([tmp_path / "gone.csv"])
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x9c" * 50)
    with pytest.raises(DataError, match=r"binary\.csv"):
        read_label_files([binary])
