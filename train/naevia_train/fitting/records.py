"""What a run writes down about each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from naevia.errors import DataError
from naevia_train.files import write_text
from naevia_train.labelling.tables import read_table

HISTORY = "history.csv"


@dataclass(frozen=True)
class EpochRecord:
    """One line of `history.csv`.

    `fit_loss` is what the optimiser saw (augmented, resampled, smoothed). The `train_` figures are measured
    like the validation ones, on some training images as they are, so that the two can be compared. Both
    are of the probabilities at the temperature that fits the epoch's validation images, as a finished run's.
    """

    epoch: int
    fit_loss: float
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    val_macro_auc: float
    val_melanoma_auc: float
    seconds: float


def read_history(run: Path) -> list[EpochRecord]:
    """The finished epochs of a run, in order; none when it has no history yet.

    Raises:
        DataError: The file is damaged, or another version of Naevia wrote it.
    """
    path = run / HISTORY
    if not path.exists():
        return []
    try:
        return [
            EpochRecord(int(cells.pop("epoch")), **{name: float(cell) for name, cell in cells.items()})
            for _, cells in read_table(path).rows
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not what this version of Naevia writes; start again with another --output"
        ) from error


def append_history(run: Path, record: EpochRecord) -> None:
    """Add an epoch; one that was written before a kill and fitted again replaces its line."""
    records: Sequence[EpochRecord] = [*(r for r in read_history(run) if r.epoch < record.epoch), record]
    names = [field.name for field in fields(EpochRecord)]
    lines = [",".join(names), *(",".join(str(asdict(item)[name]) for name in names) for item in records)]
    write_text(run / HISTORY, "\n".join(lines) + "\n")
