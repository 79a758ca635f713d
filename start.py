#!/usr/bin/env python3
"""Set Naevia up in `.venv` beside this file, and run it. Needs Python 3.11 to 3.13 and nothing else.

python3 start.py demo            set up, draw example lesions, show a diagnosis
python3 start.py test [ARG...]   set up, run the tests in two processes; with arguments, `pytest ARG...`
python3 start.py lint            set up, run the formatter's check, linter, type checker, import rules
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
EXTRAS = {"demo": "app", "test": "dev", "lint": "dev"}
WHOLE_SUITE = ("-n", "2", "--dist", "loadfile")  # two processes; a file's tests share what they made
CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code."""
    command, rest = (arguments[0] if arguments else ""), arguments[1:]
    if command not in EXTRAS or (rest and command != "test"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        print(f"Naevia needs Python 3.11 to 3.13, this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    try:
        set_up(EXTRAS[command])
    except subprocess.CalledProcessError as error:
        print(f"Setting up failed at: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    if command == "demo":
        return demo()
    if command == "test":
        return run(PYTHON, "-m", "pytest", *(rest or WHOLE_SUITE))
    codes = [run(BIN / check[0], *check[1:]) for check in CHECKS]
    return int(any(codes))  # one that crashed has a code below 0


def set_up(extra: str) -> None:
    """Make the environment, and install the project with one extra unless that was done before."""
    if not PYTHON.exists():
        print("Making an environment in .venv ...", file=sys.stderr)
        made = subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
        if made.returncode or not PYTHON.exists():
            print("On Debian and Ubuntu this needs: apt install python3-venv", file=sys.stderr)
            raise subprocess.CalledProcessError(made.returncode or 1, ["python", "-m", "venv", str(VENV)])
    stamp = VENV / f"installed-{extra}"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    size = {"app": "about 0.9 GB", "dev": "about 3.8 GB, TensorFlow included"}[extra]
    print(
        f"Installing Naevia and what it needs ({size}); done once, in minutes ...",
        file=sys.stderr,
    )
    started = time.monotonic()
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", f"{ROOT}[{extra}]"], check=True)
    stamp.write_text(wanted)
    print(f"Installed in {time.monotonic() - started:.0f} s.", file=sys.stderr)


def demo() -> int:
    """Draw the example lesions, predict one, and say what to do next."""
    if code := run(PYTHON, ROOT / "examples" / "draw_examples.py"):
        return code
    code = run(BIN / "naevia", "predict", ROOT / "examples" / "drawn" / "melanoma.png")
    window = (BIN / "naevia-desktop").relative_to(ROOT)
    print(f"\nOpen the window with:  {window} examples/drawn/melanoma.png", file=sys.stderr)
    print(
        f"Ask about your own photo with:  {(BIN / 'naevia').relative_to(ROOT)} predict PHOTO", file=sys.stderr
    )
    return code


def run(program: Path, *arguments: str | Path) -> int:
    """Run a program from the project's root; returns its exit code."""
    return subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
