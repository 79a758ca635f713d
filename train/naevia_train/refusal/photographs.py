"""Photographs that installed packages bring along; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from naevia.image import read_photo
from naevia_train.refusal.brush import Pixels

SMALLEST_CUT_PX = 160


@dataclass(frozen=True)
class Photograph:
    """Where a photograph is found.

    Attributes:
        package: Import name of the package that ships it.
        path: Path inside the package.
    """

    package: str
    path: str

    @property
    def name(self) -> str:
        """Package and file, such as `sklearn/china.jpg`."""
        return f"{self.package}/{Path(self.path).name}"

    def find(self) -> Path | None:
        """The file, or None where the package is not installed or does not hold it."""
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            return None
        path = Path(spec.origin).parent / self.path
        return path if path.is_file() else None


TUNING = (
    Photograph("sklearn", "datasets/images/china.jpg"),
    Photograph("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)
TEST = (
    Photograph("sklearn", "datasets/images/flower.jpg"),
    *(
        Photograph("skimage", f"data/{name}")
        for name in (
            "astronaut.png",
            "brick.png",
            "camera.png",
            "chelsea.png",
            "coffee.png",
            "coins.png",
            "grass.png",
            "gravel.png",
            "hubble_deep_field.jpg",
            "ihc.png",
            "moon.png",
            "motorcycle_left.png",
            "page.png",
            "retina.jpg",
            "rocket.jpg",
            "text.png",
        )
    ),
)


def cuts(rng: np.random.Generator, path: Path, count: int) -> Iterator[Pixels]:
    """Random rectangles of a photograph, from `SMALLEST_CUT_PX` to the whole of it.

    Args:
        rng: Generator.
        path: The photograph.
        count: Number of cuts; the first is the whole photograph.
    """
    rgb_u8 = read_photo(path).rgb_u8
    height, width = rgb_u8.shape[:2]
    yield rgb_u8
    for _ in range(count - 1):
        tall, wide = (int(rng.integers(min(SMALLEST_CUT_PX, side), side + 1)) for side in (height, width))
        top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
        yield np.ascontiguousarray(rgb_u8[top : top + tall, left : left + wide])
