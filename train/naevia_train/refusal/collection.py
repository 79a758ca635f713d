"""The collection: which kinds there are, which half they belong to, and how one is made again.

The two halves share no kind of drawing, no photograph and no source of skin. Whatever is chosen about
refusing is chosen on the tuning half and on dermoscopy; the test half only measures it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from naevia.image import read_photo
from naevia_train.labelling.scoring_table import LabelledFile
from naevia_train.refusal import documents, photographs, plain, textures, things
from naevia_train.refusal.brush import Draw, Pixels
from naevia_train.refusal.skin import healthy_skin

Half = Literal["tuning", "test"]
HALVES: tuple[Half, Half] = ("tuning", "test")
DRAWINGS = 24
CUTS = {"tuning": 40, "test": 12}
SKIN_CUTS = 60
TUNING_SKIN = "ham10000"

DRAWN: dict[Half, dict[str, Draw]] = {
    "tuning": {
        "clouds": textures.clouds,
        "fabric": textures.fabric,
        "marble": textures.marble,
        "single colour": plain.single_colour,
        "linear gradient": plain.linear_gradient,
        "normal noise": plain.normal_noise,
        "printed page": documents.printed_page,
        "window": documents.window,
        "bar chart": documents.bar_chart,
        "polygons": things.polygons,
        "glove": things.glove,
        "landscape": things.landscape,
        "drawn skin": things.drawn_skin,
    },
    "test": {
        "stripes": textures.stripes,
        "wood": textures.wood,
        "bricks": textures.bricks,
        "leaves": textures.leaves,
        "radial gradient": plain.radial_gradient,
        "smooth colours": plain.smooth_colours,
        "uniform noise": plain.uniform_noise,
        "specks": plain.specks,
        "letter": documents.letter,
        "terminal": documents.terminal,
        "line chart": documents.line_chart,
        "pie chart": documents.pie_chart,
        "matrix code": documents.matrix_code,
        "bubbles": things.bubbles,
        "scribbles": things.scribbles,
        "ruler": things.ruler,
        "face": things.face,
    },
}


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture that shows no skin lesion.

    Attributes:
        kind: What it shows, such as `wood` or `photograph sklearn/china.jpg`.
        half: Which half it belongs to.
        pixels: Shape (height, width, 3), uint8, RGB.
    """

    kind: str
    half: Half
    pixels: Pixels


def drawings(half: Half, *, count: int = DRAWINGS) -> Iterator[Picture]:
    """The drawn pictures of a half, `count` of each kind, always the same ones."""
    for kind, draw in DRAWN[half].items():
        for number in range(count):
            rng = np.random.default_rng([number, *kind.encode()])
            height, width = (int(side) for side in rng.integers(200, 520, 2))
            yield Picture(kind, half, draw(rng, height, width))


def packaged_photographs(half: Half) -> Iterator[Picture]:
    """Cuts of the photographs that installed packages bring along; absent ones are left out."""
    for photograph in photographs.TUNING if half == "tuning" else photographs.TEST:
        path = photograph.find()
        if path is not None:
            rng = np.random.default_rng([0, *photograph.name.encode()])
            for cut in photographs.cuts(rng, path, CUTS[half]):
                yield Picture(f"photograph {photograph.name}", half, cut)


def skin_cuts(half: Half, files: Sequence[LabelledFile], *, most: int = SKIN_CUTS) -> Iterator[Picture]:
    """Healthy skin beside the lesions of dermoscopy photos, at most `most` cuts of each source of a half.

    Args:
        half: The tuning half takes the sources that HAM10000 comes in, the test half all others.
        files: Dermoscopy photos.
        most: Cuts of each source.
    """
    taken: Counter[str] = Counter()
    for file in files:
        if file.source.startswith(TUNING_SKIN) != (half == "tuning") or taken[file.source] >= most:
            continue
        cut = healthy_skin(read_photo(file.path).rgb_u8)
        if cut is not None:
            taken[file.source] += 1
            yield Picture(f"healthy skin {file.source}", half, cut)


def all_pictures(files: Sequence[LabelledFile] = ()) -> Iterator[Picture]:
    """Both halves; skin only where dermoscopy photos are given."""
    for half in HALVES:
        yield from drawings(half)
        yield from packaged_photographs(half)
        yield from skin_cuts(half, files)
