"""The wheel, built and installed alone in an empty environment, answers without any optional part."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import cv2
import pytest

from naevia.synthetic import draw_lesion

ROOT = Path(__file__).resolve().parents[2]


def python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_alone_predicts(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    environment = tmp_path / "env"
    venv.create(environment, with_pip=True)
    subprocess.run([python(environment), "-m", "pip", "install", "--quiet", wheel], check=True)
    photo = tmp_path / "lesion.png"
    cv2.imwrite(str(photo), draw_lesion("nv", seed=1)[..., ::-1])

    naevia = python(environment).parent / "naevia"
    predicted = subprocess.run(
        [naevia, "predict", photo, "--json"], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    (answer,) = json.loads(predicted.stdout)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    listed = subprocess.run(
        [python(environment), "-m", "pip", "list", "--format", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert not names & {"tensorflow", "keras", "torch", "pyside6", "pyside6-essentials", "tf2onnx", "onnx"}

    for program, arguments, extra in (
        ("naevia", ["train", ".", "--output", "run"], "train"),
        ("export-onnx", ["run", "--output", "model"], "train"),
        ("naevia-desktop", [], "app"),
    ):
        refused = subprocess.run(
            [naevia.with_name(program), *arguments], check=False, capture_output=True, text=True, cwd=tmp_path
        )
        assert refused.returncode == 2
        assert f"'.[{extra}]'" in refused.stderr
        assert "Traceback" not in refused.stderr and len(refused.stderr.strip().splitlines()) == 1
