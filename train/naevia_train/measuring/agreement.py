"""Whether a photo's answer changes with its rendition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from naevia_train.measuring.bootstrap import mean_by_group
from naevia_train.measuring.interval import Interval


@dataclass(frozen=True)
class Agreement:
    """How far the answers to two renditions of each image agree; intervals are by lesion.

    Attributes:
        same_answer: Share of images with the same top answer in both.
        images: Number of images.
        to_monitor: Of the malignant images that one of the renditions has referred, the share of which the
            other says `monitor`; None where there is no such image.
        referred: Number of those malignant images.
    """

    same_answer: Interval
    images: int
    to_monitor: Interval | None
    referred: int

    def __str__(self) -> str:
        words = f"{self.same_answer} of {self.images:,} images"
        if self.to_monitor is None:
            return words
        return (
            f"{words}; of {self.referred:,} malignant ones that one of the two has referred, the other says "
            f"monitor of {self.to_monitor}"
        )


def rendition_agreement(
    image_ids: Sequence[str],
    sources: Sequence[str],
    answers: NDArray[np.int64],
    *,
    lesions: Sequence[str],
    malignant: NDArray[np.bool_],
    referred: NDArray[np.bool_],
) -> dict[tuple[str, str], Agreement]:
    """Compare the first files that images have in two sources, by pair of sources.

    Args:
        image_ids: Image of each file.
        sources: Source of each file.
        answers: Taxonomy position of each file's top answer, shape (n,).
        lesions: Lesion of each file; images of one lesion are not independent.
        malignant: Which files show a malignant diagnosis, shape (n,).
        referred: Which files the threshold in use refers, shape (n,); none of them without a threshold.
    """
    by_image: dict[str, dict[str, int]] = defaultdict(dict)
    for index, (image_id, source) in enumerate(zip(image_ids, sources, strict=True)):
        by_image[image_id].setdefault(source, index)
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for files in by_image.values():
        for first, second in combinations(sorted(files), 2):
            pairs[first, second].append((files[first], files[second]))
    found = {}
    for pair, files_of_images in sorted(pairs.items()):
        first, second = np.array(files_of_images).T
        groups = np.array([lesions[index] for index in first], object)
        chosen = malignant[first] & (referred[first] | referred[second])
        lost = (referred[first] != referred[second])[chosen].astype(float)
        found[pair] = Agreement(
            same_answer=mean_by_group((answers[first] == answers[second]).astype(float), groups.tolist()),
            images=len(first),
            to_monitor=mean_by_group(lost, groups[chosen].tolist()) if chosen.any() else None,
            referred=int(chosen.sum()),
        )
    return found
