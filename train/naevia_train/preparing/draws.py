"""Which training images an epoch sees, and the batches that Keras pulls."""

from __future__ import annotations

import gc
import multiprocessing
import warnings
from collections import defaultdict
from collections.abc import Sequence

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.preparing.augment import augment
from naevia_train.recipes import Recipe

MIXED_BATCHES = 0.5

Renditions = Sequence[NDArray[np.uint8]]


def class_shares(labels: NDArray[np.int64], recipe: Recipe) -> NDArray[np.float64]:
    """Share of an epoch's draws that each diagnosis gets.

    Args:
        labels: Taxonomy position per training image, shape (n,).
        recipe: Its `rebalance` decides.

    Returns:
        Shape (9,), sums to 1, 0 for a diagnosis without images.
    """
    counts = np.bincount(labels, minlength=len(CODES)).astype(np.float64)
    power = {"oversample": 0.0, "sqrt": recipe.sqrt_power, "class-weight": 1.0}[recipe.rebalance]
    shares = np.where(counts > 0, np.maximum(counts, 1) ** power, 0.0)
    return shares / shares.sum()


def class_weights(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Loss weight of each diagnosis so that all weigh the same together and a draw weighs 1 on average.

    Args:
        labels: Taxonomy position per training image, shape (n,).

    Returns:
        Shape (9,), 0 for a diagnosis without images.
    """
    counts = np.bincount(labels, minlength=len(CODES))
    present = int((counts > 0).sum())
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0).astype(np.float32)


def draw_order(
    labels: NDArray[np.int64], sources: Sequence[str], recipe: Recipe, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Positions of the images that one epoch sees, shuffled.

    Within a diagnosis and source no image is drawn more than once oftener than another, so rare ones repeat
    evenly; in the epoch they come in any order.

    Args:
        labels: Taxonomy position per training image, shape (n,).
        sources: Where each image comes from.
        recipe: How many are drawn, and how diagnoses and sources are balanced.
        rng: Source of every random number.

    Returns:
        Positions in `labels`, shape (drawn,).
    """
    cells: dict[tuple[int, str], list[int]] = defaultdict(list)
    for position, cell in enumerate(zip(labels.tolist(), sources, strict=True)):
        cells[cell].append(position)
    keys = sorted(cells)
    softened = np.array([len(cells[key]) ** recipe.source_power for key in keys])
    by_class = np.bincount([label for label, _ in keys], softened, minlength=len(CODES))
    shares = class_shares(labels, recipe)
    in_class = np.array([shares[label] / by_class[label] for label, _ in keys])
    wanted = rng.multinomial(recipe.draws or len(labels), softened * in_class)
    drawn = [
        _repeat(np.array(cells[key]), count, rng) for key, count in zip(keys, wanted.tolist(), strict=True)
    ]
    return rng.permutation(np.concatenate(drawn))


def _repeat(members: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    rounds = -(-count // len(members))
    return np.concatenate([rng.permutation(members) for _ in range(rounds)] or [members])[:count]


class Draws(keras.utils.PyDataset):
    """The batches of one epoch: random renditions of drawn images, augmented.

    The same seed and epoch give the same batches, so that a resumed run goes on as if it had never stopped.

    Args:
        images: The renditions of each training image, uint8 RGB of any size.
        labels: Taxonomy position per image, shape (n,).
        sources: Where each image comes from.
        recipe: Batch size, view size, rebalancing, augmentation and mixing.
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.
        workers: Threads that prepare batches ahead; processes where Keras computes with JAX, whose
            accelerators are too fast for the threads of one Python, and the system can fork.
        targets: What the network is to answer to each image, shape (n, 9); None takes the labels.
        parts: Devices that share a batch; images that do not share out evenly are left out of the last one.
    """

    def __init__(
        self,
        images: Sequence[Renditions],
        labels: NDArray[np.int64],
        sources: Sequence[str],
        recipe: Recipe,
        *,
        seed: int,
        epoch: int,
        workers: int = 2,
        targets: NDArray[np.float32] | None = None,
        parts: int = 1,
    ) -> None:
        by_processes = keras.backend.backend() == "jax" and multiprocessing.get_start_method() == "fork"
        super().__init__(workers=workers, use_multiprocessing=by_processes, max_queue_size=16)
        if by_processes:
            _ready_to_fork()
        self.images, self.recipe = images, recipe
        self.targets = np.eye(len(CODES), dtype=np.float32)[labels] if targets is None else targets
        self.key = (seed, epoch)
        self.size_px = recipe.stage_at(epoch)[0].size_px
        order = draw_order(labels, sources, recipe, np.random.default_rng(self.key))
        self.order = order[: len(order) // parts * parts]
        self.weights = class_weights(labels) if recipe.rebalance == "class-weight" else None

    def __len__(self) -> int:
        return -(-len(self.order) // self.recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray, ...]:
        """Batch `index`: pixels (b, s, s, 3) uint8, targets (b, 9), and loss weights if any."""
        rng = np.random.default_rng((*self.key, index))
        size = self.recipe.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        pixels = np.stack([self._view(self.images[position], rng) for position in chosen])
        targets = self.targets[chosen]
        if self.recipe.mixup and rng.random() < MIXED_BATCHES:
            pixels, targets = _mix(pixels, targets, self.recipe.mixup, rng)
        if self.weights is None:
            return pixels, targets
        return pixels, targets, targets @ self.weights

    def _view(self, renditions: Renditions, rng: np.random.Generator) -> NDArray[np.uint8]:
        chosen = renditions[int(rng.integers(len(renditions)))]
        return augment(chosen, self.size_px, self.recipe.augmentation, rng)


def _ready_to_fork() -> None:
    """Make sure that a forked process touches nothing of what the accelerator's threads hold."""
    gc.freeze()  # it would free arrays that are not its own
    cv2.setNumThreads(1)  # it has none of OpenCV's threads, and would wait for them
    warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)  # it only draws


def _mix(
    pixels: NDArray[np.uint8], targets: NDArray[np.float32], parameter: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Lay every photo of a batch over another one, and their targets alike."""
    share = np.float32(rng.beta(parameter, parameter))
    other = rng.permutation(len(pixels))
    mixed = [
        cv2.addWeighted(one, share, pixels[index], 1 - share, 0)
        for one, index in zip(pixels, other, strict=True)
    ]
    return np.stack(mixed), share * targets + (1 - share) * targets[other]
