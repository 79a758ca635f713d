"""Named training configurations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from naevia.contract import Resize
from naevia.errors import UsageError

Rebalance = Literal["oversample", "class-weight", "sqrt"]
Augmentation = Literal["flips", "camera", "cameras", "clinics"]


@dataclass(frozen=True)
class Stage:
    """Some epochs that are trained alike; every stage starts with a fresh optimiser.

    Attributes:
        epochs: Passes.
        size_px: Width and height of the training views. Views smaller than the network's input at use are
            faster, and fit it: random framing makes lesions look larger in training than they are at use.
            Source: Touvron et al., "Fixing the train-test resolution discrepancy" (2019).
        rate: Highest learning rate.
        head_only: Train the last layer alone.
        frozen: Share of the layers, counted from the input, that keep their weights; stages that freeze less
            and less unfreeze gradually.
        warm_up: Share of the steps in which the rate rises; it then falls along a cosine to almost zero. None
            keeps the rate as it is.
    """

    epochs: int
    size_px: int
    rate: float
    head_only: bool = False
    warm_up: float | None = None
    frozen: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a network is trained, apart from the data and the seed.

    Attributes:
        name: What `--recipe` calls it.
        network: `seed`, `lite0` to `lite2`, or the name of a network of keras.applications.
        size_px: Width and height of the network's input at use, and where it is measured.
        resize: How a photo becomes square at use.
        mirrored: Whether the finished model answers with the mean over the photo and its mirror image. The
            epochs are measured without.
        stages: What is trained, in order.
        draws: Images drawn per epoch; None draws as many as there are training images.
        batch_size: Images per step.
        rebalance: `oversample` draws every diagnosis equally often; `class-weight` draws as the data are and
            weighs the loss; `sqrt` draws by class frequency to the power `sqrt_power`.
        augmentation: `flips` mirrors and turns; `camera` also varies framing, sharpness, colour and
            compression; `cameras` varies framing and colour more, and draws hairs; `clinics` also draws ink,
            glints and other marks, and changes the light as clinics do.
        colour_constancy: Whether the network takes the colour of the light out of each photo before all else.
        mixup: Parameter of the Beta distribution by which half of the batches are mixed pairwise, photos and
            targets alike; 0 mixes none. Source: Zhang et al., "mixup" (2018).
        source_power: Within a diagnosis, images are drawn by the number of its images from the same sources
            to this power: 1 draws every image equally often, 0 every source.
        weights: Where the first weights come from: `imagenet`, `none`, or the path of a file.
        kept_start: Where a run starts from a finished model, the share of its weights in the measured
            and saved ones; the rest is fitted. Source: Wortsman et al., "Robust fine-tuning of zero-shot
            models" (2022).
        taught: How much of a target is what the teachers answer, where a run has teachers.
        sqrt_power: See `rebalance`; 0.4 kept common diagnoses better calibrated than equal shares.
        weight_decay: Of AdamW; 0 is Adam.
        label_smoothing: Share of the target that is spread over all diagnoses.
        ema_momentum: The validated and saved weights are a moving average with this momentum; None saves the
            last.
        dropout: Share of the embedding dropped.
        patience: Stop after so many epochs without a lower validation loss.
    """

    name: str
    network: str
    size_px: int
    resize: Resize
    stages: tuple[Stage, ...]
    draws: int | None
    batch_size: int
    rebalance: Rebalance
    augmentation: Augmentation
    sqrt_power: float = 0.4
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    ema_momentum: float | None = None
    dropout: float = 0.3
    patience: int = 8
    mirrored: bool = False
    colour_constancy: bool = False
    mixup: float = 0.0
    source_power: float = 1.0
    weights: str = "imagenet"
    taught: float = 0.5
    kept_start: float = 0.0

    @property
    def epochs(self) -> int:
        """Passes of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    def stage_at(self, epoch: int) -> tuple[Stage, bool]:
        """The stage of an epoch, counted from 0, and whether it begins with it."""
        first = 0
        for stage in self.stages:
            if epoch < first + stage.epochs:
                return stage, epoch == first
            first += stage.epochs
        raise ValueError(f"epoch {epoch} of {self.epochs}")

    def with_epochs(self, epochs: int) -> Recipe:
        """The recipe with another number of epochs: the last stages give way, or the last one grows.

        Args:
            epochs: At least 1.
        """
        kept: list[Stage] = []
        left = epochs
        for number, stage in enumerate(self.stages, start=1):
            length = left if number == len(self.stages) else min(stage.epochs, left)
            if length:
                kept.append(replace(stage, epochs=length))
            left -= length
        return replace(self, stages=tuple(kept))

    def with_size(self, size_px: int) -> Recipe:
        """The recipe with another input size, in training and at use."""
        stages = tuple(replace(stage, size_px=size_px) for stage in self.stages)
        return replace(self, size_px=size_px, stages=stages)


_LITE0_WIDE = Recipe(
    name="lite0-wide",
    network="lite0",
    size_px=192,
    resize="center_square",
    stages=(
        Stage(epochs=1, size_px=160, rate=2e-3, head_only=True),
        Stage(epochs=18, size_px=160, rate=7e-4, warm_up=0.05, frozen=0.12),
    ),
    draws=8000,
    batch_size=32,
    rebalance="sqrt",
    augmentation="cameras",
    colour_constancy=True,
    weight_decay=0.04,
    label_smoothing=0.05,
    ema_momentum=0.995,
    dropout=0.3,
    mirrored=True,
    mixup=0.3,
    source_power=0.5,
)

RECIPES: dict[str, Recipe] = {
    "seed": Recipe(
        name="seed",
        network="seed",
        size_px=180,
        resize="squash",
        stages=(Stage(epochs=37, size_px=180, rate=1e-3),),
        draws=None,
        batch_size=32,
        rebalance="oversample",
        augmentation="flips",
        weights="none",
    ),
    "lite0": Recipe(
        name="lite0",
        network="lite0",
        size_px=192,
        resize="center_square",
        stages=(
            Stage(epochs=1, size_px=160, rate=2e-3, head_only=True),
            Stage(epochs=13, size_px=160, rate=7e-4, warm_up=0.06),
        ),
        draws=8000,
        batch_size=32,
        rebalance="sqrt",
        augmentation="camera",
        weight_decay=0.02,
        label_smoothing=0.05,
        ema_momentum=0.99,
        dropout=0.25,
        mirrored=True,
    ),
    "lite0-tune": replace(
        _LITE0_WIDE,
        name="lite0-tune",
        augmentation="clinics",
        colour_constancy=False,
        stages=(Stage(epochs=8, size_px=160, rate=4e-4, warm_up=0.05, frozen=0.12),),
        weight_decay=0.05,
        kept_start=0.5,
    ),
    "lite0-wide": _LITE0_WIDE,
    "lite2-wide": replace(
        _LITE0_WIDE,
        name="lite2-wide",
        network="lite2",
        colour_constancy=False,
        stages=(
            Stage(epochs=1, size_px=128, rate=2e-3, head_only=True),
            Stage(epochs=12, size_px=128, rate=7e-4, frozen=0.12),
            Stage(epochs=16, size_px=160, rate=7e-4, warm_up=0.03, frozen=0.3),
        ),
    ),
    "lite2-clinics": replace(
        _LITE0_WIDE,
        name="lite2-clinics",
        network="lite2",
        augmentation="clinics",
        stages=(
            Stage(epochs=1, size_px=128, rate=2e-3, head_only=True),
            Stage(epochs=8, size_px=128, rate=7e-4, frozen=0.12),
            Stage(epochs=10, size_px=160, rate=7e-4, warm_up=0.03, frozen=0.3),
        ),
    ),
    "lite2-long": replace(
        _LITE0_WIDE,
        name="lite2-long",
        network="lite2",
        augmentation="clinics",
        stages=(Stage(epochs=30, size_px=160, rate=1e-3, warm_up=0.05),),
        draws=16000,
        batch_size=128,
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
