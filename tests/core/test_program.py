"""The program as a whole: what it loads, how it ends, what other parts add to it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, version
from pathlib import Path

import onnxruntime as ort
import pytest
from drawn_photos import Done, write_photo
from programs import BIN, run_program

import naevia.cli
import naevia.cli._plugins
from naevia import _providers

Naevia = Callable[..., Done]
HEAVY = ("tensorflow", "keras", "PySide6", "torch", "onnx", "tf2onnx", "sklearn", "pandas", "matplotlib")


def loaded_after(code: str, *arguments: object) -> set[str]:
    """Top-level modules in a fresh Python after some code."""
    program = f"import json, sys\nsys.argv = ['naevia', *sys.argv[1:]]\n{code}\n"
    program += "print(chr(10) + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


RUN = "from naevia.cli import run\nassert run(sys.argv[1:]) == 0"


def test_importing_naevia_loads_next_to_nothing() -> None:
    assert not loaded_after("import naevia") & {*HEAVY, "cv2", "onnxruntime", "numpy", "pydantic", "typer"}


def test_help_loads_no_heavy_library() -> None:
    assert not loaded_after(RUN, "--help") & {*HEAVY, "cv2", "onnxruntime"}


def test_predict_and_scan_load_none_of_the_outer_rooms_libraries(tiny_model: Path, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "photo.png")
    loaded = loaded_after(RUN, "predict", photo, "--model", tiny_model)
    assert "onnxruntime" in loaded
    assert not loaded & {*HEAVY}
    scanned = loaded_after(RUN, "scan", tmp_path, "-o", tmp_path / "x.csv", "--model", tiny_model)
    assert not scanned & {*HEAVY}


def test_help_names_the_commands(naevia: Naevia) -> None:
    done = naevia("--help")
    assert done.code == 0
    for command in ("predict", "scan", "models", "doctor", "train", "export-onnx"):
        assert command in done.out
    assert naevia("models", "--help").code == 0


@pytest.mark.parametrize("command", [["scan"], ["audit"], ["models", "list"], []])
def test_help_breaks_no_line_early_and_gives_switches_no_type(command: list[str]) -> None:
    out = run_program("naevia", *command, "--help", COLUMNS="100").stdout
    assert "Show this message and exit." in out and "<bool>" not in out
    lines = [line.strip() for line in out.splitlines() if not line.startswith(("╭", "│", "╰"))]
    for line, below in itertools.pairwise(lines):
        if line and below:
            assert len(f"{line} {below.split()[0]}") > 98, line


def test_the_version(naevia: Naevia) -> None:
    done = naevia("--version")
    assert (done.code, done.out) == (0, f"naevia {version('naevia')}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict"],
        ["scan"],
        ["nonsense"],
        ["predict", "x", "--nonsense"],
        ["scan", ".", "-o", "x", "--workers", "0"],
        ["scan", "", "-o", "x.csv"],
        ["predict", ""],
        ["predict", "x", "--heatmap", "a" * 300 + ".png"],
    ],
)
def test_wrong_use_exits_with_2(naevia: Naevia, arguments: list[str]) -> None:
    assert naevia(*arguments).code == 2


def test_cuda_where_there_is_none_is_wrong_use(naevia: Naevia, photos: Path) -> None:
    from naevia._providers import why_no_cuda

    if not why_no_cuda():
        pytest.skip("CUDA may work here")
    done = naevia("predict", photos / "dark.png", "--provider", "cuda")
    assert done.code == 2
    assert "--provider cpu" in done.err


def test_a_cuda_that_fails_without_a_word_leaves_the_cpu(
    naevia: Naevia, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ort.InferenceSession

    def fail_on_cuda(model: bytes, options: object, providers: list[object]) -> object:
        if len(providers) > 1:
            raise RuntimeError
        return real(model, options, providers=providers)

    monkeypatch.setattr(_providers, "why_no_cuda", lambda: "")
    monkeypatch.setattr(ort, "InferenceSession", fail_on_cuda)
    done = naevia("predict", photos / "dark.png", "--json")
    assert done.code == 0
    (answer,) = json.loads(done.out)
    assert answer["provider_reason"] == "CUDA is not used: CUDA failed to start: RuntimeError"


@pytest.mark.skipif(sys.platform != "linux", reason="looks where ONNX Runtime keeps its notes on Linux")
@pytest.mark.parametrize(
    "command",
    [
        "from naevia import Session, find_model; Session.open(find_model()).contract",
        "import naevia_export.verify, onnxruntime as ort; ort.SessionOptions()",
        "import naevia_app, onnxruntime as ort; ort.SessionOptions()",
    ],
)
def test_onnx_runtime_keeps_no_device_id_and_so_reports_nothing(
    tiny_model: Path, tmp_path: Path, command: str
) -> None:
    # Nothing else of the environment: ONNX Runtime is quiet under test runners, too.
    kept = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ
    }
    home = {"HOME": str(tmp_path), "NAEVIA_MODELS": str(tiny_model.parent)}
    done = subprocess.run(
        [sys.executable, "-c", command], env=kept | home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name.lower()] == []


def test_the_program_starts_as_a_module(tiny_model: Path, photos: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "naevia", "predict", photos / "dark.png", "--model", tiny_model],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_leaves_early_is_no_accident(tiny_model: Path, photos: Path) -> None:
    program = f"'{sys.executable}' -m naevia predict '{photos}'/*/*.png --model '{tiny_model}'"
    command = f"({program}; echo $? >&2) | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == "4\n"


def broken_command() -> None:
    raise ZeroDivisionError("first line\nsecond line")


def interrupted_command() -> None:
    raise KeyboardInterrupt


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=naevia.cli._plugins.GROUP)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        entry("broken", f"{__name__}:broken_command"),
        entry("interrupted", f"{__name__}:interrupted_command"),
        entry("missing", "naevia_no_such_package:command"),
    ]
    monkeypatch.setattr(naevia.cli._plugins, "entry_points", lambda group: found)


def test_an_unexpected_failure_is_one_line_that_says_how_to_learn_more(plugins: None, naevia: Naevia) -> None:
    done = naevia("broken")
    assert done.code == 4
    assert done.err == (
        "naevia: unexpected ZeroDivisionError: first line; run again with NAEVIA_DEBUG=1 for the details\n"
    )


@pytest.mark.parametrize("library", ["cv2", "numpy", "pydantic", "rich", "typer"])
def test_a_library_that_cannot_be_loaded_is_one_line(tmp_path: Path, library: str) -> None:
    (tmp_path / f"{library}.py").write_text("raise ImportError('DLL load failed')", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run_program("naevia", "doctor", PYTHONPATH=paths)
    assert done.returncode == 4
    assert done.stderr.startswith("naevia: unexpected ImportError: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_full_is_one_line(
    photos: Path, tiny_model: Path, options: list[str], unbuffered: str
) -> None:
    command = [BIN / "naevia", "predict", photos / "dark.png", "--model", tiny_model, *options]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )
    assert done.returncode == 4
    assert done.stderr == (
        "naevia: the output cannot be written: No space left on device; make room and give the same command "
        "again\n"
    )


def test_debugging_shows_the_traceback(
    plugins: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NAEVIA_DEBUG", "1")
    assert naevia.cli.run(["broken"]) == 4
    assert "Traceback" in capfd.readouterr().err


def test_an_interruption_exits_with_130(plugins: None, naevia: Naevia) -> None:
    assert naevia("interrupted").code == 130


def test_a_part_that_cannot_be_loaded_spares_the_others(plugins: None, naevia: Naevia, photos: Path) -> None:
    done = naevia("--help")
    assert done.code == 0
    assert "missing" in done.out
    assert naevia("predict", photos / "dark.png").code == 0
    done = naevia("missing", "--any", "thing")
    assert done.code == 2
    assert "naevia_no_such_package" in done.err
    assert len(done.err.splitlines()) == 1


def test_the_console_script_is_the_same_program() -> None:
    assert run_program("naevia", "--version").stdout == f"naevia {version('naevia')}\n"
