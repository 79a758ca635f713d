"""`naevia predict`: one or a few photos."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from naevia.cli.options import ModelOption, ProviderOption
from naevia.errors import UsageError, code_of, problem_of
from naevia.printable import printable

if TYPE_CHECKING:
    from naevia.image import Photo
    from naevia.prediction import Prediction
    from naevia.session import Session


def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Photos to judge.")],
    model: ModelOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON array with one object per photo, in order.")
    ] = False,
    heatmap: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Draw where the network looked, on refer for the most probable malignant diagnosis, "
            "otherwise for the most probable one: OUT.png for one photo; for several, or when OUT is a "
            "folder, NAME.heatmap.png in that folder. A refused photo gets none. Nothing but a heat map is "
            "replaced.",
        ),
    ] = None,
    provider: ProviderOption = "auto",
) -> None:
    """Judge one or a few photos of skin lesions.

    Exits with 1 when a photo could not be read or a heat map not be written; all others are answered.
    """
    try:
        targets = _heatmap_targets(images, heatmap)
    except OSError as error:
        raise UsageError(
            f"--heatmap: {heatmap} cannot be used: {error.strerror}; give another name"
        ) from error
    from naevia._quiet import quiet_stderr

    with quiet_stderr():
        from naevia.session import Session
        from naevia.shelf import find_model

        session = Session.open(find_model(model), provider=provider)
        show = _Json() if as_json else _Panels()
        for path, target in zip(images, targets, strict=True):
            _answer(session, path, target, show)
    show.finish()
    raise typer.Exit(1 if show.failed else 0)


def _answer(session: Session, path: Path, target: Path | None, show: _Json | _Panels) -> None:
    from naevia.image import read_photo

    try:
        photo = read_photo(path)
        prediction = session.predict(photo)
    except Exception as error:  # noqa: BLE001  whatever one file does, the others are still answered
        show.failure(path, error)
        return
    show.answer(path, prediction)
    if target is None or prediction.status != "ok":
        return
    try:
        _write_heatmap(target, photo, prediction)
    except Exception as error:  # noqa: BLE001  a picture that fails must not cost an answer
        show.heatmap_failure(problem_of(error))
    else:
        show.heatmap(target, prediction)


class _Json:
    """Collects the answers and prints them as one array: pure JSON, also when a photo fails."""

    def __init__(self) -> None:
        self.failed = 0
        self._answers: list[dict[str, Any]] = []

    def answer(self, path: Path, prediction: Prediction) -> None:
        self._answers.append({"path": str(path), **prediction.to_dict()})

    def heatmap(self, target: Path, prediction: Prediction) -> None:
        self._answers[-1] |= {"heatmap": str(target), "heatmap_diagnosis": prediction.heat_diagnosis.code}

    def heatmap_failure(self, problem: str) -> None:
        self.failed += 1
        self._answers[-1]["heatmap_error"] = problem

    def failure(self, path: Path, error: Exception) -> None:
        self.failed += 1
        failure = {"status": "error", "code": code_of(error), "error": problem_of(error)}
        self._answers.append({"path": str(path), **failure})

    def finish(self) -> None:
        import json

        typer.echo(json.dumps(self._answers, indent=2))


class _Panels:
    """Prints each answer as soon as it is there."""

    def __init__(self) -> None:
        from rich.console import Console

        self.failed = 0
        self._console = Console(highlight=False)

    def answer(self, path: Path, prediction: Prediction) -> None:
        from naevia.cli._panel import answer_panel

        self._console.print(answer_panel(str(path), prediction, self._console))

    def heatmap(self, target: Path, prediction: Prediction) -> None:
        words = f"heat map of the evidence for {prediction.heat_diagnosis.name}: {target}"
        self._console.print(printable(words), markup=False, soft_wrap=True)

    def heatmap_failure(self, problem: str) -> None:
        self.failed += 1
        self._console.print(printable(problem), style="bold red", markup=False, soft_wrap=True)

    def failure(self, path: Path, error: Exception) -> None:
        from naevia.cli._panel import error_panel

        self.failed += 1
        self._console.print(error_panel(str(path), problem_of(error), self._console))

    def finish(self) -> None:
        """Everything was printed already."""


def _heatmap_targets(images: list[Path], heatmap: Path | None) -> list[Path | None]:
    """Where each photo's heat map goes, checked before any work is done."""
    if heatmap is None:
        return [None] * len(images)
    if not heatmap.absolute().parent.is_dir():
        raise UsageError(f"--heatmap: there is no folder {heatmap.absolute().parent}; make it first")
    if len(images) == 1 and not heatmap.is_dir():
        if heatmap.suffix.lower() != ".png":
            raise UsageError(f"--heatmap: expected a name that ends in .png, received {heatmap}")
        return _no_photos([heatmap], images)
    if heatmap.is_file() or heatmap.suffix.lower() == ".png":
        raise UsageError(
            f"--heatmap: expected a folder, because there are {len(images)} photos; got {heatmap}"
        )
    names: list[str] = []
    taken: set[str] = set()  # in one case, as some file systems know only one
    for image in images:
        numbered = (f"{image.stem}-{number}" for number in count(2))
        names.append(next(name for name in chain([image.stem], numbered) if name.casefold() not in taken))
        taken.add(names[-1].casefold())
    return _no_photos([heatmap / f"{name}.heatmap.png" for name in names], images)


def _no_photos(targets: list[Path], images: list[Path]) -> list[Path | None]:
    """The targets, none of which is a photo that is to be judged, or another file than a heat map."""
    from naevia.files import start_of
    from naevia.formats.png import is_heatmap

    photos = {image.resolve() for image in images}
    for target in targets:
        if target.resolve() in photos:
            raise UsageError(f"--heatmap: {target} is one of the photos; give another name")
        start = start_of(target)
        if start and not is_heatmap(start):
            raise UsageError(f"--heatmap: {target} is not a heat map drawn by Naevia; give another name")
    return list(targets)


def _write_heatmap(target: Path, photo: Photo, prediction: Prediction) -> None:
    from naevia.files import write_whole
    from naevia.heatmap import encode_png, overlay

    with suppress(OSError):  # writing says what is wrong
        target.parent.mkdir(exist_ok=True)
    write_whole(target, encode_png(overlay(photo.rgb_u8, prediction)))
