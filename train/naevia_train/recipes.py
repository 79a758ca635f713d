"""Named training configurations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from naevia.errors import UsageError

Rebalance = Literal["oversample", "class-weight", "sqrt"]
Augmentation = Literal["flips", "camera"]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a network is trained, apart from the data and the seed.

    Attributes:
        name: What `--recipe` calls it.
        network: `seed` or `lite0`.
        size_px: Input width and height.
        epochs: Passes, the head-only ones included.
        head_epochs: Passes at the start that train the last layer alone.
        draws: Images drawn per epoch; None draws as many as there are training images.
        batch_size: Images per step.
        rebalance: `oversample` draws every diagnosis equally often; `class-weight` draws as the data are and
            weighs the loss; `sqrt` draws by class frequency to the power `sqrt_power`.
        sqrt_power: See `rebalance`; 0.4 kept common diagnoses better calibrated than equal shares.
        augmentation: `flips` mirrors and turns; `camera` also varies framing, sharpness, colour and
            compression.
        head_rate: Learning rate of the head-only passes.
        rate: Highest learning rate afterwards.
        warm_up: Share of the steps in which the rate rises; it then falls along a cosine to almost zero. None
            keeps the rate as it is.
        weight_decay: Of AdamW; 0 is Adam.
        label_smoothing: Share of the target that is spread over all diagnoses.
        ema_momentum: The validated and saved weights are a moving average with this momentum; None saves the
            last.
        dropout: Share of the embedding dropped.
        patience: Stop after so many epochs without a better validation macro AUC.
    """

    name: str
    network: Literal["seed", "lite0"]
    size_px: int
    epochs: int
    head_epochs: int
    draws: int | None
    batch_size: int
    rebalance: Rebalance
    augmentation: Augmentation
    rate: float
    head_rate: float = 0.0
    sqrt_power: float = 0.4
    warm_up: float | None = None
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    ema_momentum: float | None = None
    dropout: float = 0.3
    patience: int = 8


RECIPES: dict[str, Recipe] = {
    "seed": Recipe(
        name="seed",
        network="seed",
        size_px=180,
        epochs=37,
        head_epochs=0,
        draws=None,
        batch_size=32,
        rebalance="oversample",
        augmentation="flips",
        rate=1e-3,
    ),
    "lite0": Recipe(
        name="lite0",
        network="lite0",
        size_px=160,
        epochs=14,
        head_epochs=1,
        draws=8000,
        batch_size=32,
        rebalance="sqrt",
        augmentation="camera",
        rate=7e-4,
        head_rate=2e-3,
        warm_up=0.06,
        weight_decay=0.02,
        label_smoothing=0.05,
        ema_momentum=0.99,
        dropout=0.25,
        patience=5,
    ),
}


def find_recipe(name: str) -> Recipe:
    """Look a recipe up.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in RECIPES:
        raise UsageError(f"there is no recipe {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
