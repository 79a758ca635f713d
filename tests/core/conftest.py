"""What the tests of core share: an open model, drawn photos, and a computer without models of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from drawn_photos import Done, write_photo

from naevia.cli import run
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES


@pytest.fixture(scope="session")
def session(tiny_model: Path) -> Session:
    """The tiny model, open on the CPU."""
    return Session.open(tiny_model, provider="cpu", threads=1)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with subfolders: nine good photos, one that is too dark, and files that are no photos."""
    root = tmp_path_factory.mktemp("photos")
    for number, code in enumerate(CODES):
        folder = root / ("a", "b", "b/deep")[number % 3]
        folder.mkdir(exist_ok=True, parents=True)
        write_photo(folder / f"{code}.png", code)
    cv2.imwrite(str(root / "dark.png"), draw_lesion("mel", seed=2) // 8)
    (root / "notes.txt").write_text("not an image", encoding="utf-8")
    (root / ".hidden").write_bytes(b"")
    (root / "a" / "cut.png").write_bytes((root / "a" / "akiec.png").read_bytes()[:5000])
    return root


@pytest.fixture
def naevia(
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Done]:
    """The program, on a computer whose only model is the tiny one; call it with its arguments."""
    monkeypatch.setenv("NAEVIA_MODELS", str(tiny_model.parent))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("NAEVIA_DEBUG", raising=False)

    def call(*arguments: object) -> Done:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Done(code, captured.out, captured.err)

    return call
