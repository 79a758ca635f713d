"""A photo dragged with a real pointer from another window to Naevia's, on a virtual screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from window_helpers import expected, write_photo

HERE = Path(__file__).parent
SOURCE_PLACE = (1230, 300)

missing = [program for program in ("Xvfb", "xdotool") if shutil.which(program) is None]
pytestmark = [
    pytest.mark.skipif(bool(missing), reason=f"a real drop needs {' and '.join(missing)}"),
    pytest.mark.timeout(120),
]


@pytest.fixture
def screen() -> Iterator[str]:
    """A virtual screen of its own; gives its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture
def start(screen: str) -> Iterator[object]:
    """Starts a script on the screen and waits until it says that it is ready."""
    running: list[subprocess.Popen[str]] = []

    def begin(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
        environment = os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
        environment.pop("WAYLAND_DISPLAY", None)
        program = subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        running.append(program)
        assert program.stdout.readline() == "ready\n"
        return program

    yield begin
    for program in running:
        program.kill()
        program.wait(timeout=20)
        program.stdout.close()


def drag(screen: str, start: tuple[int, int], end: tuple[int, int], *, key: str | None) -> None:
    """Press, move in small steps as a hand does, and let go, with a key held down or none."""

    def pointer(*command: object) -> None:
        subprocess.run(["xdotool", *map(str, command)], check=True, env=os.environ | {"DISPLAY": screen})
        time.sleep(0.05)

    pointer("mousemove", *start)
    if key:
        pointer("keydown", key)
    pointer("mousedown", 1)
    for step in range(1, 13):
        place = (round(a + (b - a) * step / 12) for a, b in zip(start, end, strict=True))
        pointer("mousemove", *place)
    time.sleep(0.5)
    pointer("mousemove", end[0] + 3, end[1] + 3)
    time.sleep(0.5)
    pointer("mouseup", 1)
    if key:
        pointer("keyup", key)


@pytest.mark.parametrize("key", [None, "shift"])
def test_a_real_drop_is_answered_as_the_session_answers_and_never_moves_the_original(
    screen: str, start: object, tiny_model: Path, tmp_path: Path, key: str | None
) -> None:
    photo = write_photo(tmp_path / "real mole, ä.jpg", code="mel", seed=5)
    picture = tmp_path / "window.png"
    window = start("drop_target.py", tiny_model, picture)
    source = start("drag_source.py", *SOURCE_PLACE, photo)
    time.sleep(0.5)
    for _ in range(
        3
    ):  # a window that has no processor for half a second misses a hand that lets go meanwhile
        drag(screen, (SOURCE_PLACE[0] + 60, SOURCE_PLACE[1] + 50), (500, 450), key=key)
        done = source.stdout.readline()
        if done != "IgnoreAction\n":
            break
    assert done == "CopyAction\n"
    answer = json.loads(window.stdout.readline())
    assert answer == expected(tiny_model, photo).to_dict()
    assert window.wait(timeout=30) == 0
    assert picture.stat().st_size > 10_000
