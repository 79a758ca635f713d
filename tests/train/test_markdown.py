from __future__ import annotations

from naevia_train.markdown import table


def test_a_bar_in_a_name_does_not_end_its_cell() -> None:
    assert table(("folder", "images"), [("a|b", 6)]) == "| folder | images |\n|---|---|\n| a\\|b | 6 |"


def test_numbers_are_set_to_the_right_where_that_is_asked_for() -> None:
    assert table(("folder", "images"), [], numbers_from=1).splitlines()[1] == "|---|--:|"
