"""One file of a scan as a row, and the columns that every table of answers has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from naevia.prediction import Prediction
from naevia.taxonomy import CODES

RowStatus = Literal["ok", "refused", "error"]

COLUMNS: tuple[str, ...] = (
    "path",
    "status",
    "error",
    "caution",
    "diagnosis",
    "probability",
    *(f"p_{code}" for code in CODES),
    "malignant_probability",
    "recommendation",
    "quality",
    "ood_score",
    "model_id",
    "model_sha256",
    "provider",
    "naevia_version",
    "image_sha256",
    "width_px",
    "height_px",
    "examined_x_px",
    "examined_y_px",
    "examined_width_px",
    "examined_height_px",
    "operating_point",
    "threshold",
)
"""The columns in their fixed order; `caution` is what must be known beside an answer, `examined_` are the
part of the photo that reached the network, and the last two name what the recommendation was made by."""


@dataclass(frozen=True, eq=False)
class Row:
    """What became of one file.

    Attributes:
        path: The file, relative to the scanned folder, with forward slashes.
        status: `ok`, `refused` (too poor to judge, or not a lesion) or `error` (it could not be read).
        error: Why it was refused or could not be read, one sentence; empty when ok.
        prediction: The answer; None when the file could not be read.
    """

    path: str
    status: RowStatus
    error: str
    prediction: Prediction | None

    @classmethod
    def answered(cls, path: str, prediction: Prediction) -> Row:
        """The row of a photo that was judged or refused."""
        return cls(path, prediction.status, prediction.refusal, prediction)

    @classmethod
    def failed(cls, path: str, error: str) -> Row:
        """The row of a file that could not be read."""
        return cls(path, "error", error, None)

    def to_dict(self) -> dict[str, Any]:
        """The row's cells by column, in the order of `COLUMNS`; None where there is nothing to say.

        The path's bytes are read as UTF-8, whatever the locale: one file has one name in every table.

        Numbers are the very ones of the prediction: float32 widened to Python floats, whose text form reads
        back as the same float32.
        """
        cells: dict[str, Any] = dict.fromkeys(COLUMNS)
        path = os.fsencode(self.path).decode("utf-8", "surrogateescape")
        cells.update(path=path, status=self.status, error=self.error or None)
        if self.prediction is not None:
            answer, point = self.prediction.to_dict(), self.prediction.operating_point
            answer["caution"] = answer["caution"] or None
            answer |= {"operating_point": point.name, "threshold": point.threshold} if point else {}
            cells.update({f"p_{code}": value for code, value in answer["probabilities"].items()})
            cells.update({f"examined_{name}": value for name, value in answer["region"].items()})
            cells.update({name: answer[name] for name in COLUMNS if name in answer and name != "status"})
        return cells


@dataclass(frozen=True, eq=False)
class KeptRow(Row):
    """A row of an earlier sitting of a scan: its answer is in the cells alone, and `prediction` is None.

    Attributes:
        cells: As `Row.to_dict` gave them.
    """

    cells: Mapping[str, Any]

    @classmethod
    def of(cls, path: str, cells: Mapping[str, Any]) -> KeptRow:
        """The row of the file at `path` with these cells."""
        return cls(path, cells["status"], cells["error"] or "", None, cells)

    def to_dict(self) -> dict[str, Any]:
        """The cells."""
        return dict(self.cells)
