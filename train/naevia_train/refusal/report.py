"""How many pictures without a lesion, and how many dermoscopy photos, a model refuses, and by which rule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from naevia.errors import ImageError
from naevia.image import Photo, read_photo
from naevia.prediction import Prediction
from naevia.session import Session
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES
from naevia_train.files import write_text
from naevia_train.labelled import LabelledFile
from naevia_train.measure import Interval, wilson
from naevia_train.refusal.collection import HALVES, Picture

WANTED_REFUSED = 0.95
"""Share of pictures without a skin lesion that should be refused."""
MOST_DERMOSCOPY = 0.04
"""Share of dermoscopy that may be refused."""
LESION_SEEDS = 8

_NO_FILE = "0" * 64


@dataclass(frozen=True)
class Refused:
    """What became of one group of pictures.

    Attributes:
        group: `tuning`, `test`, `dermoscopy` or `drawn lesions`.
        name: Kind of picture or source of photos.
        pictures: How many.
        refused: How many were refused.
        by_quality: How many of these by what was measured on the photo, the rest by the network's score.
    """

    group: str
    name: str
    pictures: int
    refused: int
    by_quality: int

    @property
    def share(self) -> Interval:
        """Share refused with its 95 % Wilson interval."""
        return wilson(self.refused, self.pictures)


@dataclass(frozen=True)
class RefusalReport:
    """The groups, in the order they were measured, and the dermoscopy that could not be read."""

    rows: tuple[Refused, ...]
    unread: int

    def total(self, group: str) -> Refused:
        """A whole group added up."""
        rows = [row for row in self.rows if row.group == group]
        sums = (sum(getattr(row, name) for row in rows) for name in ("pictures", "refused", "by_quality"))
        return Refused(group, "all", *sums)

    def lines(self) -> list[str]:
        """The table for a screen."""
        lines = []
        for group in dict.fromkeys(row.group for row in self.rows):
            lines.append(f"{_TITLES[group]}:")
            rows = [row for row in self.rows if row.group == group]
            lines += [_line(row) for row in [*rows, self.total(group)]]
        if self.unread:
            lines.append(f"dermoscopy files that could not be read, left out: {self.unread}")
        return lines

    def write(self, path: Path) -> None:
        """Write the table as JSON."""
        record = {
            "rows": [asdict(row) for row in self.rows],
            "totals": {
                group: asdict(self.total(group)) | {"share": asdict(self.total(group).share)}
                for group in dict.fromkeys(row.group for row in self.rows)
            },
            "unread": self.unread,
        }
        write_text(path, json.dumps(record, indent=2) + "\n")


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
    tally = _Tally()
    for picture in pictures:
        tally.add(picture.half, picture.kind, session.predict(Photo(picture.pixels, _NO_FILE, "PNG")))
    unread = 0
    for file in dermoscopy:
        try:
            tally.add("dermoscopy", file.source, session.predict(read_photo(file.path)))
        except ImageError:
            unread += 1
    for code, photo in _drawn_lesions():
        tally.add("drawn lesions", code, session.predict(photo))
    return RefusalReport(tally.rows(), unread)


def _drawn_lesions() -> Iterator[tuple[str, Photo]]:
    for code in CODES:
        for seed in range(LESION_SEEDS):
            yield code, Photo(draw_lesion(code, seed=seed), _NO_FILE, "PNG")


class _Tally:
    """Counts by group and name."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[int]] = {}

    def add(self, group: str, name: str, answer: Prediction) -> None:
        counts = self._counts.setdefault((group, name), [0, 0, 0])
        counts[0] += 1
        counts[1] += answer.status == "refused"
        counts[2] += bool(answer.quality.issues)

    def rows(self) -> tuple[Refused, ...]:
        order = (*HALVES, "dermoscopy", "drawn lesions")
        keys = sorted(self._counts, key=lambda key: order.index(key[0]))
        return tuple(Refused(*key, *self._counts[key]) for key in keys)


def _line(row: Refused) -> str:
    low, high = row.share.low, row.share.high
    return (
        f"  {row.name:42} {row.pictures:5}  refused {row.share.value:6.1%} ({low:.1%} to {high:.1%}), "
        f"{row.by_quality} by the photo's quality"
    )
