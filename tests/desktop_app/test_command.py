"""`naevia-desktop` where there is no Qt, no screen, or no model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from programs import run_program

import naevia_app

_START = "import sys; from naevia_app.command import main; sys.exit(main([]))"


def start(code: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run Python with some variables set, or unset where they are None."""
    merged = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={name: value for name, value in merged.items() if value is not None},
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("naevia-desktop: ")
    return lines[0]


def test_without_pyside_one_line_names_the_install_command() -> None:
    hide = (
        "import importlib.util as util; real = util.find_spec; "
        "util.find_spec = lambda name, *rest: None if name == 'PySide6' else real(name, *rest); "
    )
    done = start(hide + _START)
    assert done.returncode == 2
    assert "pip install -e '.[app]'" in one_line(done)


def test_without_system_libraries_one_line_names_the_install_command(tmp_path: Path) -> None:
    broken = tmp_path / "PySide6"
    broken.mkdir()
    (broken / "__init__.py").write_text("")
    (broken / "QtWidgets.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')"
    )
    rooms = Path(naevia_app.__file__).parent.parent
    path = os.pathsep.join(map(str, (tmp_path, rooms, rooms.parent / "core")))
    done = start(_START, PYTHONPATH=path)
    assert done.returncode == 2
    line = one_line(done)
    assert "libEGL.so.1" in line
    assert "install" in line


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is Linux's")
@pytest.mark.parametrize(("display", "words"), [(None, "there is no screen"), (":4095", "does not answer")])
def test_without_a_screen_one_line_says_so(display: str | None, words: str) -> None:
    pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
    done = start(_START, DISPLAY=display, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert done.returncode == 2
    line = one_line(done)
    if "shared object file" in line and os.environ.get("NAEVIA_REQUIRE_QT") != "1":
        pytest.skip(f"Qt's system libraries are missing: {line}")
    assert words in line


def _hear_requests() -> None:
    """A program that was started in the background, as a build server may do, ignores some of them."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_request_to_end_closes_the_window_in_order(tiny_model: Path, tmp_path: Path, name: str) -> None:
    """While a scan runs: there is nobody to ask."""
    pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)
    for number in range(500):
        (tmp_path / f"{number}.jpg").write_text("no photo")
    code = (
        "import sys\nimport naevia_app\nfrom naevia_app.command import main\n"
        "import naevia_app.main_window as window\n"
        f"window.ask_for_table = lambda parent, folder: folder / 'x.csv'\n"
        "import naevia_app.scans.scan_page as page\n"
        "add = page.ScanPage._add\n"
        "page.ScanPage._add = lambda *given: (add(*given), print('ready', flush=True))\n"
        f"sys.exit(main([{str(tmp_path)!r}, '--model', {str(tiny_model)!r}, '--provider', 'cpu']))"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=_hear_requests,
    ) as program:
        try:
            assert program.stdout.readline() == "ready\n"
            program.send_signal(getattr(signal, name))
            _, said = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 130, said
    assert "Traceback" not in said
    assert "QThread" not in said
    assert list(tmp_path.glob("x.csv*"))  # the rows, or the table where the last one was there


def test_wrong_use_ends_with_2() -> None:
    done = run_program("naevia-desktop", "--provider", "abacus")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_version_and_help_need_no_qt() -> None:
    code = (
        "import sys\nfrom naevia_app.command import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
        "sys.exit('PySide6' in sys.modules)"
    )
    done = start(code)
    assert done.returncode == 0
    assert done.stdout.startswith("naevia ")
