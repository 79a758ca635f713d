"""The project's programs, started as a person starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent


def run_program(program: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start one of the programs beside this Python; returns its exit code and what it printed."""
    return subprocess.run(
        [str(BIN / program), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env=os.environ | {"COLUMNS": "200"} | environment,
    )
