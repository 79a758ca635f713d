"""Fitting a finished network's refusal: its training photos against the tuning half of the collection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from naevia.contract import InputSpec
from naevia.preprocess import prepare
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES
from naevia_train.labelling.manifest import ManifestRow
from naevia_train.preparing.augment import augment
from naevia_train.refusal.boundary import Boundary, fit_boundary
from naevia_train.refusal.brush import Pixels
from naevia_train.refusal.collection import TUNING_SKIN, drawings, packaged_photographs
from naevia_train.refusal.skin import healthy_skin

KNOWN_FILES = 4000
CHANGED_FILES = 2000
"""Training files that are shown once more, as another camera might have taken them."""
SKIN_CUTS = 160
LESION_SEEDS = range(100, 124)
"""Drawn lesions count as known, so that examples and demonstrations are answered."""

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Prepared pixels (n, size, size, 3) to embeddings (n, features)."""


def fit_refusal(
    rows: Sequence[ManifestRow],
    photos: Mapping[str, NDArray[np.uint8]],
    spec: InputSpec,
    embed: Embed,
    *,
    seed: int,
) -> Boundary:
    """Fit the boundary of a network between its training photos and what shows no lesion.

    Args:
        rows: The manifest; only the training split is used.
        photos: Photo by path.
        spec: How the network wants its pixels.
        embed: The network.
        seed: Which training files are taken when there are more than `KNOWN_FILES`.
    """
    training = [row for row in rows if row.split == "train"]
    chosen = [training[index] for index in np.random.default_rng(seed).permutation(len(training))]
    known = [prepare(photos[row.path], spec) for row in chosen[:KNOWN_FILES]]
    changed = other_cameras((photos[row.path] for row in chosen[:CHANGED_FILES]), spec, seed=seed)
    skin = [prepare(cut, spec) for cut in _skin(chosen, photos)]
    lesions, strange = _drawn(spec)
    if skin:
        strange = np.concatenate([strange, skin])
    return fit_boundary(embed(np.concatenate([known, changed, lesions])), embed(strange))


def other_cameras(photos: Iterable[Pixels], spec: InputSpec, *, seed: int) -> Pixels:
    """Photos as other cameras might have taken them: the wide changes of `naevia_train.preparing.augment`.

    Args:
        photos: One at least, uint8 RGB of any size.
        spec: The size.
        seed: Seed of the changes.

    Returns:
        One view each, shape (n, size_px, size_px, 3), uint8.
    """
    rng = np.random.default_rng(seed)
    return np.stack([prepare(augment(photo, spec.size_px, "cameras", rng), spec) for photo in photos])


def _skin(rows: Sequence[ManifestRow], photos: Mapping[str, NDArray[np.uint8]]) -> Iterator[Pixels]:
    """Skin beside the lesions of the tuning half's sources; of all sources where those are not there."""
    own = [row for row in rows if row.source.startswith(TUNING_SKIN)] or rows
    found = 0
    for row in own:
        cut = healthy_skin(photos[row.path])
        if cut is not None:
            found += 1
            yield cut
        if found == SKIN_CUTS:
            return


@lru_cache(maxsize=1)
def _drawn(spec: InputSpec) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Prepared drawn lesions, and the tuning half without skin cuts, each (n, size_px, size_px, 3)."""
    lesions = [
        prepare(draw_lesion(code, seed=seed, width_px=320, height_px=240), spec)
        for code in CODES
        for seed in LESION_SEEDS
    ]
    strange = [
        prepare(picture.pixels, spec)
        for pictures in (drawings("tuning"), packaged_photographs("tuning"))
        for picture in pictures
    ]
    return np.stack(lesions), np.stack(strange)
