"""Every command that a document shows exists and knows the options it is shown with."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from naevia.cli._program import build_alone, build_app
from naevia_export.command import export_onnx

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"^```bash\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


def commands(*programs: str) -> list[tuple[str, ...]]:
    """Each command that begins with one of these words, once, in all documents."""
    return sorted({words for text in DOCUMENTS for words in shown(text) if words[0] in programs})


def shown(document: Path) -> Iterator[tuple[str, ...]]:
    for block, span in SHOWN.findall(document.read_text(encoding="utf-8")):
        for line in (block or span).replace("\\\n", " ").splitlines():
            try:
                words = shlex.split(line, comments=True)
            except ValueError:  # an apostrophe: no command
                continue
            if words:
                yield tuple(words)


def parse(command: object, words: list[str]) -> None:
    """Let a command read its options and arguments, and do nothing with them."""
    context = command.make_context(words[0], [], resilient_parsing=True)  # type: ignore[attr-defined]
    if hasattr(command, "get_command") and words[1:]:
        inner = command.get_command(context, words[1])
        assert inner is not None, f"no command {words[1]}"
        return parse(inner, words[1:])
    context.resilient_parsing = False  # from here on, what is wrong counts
    left = command.make_parser(context).parse_args(words[1:])[1]  # type: ignore[attr-defined]
    assert not left, f"nothing takes {left}"
    return None


@pytest.mark.parametrize("words", commands("naevia", "export-onnx"), ids=" ".join)
def test_a_command_knows_the_options_it_is_shown_with(words: tuple[str, ...]) -> None:
    app = build_app() if words[0] == "naevia" else build_alone(export_onnx)
    parse(typer.main.get_command(app), list(words))


def test_an_option_that_is_not_there_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option: --recipes"):
        parse(typer.main.get_command(build_app()), ["naevia", "train", "folder", "--recipes", "lite0"])


@pytest.mark.parametrize("words", commands("python"), ids=" ".join)
def test_a_script_knows_the_options_it_is_shown_with(words: tuple[str, ...]) -> None:
    script = words[1:3] if words[1] == "-m" else words[1:2]
    done = subprocess.run(
        [sys.executable, *script, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= set(re.findall(r"--[a-z-]+", done.stdout))
