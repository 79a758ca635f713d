"""Whether a photo's answer changes with its rendition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from naevia_train.measure import Interval, wilson


def rendition_agreement(
    image_ids: Sequence[str], sources: Sequence[str], answers: NDArray[np.int64]
) -> dict[tuple[str, str], tuple[Interval, int]]:
    """Share of images with the same top answer in two sources, and the number of images, by pair of sources.

    Args:
        image_ids: Image of each file.
        sources: Source of each file.
        answers: Taxonomy position of each file's top answer, shape (n,).
    """
    by_image: dict[str, dict[str, int]] = defaultdict(dict)
    for image_id, source, answer in zip(image_ids, sources, answers, strict=True):
        by_image[image_id].setdefault(source, int(answer))
    same: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for given in by_image.values():
        for first, second in combinations(sorted(given), 2):
            same[first, second].append(given[first] == given[second])
    return {
        pair: (wilson(sum(results), len(results)), len(results)) for pair, results in sorted(same.items())
    }
