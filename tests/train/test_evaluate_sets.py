from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_folders import write

from naevia.errors import DataError, UsageError
from naevia.taxonomy import CODES, TAXONOMY
from naevia_train.labelling.diagnosis_set import NINE, find_set, shipped_sets

TWO = """
name = "two"
[[diagnosis]]
code = "M"
name = "melanoma or worse"
codes = ["mel"]
malignant = true
[[diagnosis]]
code = "N"
name = "mole"
codes = ["nv", "df"]
malignant = false
"""


def test_the_shipped_sets_agree_with_the_taxonomy() -> None:
    assert shipped_sets() == ("binary", "isic2017", "isic2018")
    malignant = {diagnosis.code: diagnosis.malignant for diagnosis in TAXONOMY}
    for name in shipped_sets():
        for entry in find_set(name).entries:
            assert {malignant[code] for code in entry.codes} == {entry.malignant}
    for name in ("binary", "isic2018"):
        assert sorted(code for entry in find_set(name).entries for code in entry.codes) == sorted(CODES)
    assert find_set("isic2018").codes == ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")


def test_probabilities_are_summed_and_what_is_left_is_shared_out(tmp_path: Path) -> None:
    known = find_set(str(write(tmp_path / "two.toml", TWO)))
    given = np.zeros((3, 9))
    given[0, [CODES.index("mel"), CODES.index("nv"), CODES.index("df")]] = 0.5, 0.3, 0.2
    given[1, [CODES.index("mel"), CODES.index("nv"), CODES.index("bcc")]] = 0.3, 0.1, 0.6
    given[2, CODES.index("bcc")] = 1.0
    assert known.sum_up(given) == pytest.approx(np.array([[0.5, 0.5], [0.75, 0.25], [0.5, 0.5]]))
    assert known.malignant_probability(known.sum_up(given)) == pytest.approx([0.5, 0.75, 0.5])
    assert NINE.sum_up(given) == pytest.approx(given)


@pytest.mark.parametrize(
    ("word", "position"),
    [
        ("M", 0),
        ("melanoma", 0),
        ("mel", 0),
        ("Mole", 1),
        ("dermatofibroma", 1),
        ("bcc", None),
        ("wart", None),
    ],
)
def test_a_label_may_be_the_sets_own_or_one_of_the_nine(
    word: str, position: int | None, tmp_path: Path
) -> None:
    assert find_set(str(write(tmp_path / "two.toml", TWO))).find(word) == position


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("name = ", "declares no set"),
        ('name = "x"', "declares no set"),
        (TWO.replace('"mel"', '"wart"'), "'wart' is none of"),
        (TWO.replace('"nv", "df"', '"nv", "mel"'), "in `codes`, 'mel' stands twice"),
        (TWO.replace('code = "N"', 'code = "M"'), "the code 'M' stands twice"),
        (TWO.replace("malignant = false", 'malignant = "false"'), "malignant of N is 'false'"),
        (TWO.replace("malignant = false", "malignant = 0"), "malignant of N is 0"),
        (TWO.replace('["mel"]', "[]"), "two diagnoses or more"),
    ],
)
def test_a_file_that_declares_no_set_is_refused(text: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=part.replace("(", r"\(")):
        find_set(str(write(tmp_path / "bad.toml", text)))


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="binary, isic2017, isic2018"):
        find_set("isic2020")
