"""Whether a photo's answer changes with its rendition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from naevia_train.measuring.bootstrap import mean_by_group
from naevia_train.measuring.interval import Interval


def rendition_agreement(
    image_ids: Sequence[str], sources: Sequence[str], answers: NDArray[np.int64], *, lesions: Sequence[str]
) -> dict[tuple[str, str], tuple[Interval, int]]:
    """Share of images with the same top answer in two sources, and the number of images, by pair of sources.

    Intervals are by lesion.

    Args:
        image_ids: Image of each file.
        sources: Source of each file.
        answers: Taxonomy position of each file's top answer, shape (n,).
        lesions: Lesion of each file; images of one lesion are not independent.
    """
    by_image: dict[str, dict[str, int]] = defaultdict(dict)
    for image_id, source, answer in zip(image_ids, sources, answers, strict=True):
        by_image[image_id].setdefault(source, int(answer))
    lesion_of = dict(zip(image_ids, lesions, strict=True))
    same: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for image_id, given in by_image.items():
        for first, second in combinations(sorted(given), 2):
            same[first, second][image_id] = given[first] == given[second]
    return {
        pair: (
            mean_by_group(np.array(list(kept.values()), float), [lesion_of[image] for image in kept]),
            len(kept),
        )
        for pair, kept in sorted(same.items())
    }
