"""`naevia evaluate`: an ONNX model, as the clinic runs it, scored on labelled images."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.errors import DataError, ImageError
from naevia.image import read_photo
from naevia.session import Prepared, Session, prepare_photo
from naevia.taxonomy import CODES, TAXONOMY
from naevia_train import measure
from naevia_train.agreement import rendition_agreement
from naevia_train.files import write_text
from naevia_train.labelled import LabelledFile
from naevia_train.measure import Interval

BATCH = 32


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model answered and how good that is.

    Attributes:
        files: The files that could be read.
        probabilities: Shape (n, 9), of `files`.
        refused: Which of `files` the model refused; they count in the figures all the same.
        unread: Reason by name of each file that could not be read.
        first: Positions of the first file of each image; the figures are measured on those.
    """

    files: list[LabelledFile]
    probabilities: NDArray[np.float32]
    refused: NDArray[np.bool_]
    unread: dict[str, str]
    first: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Taxonomy position per file."""
        return np.array([CODES.index(file.diagnosis) for file in self.files], np.int64)

    def figures(self) -> dict[str, Interval]:
        """Every figure with its interval, one file per image, resampled by lesion."""
        lesions = [self.files[index].lesion for index in self.first]
        return measure.bootstrap(self.probabilities[self.first], self.labels[self.first], lesions)

    def recalls(self) -> dict[str, tuple[Interval, int]]:
        """Recall by diagnosis, one file per image."""
        return measure.recalls(self.probabilities[self.first], self.labels[self.first])

    def agreement(self) -> dict[tuple[str, str], tuple[Interval, int]]:
        """Same top answer between renditions of one image, by pair of sources."""
        return rendition_agreement(
            [file.image_id for file in self.files],
            [file.source for file in self.files],
            self.probabilities.argmax(axis=1),
        )


def evaluate_files(session: Session, files: Sequence[LabelledFile], spec: InputSpec) -> Evaluation:
    """Run a model over labelled files.

    Args:
        session: The open model.
        files: What to answer.
        spec: How photos are prepared; the contract's own unless another resize policy is tried.

    Raises:
        DataError: No file can be read.
    """
    kept, probabilities, refused, unread = [], [], [], {}
    for file, prepared in _prepare_ahead(files, spec):
        if isinstance(prepared, str):
            unread[file.name] = prepared
            continue
        answer = session.predict_prepared([prepared])[0]
        kept.append(file)
        probabilities.append(answer.probabilities)
        refused.append(answer.status == "refused")
    if not kept:
        raise DataError(
            f"none of the {len(files)} images can be read, the first: {next(iter(unread.values()), '')}"
        )
    _, first = np.unique([file.image_id for file in kept], return_index=True)
    return Evaluation(kept, np.stack(probabilities), np.array(refused), unread, np.sort(first))


def _prepare_ahead(
    files: Sequence[LabelledFile], spec: InputSpec
) -> Iterator[tuple[LabelledFile, Prepared | str]]:
    """Decode in threads, a bounded number of photos ahead of the network."""

    def read(file: LabelledFile) -> Prepared | str:
        try:
            return prepare_photo(read_photo(file.path), spec)
        except ImageError as error:
            return str(error)

    remaining = iter(files)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while chunk := list(islice(remaining, BATCH)):
            yield from zip(chunk, pool.map(read, chunk), strict=True)


def report_lines(evaluation: Evaluation, model_id: str) -> list[str]:
    """The evaluation as lines for the screen and for `report.md`."""
    images, lesions = len(evaluation.first), {evaluation.files[index].lesion for index in evaluation.first}
    lines = [
        f"{model_id} on {images} images of {len(lesions)} lesions, one file each (95 % intervals by lesion):"
    ]
    lines += [f"  {name.replace('_', ' '):20} {interval}" for name, interval in evaluation.figures().items()]
    lines.append("recall by diagnosis (95 % Wilson intervals):")
    recalls = evaluation.recalls()
    for diagnosis in TAXONOMY:
        if diagnosis.code in recalls:
            interval, count = recalls[diagnosis.code]
            lines.append(f"  {diagnosis.name:27} {interval} of {count}")
    if agreement := evaluation.agreement():
        lines.append("same top answer for two renditions of one image:")
    lines += [f"  {a} and {b}: {share} of {count}" for (a, b), (share, count) in agreement.items()]
    lines.append(f"refused: {int(evaluation.refused.sum())} of {len(evaluation.files)} files (counted above)")
    if evaluation.unread:
        lines.append(f"not readable, left out: {len(evaluation.unread)} files")
        lines += [f"  {name}: {why}" for name, why in evaluation.unread.items()]
    return lines


def write_report(evaluation: Evaluation, model_id: str, folder: Path) -> None:
    """Write `report.md`, `metrics.json`, `predictions.csv` and `confusion.png`."""
    from naevia_train.figures import draw_confusion

    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(report_lines(evaluation, model_id))
    write_text(folder / "report.md", f"# Evaluation of {model_id}\n\n```text\n{text}\n```\n")
    write_text(folder / "metrics.json", json.dumps(_metrics(evaluation), indent=2) + "\n")
    write_text(folder / "predictions.csv", _predictions(evaluation))
    first = evaluation.first
    draw_confusion(
        evaluation.probabilities[first].argmax(axis=1),
        evaluation.labels[first],
        f"{model_id}: {len(first)} images",
        folder / "confusion.png",
    )


def _metrics(evaluation: Evaluation) -> dict[str, object]:
    return {
        "images": len(evaluation.first),
        "files": len(evaluation.files),
        "figures": {name: asdict(interval) for name, interval in evaluation.figures().items()},
        "recalls": {code: asdict(i) | {"images": n} for code, (i, n) in evaluation.recalls().items()},
        "same_answer": {
            f"{a}, {b}": asdict(i) | {"images": n} for (a, b), (i, n) in evaluation.agreement().items()
        },
    }


def _predictions(evaluation: Evaluation) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(
        ["image_id", "path", "source", "diagnosis", "answer", "refused", *(f"p_{code}" for code in CODES)]
    )
    for file, given, refused in zip(
        evaluation.files, evaluation.probabilities, evaluation.refused, strict=True
    ):
        answer = CODES[int(given.argmax())]
        numbers = [f"{probability:.6f}" for probability in given]
        writer.writerow(
            [file.image_id, file.name, file.source, file.diagnosis, answer, int(refused), *numbers]
        )
    return table.getvalue()


def run_evaluation(
    session: Session,
    files: Sequence[LabelledFile],
    *,
    resize: str | None,
    output: Path | None,
    say: Callable[[str], None],
) -> Evaluation:
    """Evaluate, print and, where a folder is given, write the report.

    Args:
        session: The open model.
        files: What to answer.
        resize: Another resize policy than the contract's, or None.
        output: Where the report goes, or None.
        say: Prints one line.
    """
    contract = session.contract
    spec = contract.input.model_copy(update={"resize": resize}) if resize else contract.input
    evaluation = evaluate_files(session, files, spec)
    for line in report_lines(evaluation, contract.model_id):
        say(line)
    if output is not None:
        write_report(evaluation, contract.model_id, output)
        say(f"report written to {output}")
    return evaluation
