from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from naevia.errors import ModelError
from naevia_train.networks.imagenet import MAGIC, find_weights, read_weights


def test_the_file_holds_every_tensor_of_the_network() -> None:
    weights = read_weights(find_weights("lite0"))
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert weights["_fc.weight"].shape == (1000, 1280)
    learnt = [array for name, array in weights.items() if not name.endswith(("_mean", "_var", "_tracked"))]
    assert sum(array.size for array in learnt) == 4_652_008  # EfficientNet-Lite0's published 4.7 million
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in learnt)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemExit('ran')",))

    path = tmp_path / "harmful.pth"
    path.write_bytes(b"".join(pickle.dumps(part) for part in (MAGIC, 1001, {}, Harmful())))
    with pytest.raises(ModelError, match=r"builtins\.exec is not part of a weights file"):
        read_weights(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.pth"
    shutil.copy(find_weights("lite0"), path)
    with path.open("rb+") as file:
        file.truncate(100_000)
    with pytest.raises(ModelError, match=r"short\.pth is not a torch weights file"):
        read_weights(path)
