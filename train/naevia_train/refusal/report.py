"""How many pictures without a lesion, and how many dermoscopy photos, a model refuses, and by which rule."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from naevia.ahead import ahead
from naevia.image import Photo
from naevia.prediction import Prediction
from naevia.session import Prepared, Session, prepare_file
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES
from naevia_train.files import write_text
from naevia_train.labelling.scoring_table import LabelledFile
from naevia_train.measuring.bootstrap import mean_by_group
from naevia_train.measuring.interval import Interval
from naevia_train.refusal.collection import HALVES, Picture

WANTED_REFUSED = 0.95
"""Share of pictures without a skin lesion that should be refused."""
MOST_DERMOSCOPY = 0.04
"""Share of dermoscopy that may be refused."""
LESION_SEEDS = 8

_NO_FILE = "0" * 64
_PHOTOS_AHEAD = 32


@dataclass(frozen=True)
class Refused:
    """What became of one group of pictures.

    Attributes:
        group: `tuning`, `test`, `dermoscopy` or `drawn lesions`.
        name: Kind of picture or source of photos.
        pictures: How many.
        refused: How many were refused.
        by_quality: How many of these by what was measured on the photo, the rest by the network's score.
        share: Share refused with its 95 % interval, resampling what is independent, see `Asked`.
    """

    group: str
    name: str
    pictures: int
    refused: int
    by_quality: int
    share: Interval


@dataclass(frozen=True)
class Asked:
    """One picture and what became of it.

    Attributes:
        group: As in `Refused`.
        kind: As `name` in `Refused`.
        thing: What is independent within its kind: a drawing, a photograph with all its cuts, a lesion.
        wider: What is independent within the group: a kind of picture, a photograph, a lesion.
        refused: Whether it was refused.
        by_quality: Whether for what was measured on the photo.
    """

    group: str
    kind: str
    thing: str
    wider: str
    refused: bool
    by_quality: bool


@dataclass(frozen=True)
class RefusalReport:
    """The pictures, in the order they were asked about, and the dermoscopy that could not be read."""

    asked: tuple[Asked, ...]
    unread: int

    @property
    def rows(self) -> tuple[Refused, ...]:
        """Every kind, by group."""
        order = (*HALVES, "dermoscopy", "drawn lesions")
        keys = sorted(
            dict.fromkeys((one.group, one.kind) for one in self.asked), key=lambda key: order.index(key[0])
        )
        return tuple(self._row(*key) for key in keys)

    def total(self, group: str) -> Refused:
        """A whole group added up; its interval resamples kinds, not the pictures of a kind."""
        chosen = [one for one in self.asked if one.group == group]
        return _added_up(group, "all", chosen, [one.wider for one in chosen])

    def _row(self, group: str, kind: str) -> Refused:
        chosen = [one for one in self.asked if (one.group, one.kind) == (group, kind)]
        return _added_up(group, kind, chosen, [one.thing for one in chosen])

    def lines(self) -> list[str]:
        """The table for a screen."""
        lines = []
        every = self.rows
        for group in dict.fromkeys(row.group for row in every):
            rows = [row for row in every if row.group == group]
            lines.append(f"{_TITLES[group]}: {_holds(group, rows)}")
            lines += [_line(row) for row in [*rows, self.total(group)]]
        lines.append(INTERVALS)
        if self.unread:
            lines.append(f"dermoscopy files that could not be read, left out: {self.unread}")
        return lines

    def write(self, path: Path) -> None:
        """Write the table as JSON."""
        record = {
            "rows": [asdict(row) for row in self.rows],
            "totals": {
                group: asdict(self.total(group)) for group in dict.fromkeys(row.group for row in self.rows)
            },
            "intervals": INTERVALS,
            "unread": self.unread,
        }
        write_text(path, json.dumps(record, indent=2) + "\n")


INTERVALS = (
    "Intervals, 95 %: within a kind, drawings, photographs (with all their cuts) and lesions are resampled; "
    "in `all`, kinds and photographs, and lesions of dermoscopy. Where all agree it is Wilson's over these."
)
_PHOTOGRAPH, _SKIN = "photograph ", "healthy skin "
_TITLES = {
    "tuning": "no skin lesion, tuning half (what is chosen is chosen on these)",
    "test": f"no skin lesion, test half (wanted: {WANTED_REFUSED:.0%} refused or more)",
    "dermoscopy": f"dermoscopy (wanted: {MOST_DERMOSCOPY:.0%} refused or less)",
    "drawn lesions": "drawn lesions (not skin, but made to be answered in examples)",
}


def refusal_report(
    session: Session, pictures: Iterable[Picture], dermoscopy: Sequence[LabelledFile]
) -> RefusalReport:
    """Ask a model about pictures without a lesion, dermoscopy photos and drawn lesions.

    Args:
        session: The open model.
        pictures: Pictures that show no skin lesion.
        dermoscopy: Photos of lesions; files that cannot be read are counted and left out.
    """

    def read(file: LabelledFile) -> Prepared | str:
        return prepare_file(file.path, session.contract.input)

    asked = []
    for number, picture in enumerate(pictures):
        answer = session.predict(Photo(picture.pixels, _NO_FILE, "PNG"))
        thing = picture.kind if picture.kind.startswith(_PHOTOGRAPH) else str(number)
        asked.append(_asked(picture.half, picture.kind, thing, picture.kind, answer))
    unread = 0
    with closing(ahead(dermoscopy, read, workers=os.cpu_count() or 1, most=_PHOTOS_AHEAD)) as outcomes:
        for file, prepared in outcomes:
            if isinstance(prepared, str):
                unread += 1
                continue
            answer = session.predict_prepared([prepared])[0]
            asked.append(_asked("dermoscopy", file.source, file.group, file.group, answer))
    for number, (code, photo) in enumerate(_drawn_lesions()):
        asked.append(_asked("drawn lesions", code, str(number), code, session.predict(photo)))
    return RefusalReport(tuple(asked), unread)


def _drawn_lesions() -> Iterator[tuple[str, Photo]]:
    for code in CODES:
        for seed in range(LESION_SEEDS):
            yield code, Photo(draw_lesion(code, seed=seed), _NO_FILE, "PNG")


def _asked(group: str, kind: str, thing: str, wider: str, answer: Prediction) -> Asked:
    return Asked(group, kind, thing, wider, answer.status == "refused", bool(answer.quality.issues))


def _added_up(group: str, name: str, asked: Sequence[Asked], independent: Sequence[str]) -> Refused:
    refused = np.array([one.refused for one in asked], float)
    by_quality = sum(one.by_quality for one in asked)
    share = mean_by_group(refused, independent)
    return Refused(group, name, len(asked), int(refused.sum()), by_quality, share)


def _holds(group: str, rows: Sequence[Refused]) -> str:
    """What the pictures of a group are."""
    if group not in HALVES:
        return f"{sum(row.pictures for row in rows):,} {'drawings' if group == 'drawn lesions' else 'photos'}"
    cuts = [row.pictures for row in rows if row.name.startswith(_PHOTOGRAPH)]
    skin = [row.pictures for row in rows if row.name.startswith(_SKIN)]
    drawn = [row.pictures for row in rows if not row.name.startswith((_PHOTOGRAPH, _SKIN))]
    parts = (
        (drawn, f"{sum(drawn):,} drawings of {len(drawn)} kinds"),
        (cuts, f"{sum(cuts):,} cuts of {len(cuts)} photographs"),
        (skin, f"{sum(skin):,} cuts of healthy skin, sources of dermoscopy: {len(skin)}"),
    )
    return ", ".join(words for counts, words in parts if counts)


def _line(row: Refused) -> str:
    low, high = row.share.low, row.share.high
    return (
        f"  {row.name:42} {row.pictures:5}  refused {row.share.value:6.1%} ({low:.1%} to {high:.1%}), "
        f"{row.by_quality} by the photo's quality"
    )
