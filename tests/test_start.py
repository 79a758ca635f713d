"""`start.py`, which sets the project up and runs its checks."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("codes", "expected"), [((0, 0, 0, 0), 0), ((0, 1, 0, 0), 1), ((0, -signal.SIGSEGV, 0, 0), 1)]
)
def test_lint_fails_where_one_check_fails_or_crashes(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...], expected: int
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    import start

    ended: Iterator[int] = iter(codes)
    monkeypatch.setattr(start, "set_up", lambda extra: None)
    monkeypatch.setattr(start, "run", lambda *command: next(ended))
    assert start.main(["lint"]) == expected
    assert not list(ended)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("-m", "pytest", "-n", "2", "--dist", "loadfile")),
        (["-m", "slow"], ("-m", "pytest", "-m", "slow")),
        (["tests/core/test_png.py", "-x"], ("-m", "pytest", "tests/core/test_png.py", "-x")),
    ],
)
def test_the_whole_suite_runs_in_two_processes_and_arguments_go_to_pytest_as_they_are(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: tuple[str, ...]
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    import start

    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(start, "set_up", lambda extra: None)
    monkeypatch.setattr(start, "run", lambda *command: ran.append(command) or 0)
    assert start.main(["test", *arguments]) == 0
    assert ran == [(start.PYTHON, *expected)]
