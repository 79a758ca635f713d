"""How far a run came, and the network as its last epoch left it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from naevia.errors import NaeviaError, UsageError
from naevia_train.files import replace_file, write_text
from naevia_train.fitting.records import EpochRecord, append_history
from naevia_train.recipes import Recipe

MODEL, STATE = "model.keras", "state.json"


@dataclass
class RunState:
    """What `--resume` needs besides the checkpoint; epochs count from 1, 0 is none yet."""

    epochs_done: int = 0
    best_epoch: int = 0
    lowest_loss: float = float("inf")
    stopped: bool = False
    checkpoint: str = ""

    def count(self, record: EpochRecord, recipe: Recipe) -> bool:
        """Take an epoch in; returns whether it is the best so far.

        The loss decides: it weighs every image, while single images of rare diagnoses move the macro AUC.

        Raises:
            NaeviaError: The loss of the first epoch is not a number; no later one would be, either.
        """
        best = record.val_loss < self.lowest_loss
        if best:
            self.best_epoch, self.lowest_loss = record.epoch, record.val_loss
        elif not self.best_epoch:
            raise NaeviaError(
                f"the validation loss of the first epoch is {record.val_loss}, expected a number; "
                "the network cannot learn like this: take another recipe or other first weights"
            )
        self.epochs_done = record.epoch
        self.stopped = record.epoch - self.best_epoch >= recipe.patience
        return best


def read_state(run: Path) -> RunState:
    """How far the run in a folder came.

    Raises:
        UsageError: Another version of Naevia wrote its state.
    """
    path = run / STATE
    if not path.exists():
        return RunState()
    try:
        return RunState(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{path} is not what this version of Naevia writes; start again with another --output"
        ) from error


def write_epoch(
    model: keras.Model, shown: keras.Model | None, record: EpochRecord, state: RunState, run: Path
) -> None:
    """Write model, checkpoint, history and state; the state last, so that it never names a missing file.

    Args:
        model: The network with its optimiser, as training goes on from it.
        shown: The network that was measured, when it is the best so far.
        record: The epoch.
        state: The state after the epoch; gets the name of its checkpoint.
        run: The run folder.
    """
    if shown is not None:
        replace_file(run / MODEL, shown.save)
    earlier, state.checkpoint = state.checkpoint, f"checkpoint-{record.epoch:04d}.keras"
    replace_file(run / state.checkpoint, model.save)
    append_history(run, record)
    write_text(run / STATE, json.dumps(asdict(state), indent=2) + "\n")
    if earlier and earlier != state.checkpoint:
        (run / earlier).unlink(missing_ok=True)
