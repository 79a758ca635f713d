"""What a library says while it is loaded."""

from __future__ import annotations

import os

import pytest

from naevia._quiet import quiet_tensorflow

CHATTER = b"cuda_dnn.cc: unable to register\n"


@pytest.fixture(autouse=True)
def _level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.delenv("NAEVIA_DEBUG", raising=False)


def test_a_start_is_quiet_and_what_comes_after_it_is_heard(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_tensorflow():
        os.write(2, CHATTER)
    os.write(2, b"later")
    assert capfd.readouterr().err == "later"


def test_a_start_that_fails_shows_what_was_said(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError), quiet_tensorflow():
        os.write(2, CHATTER)
        raise ImportError("broken")
    assert capfd.readouterr().err == CHATTER.decode()


def test_who_looks_for_a_fault_sees_everything(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAEVIA_DEBUG", "1")
    with quiet_tensorflow():
        os.write(2, CHATTER)
        assert capfd.readouterr().err == CHATTER.decode()
