"""Which training images an epoch sees, and the batches that Keras pulls."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from naevia.taxonomy import CODES
from naevia_train.augment import augment
from naevia_train.recipes import Recipe

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
    """Loss weight of each diagnosis so that all weigh the same together and a draw weighs 1 on average."""
    counts = np.bincount(labels, minlength=len(CODES))
    present = int((counts > 0).sum())
    return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 0.0).astype(np.float32)


def draw_order(labels: NDArray[np.int64], recipe: Recipe, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the images that one epoch sees, shuffled.

    Within a diagnosis no image comes again before every other one came, so rare ones repeat evenly.
    """
    total = recipe.draws or len(labels)
    wanted = rng.multinomial(total, class_shares(labels, recipe))
    order = []
    for position, count in enumerate(wanted):
        members = np.flatnonzero(labels == position)
        rounds = -(-int(count) // max(len(members), 1))
        order += [rng.permutation(members) for _ in range(rounds)][:-1]
        if rounds:
            order.append(rng.permutation(members)[: int(count) - (rounds - 1) * len(members)])
    return rng.permutation(np.concatenate(order))


class Draws(keras.utils.PyDataset):
    """The batches of one epoch: random renditions of drawn images, augmented.

    The same seed and epoch give the same batches, so that a resumed run goes on as if it had never stopped.

    Args:
        images: The renditions of each training image, uint8 RGB of any size.
        labels: Taxonomy position per image, shape (n,).
        recipe: Batch size, view size, rebalancing and augmentation.
        seed: Seed of the run.
        epoch: Number of the epoch, from 0.
        workers: Threads that prepare batches ahead.
    """

    def __init__(
        self,
        images: Sequence[Renditions],
        labels: NDArray[np.int64],
        recipe: Recipe,
        *,
        seed: int,
        epoch: int,
        workers: int = 2,
    ) -> None:
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=16)
        self.images, self.labels, self.recipe = images, labels, recipe
        self.key = (seed, epoch)
        self.size_px = recipe.stage_at(epoch)[0].size_px
        self.order = draw_order(labels, recipe, np.random.default_rng(self.key))
        self.weights = class_weights(labels) if recipe.rebalance == "class-weight" else None

    def __len__(self) -> int:
        return -(-len(self.order) // self.recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray, ...]:
        """Batch `index`: pixels (b, s, s, 3) uint8, one-hot labels (b, 9), and loss weights if any."""
        rng = np.random.default_rng((*self.key, index))
        size = self.recipe.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        pixels = np.stack([self._view(self.images[position], rng) for position in chosen])
        targets = np.eye(len(CODES), dtype=np.float32)[self.labels[chosen]]
        if self.weights is None:
            return pixels, targets
        return pixels, targets, self.weights[self.labels[chosen]]

    def _view(self, renditions: Renditions, rng: np.random.Generator) -> NDArray[np.uint8]:
        chosen = renditions[int(rng.integers(len(renditions)))]
        return augment(chosen, self.size_px, self.recipe.augmentation, rng)
