"""`naevia export-onnx` and `export-onnx` as a person types them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from programs import run_program

from naevia.cli import run
from naevia.contract import read_contract


def test_a_run_is_exported_and_explained(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    output = tmp_path / "model"
    assert run(["export-onnx", str(run_folder), "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    for words in ("tiny-run 1.0", "opset 17", "reproduced Keras on 18 photos", "ood_score", "sensitivity-95"):
        assert words in printed
    assert f"naevia predict PHOTO --model {output}" in printed
    assert run(["models", "verify", str(output)]) == 0


def test_the_cautions_of_a_run_are_told(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    run_copy = Path(shutil.copytree(run_folder, tmp_path / "run"))
    draft = read_contract(run_copy).model_copy(update={"cautions": ("Few lesions.", "No scc.")})
    (run_copy / "model.json").write_text(draft.to_json(), encoding="utf-8")
    assert run(["export-onnx", str(run_copy), "--output", str(tmp_path / "model")]) == 0
    told = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("caution")]
    assert told == ["caution: Few lesions.", "caution: No scc."]
    assert run(["models", "show", str(tmp_path / "model")]) == 0
    told = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("caution")]
    assert told == [["caution", "Few", "lesions."], ["caution", "No", "scc."]]


@pytest.mark.parametrize(
    ("options", "exit_code", "words"),
    [
        ([], 2, "--images FOLDER"),
        (["--images", "PHOTOS", "--tolerance", "1e-12"], 3, "does not reproduce Keras"),
        (["--images", "PHOTOS", "--opset", "9"], 2, "opset 9"),
    ],
)
def test_a_failure_is_one_line_and_leaves_nothing(
    options: list[str],
    exit_code: int,
    words: str,
    keras_file: Path,
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [str(photos) if option == "PHOTOS" else option for option in options]
    code = run(["export-onnx", str(keras_file), "--output", str(tmp_path / "model"), *arguments])
    printed = capsys.readouterr()
    assert code == exit_code
    (line,) = printed.err.splitlines()
    assert line.startswith("naevia: ") and words in line
    assert list(tmp_path.iterdir()) == []


def test_the_program_exports_whatever_backend_keras_is_set_to(run_folder: Path, tmp_path: Path) -> None:
    done = run_program("export-onnx", run_folder, "--output", tmp_path / "model", KERAS_BACKEND="jax")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "model" / "model.onnx").is_file()


def test_the_program_of_its_own(tmp_path: Path) -> None:
    done = run_program("export-onnx", tmp_path / "absent", "--output", tmp_path / "model")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "does not exist" in done.stderr


def test_a_missing_extra_names_the_command_that_installs_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"  # Python's own way to say that it is not there
        "from naevia.cli import run\n"
        f"sys.exit(run(['export-onnx', 'run', '--output', {str(tmp_path / 'model')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "pip install -e '.[train]'" in done.stderr


def test_importing_the_command_loads_nothing_heavy() -> None:
    heavy = {"tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy", "cv2", "PySide6"}
    code = f"import sys, naevia_export.command; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_help_says_when_photos_are_required(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert run(["export-onnx", "--help"]) == 0
    assert "required for a Keras file" in capsys.readouterr().out
