"""What a run shows while it is under way."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from naevia_train.fitting.live import CURVES, LOGS, Live
from naevia_train.fitting.records import EpochRecord, append_history


def record(epoch: int) -> EpochRecord:
    return EpochRecord(
        epoch=epoch, fit_loss=2.0 / epoch, train_loss=1.5, train_accuracy=0.5, val_loss=1.75,
        val_accuracy=0.25, val_macro_auc=0.5 + 0.1 * epoch, val_melanoma_auc=0.5, seconds=3.0,
    )  # fmt: skip


def test_the_curves_are_drawn_again_after_each_epoch(tmp_path: Path) -> None:
    live, pictures = Live(tmp_path, tensorboard=False), []
    for epoch in (1, 2):
        append_history(tmp_path, record(epoch))
        live.show(record(epoch), best_epoch=epoch)
        pictures.append((tmp_path / CURVES).read_bytes())
    assert pictures[0].startswith(b"\x89PNG")
    assert pictures[0] != pictures[1]
    assert not (tmp_path / LOGS).exists()


def test_tensorboard_finds_every_figure_of_every_epoch(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    live = Live(tmp_path, tensorboard=True)
    for epoch in (1, 2):
        append_history(tmp_path, record(epoch))
        live.show(record(epoch), best_epoch=epoch)
    events = accumulator.EventAccumulator(str(tmp_path / LOGS)).Reload()
    found = events.Tensors("val/macro_auc")
    assert [event.step for event in found] == [1, 2]
    assert tf.make_ndarray(found[1].tensor_proto) == pytest.approx(0.7)
    assert {"fit/loss", "train/accuracy", "seconds"} <= set(events.Tags()["tensors"])
