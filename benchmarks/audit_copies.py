"""How many planted copies of each kind the audit finds by appearance, and how many pairs that are none.

    python benchmarks/audit_copies.py DATA/ham10000/images --lesions DATA/ham10000/HAM10000_metadata.csv

Takes one photo per lesion, plants one copy of each kind of every `--every`th photo, and prints recall and
margins by kind, precision over all pairs, and how far different photos stay below the threshold: for each of
two halves of the photos, drawn with a seed. The thresholds were set on photos of both and on drawings, so
neither half is untouched; how far the halves differ says how much chance there is in the figures.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from naevia.image import read_photo
from naevia_train.auditing.appearance import MOST_CONFIRMED
from naevia_train.auditing.confirm import PLAUSIBLE, SAME_PICTURE, Match, align, plausibility
from naevia_train.auditing.phash import lay, thumbnail, window_hashes
from naevia_train.auditing.propose import NEAR_BITS, Proposals, nearest, propose

Pixels = NDArray[np.uint8]
Change = Callable[[Pixels, np.random.Generator], Pixels]


def encode(rgb: Pixels, quality: int) -> Pixels:
    """The photo as a JPEG of that quality shows it."""
    return cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def scale(rgb: Pixels, share: float) -> Pixels:
    """The photo, smaller."""
    return cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def crop(rgb: Pixels, most: float, rng: np.random.Generator) -> Pixels:
    """The photo without up to `most` of the side at each edge."""
    height, width = rgb.shape[:2]
    top, bottom, left, right = rng.uniform(0, most, 4)
    return rgb[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]


KINDS: dict[str, Change] = {
    "JPEG quality 50": lambda rgb, rng: encode(rgb, 50),
    "half the size": lambda rgb, rng: encode(scale(rgb, 0.5), 85),
    "squashed to a square": lambda rgb, rng: encode(cv2.resize(rgb, (180, 180)), 85),
    "mirrored": lambda rgb, rng: encode(rgb[:, ::-1], 85),
    "turned by 90 degrees": lambda rgb, rng: encode(np.rot90(rgb), 85),
    "cropped, up to 3 % at each edge": lambda rgb, rng: encode(crop(rgb, 0.03, rng), 85),
    "cropped, up to 6 % at each edge": lambda rgb, rng: encode(crop(rgb, 0.06, rng), 85),
    "cropped, up to 10 % at each edge": lambda rgb, rng: encode(crop(rgb, 0.10, rng), 85),
    "cropped by 5 %, turned, resized, quality 60": lambda rgb, rng: encode(
        scale(np.rot90(crop(rgb, 0.05, rng)), 0.8), 60
    ),
}


def choose(folder: Path, lesions: Path | None, limit: int) -> list[Path]:
    """Photos of different lesions."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if lesions is not None:
        with lesions.open(newline="", encoding="utf-8-sig") as file:
            lesion_of = {row["image_id"]: row["lesion_id"] for row in csv.DictReader(file)}
        paths = list({lesion_of.get(path.stem, path.stem): path for path in reversed(paths)}.values())[::-1]
    return paths[:limit]


def measure(pairs: Proposals, grey: NDArray[np.uint8]) -> Iterator[tuple[int, int, Match]]:
    """How alike every pair is that the audit would confirm, were none of them joined before."""
    starts = range(0, len(pairs.first), 4096)
    parts = [Proposals(*(column[start : start + 4096] for column in pairs)) for start in starts]
    found = [plausibility(grey[part.first], grey[part.second], part.window, part.turn) for part in parts]
    likely = np.concatenate([np.empty(0, np.float32), *found])
    pairs = Proposals(*(column[likely >= PLAUSIBLE] for column in pairs))
    kept = nearest(pairs.first, pairs.second, -likely[likely >= PLAUSIBLE], len(grey), MOST_CONFIRMED)

    def score(index: int) -> Match:
        second = lay(grey[pairs.second[index]], int(pairs.turn[index]))
        return align(grey[pairs.first[index]], second, int(pairs.window[index]))

    chosen = np.flatnonzero(kept).tolist()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for index, match in zip(chosen, pool.map(score, chosen), strict=True):
            yield int(pairs.first[index]), int(pairs.second[index]), match


def main() -> None:
    """Plant, search, count and print, half by half."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lesions", type=Path, help="CSV with image_id and lesion_id")
    parser.add_argument("--limit", type=int, default=4000)
    parser.add_argument("--every", type=int, default=10)
    given = parser.parse_args()
    paths = choose(given.folder, given.lesions, given.limit)
    order = np.random.default_rng(1).permutation(len(paths))
    for name, half in (("First", order[::2]), ("Second", order[1::2])):
        print(f"## {name} half of the photos\n")
        search([paths[index] for index in np.sort(half)], given.every)


def search(paths: list[Path], every: int) -> None:
    """Plant, search, count and print."""
    rng = np.random.default_rng(1)
    thumbnails, origin, kind_of = [], [], []
    for index, path in enumerate(paths):
        rgb = read_photo(path).rgb_u8
        changes = KINDS.items() if index % every == 0 else ()
        for kind, pixels in [("", rgb), *((kind, change(rgb, rng)) for kind, change in changes)]:
            thumbnails.append(thumbnail(np.ascontiguousarray(pixels)))
            origin.append(index)
            kind_of.append(kind)
    grey = np.stack(thumbnails)
    pairs = propose(np.stack([window_hashes(item) for item in grey]))
    report(paths, origin, kind_of, list(measure(pairs, grey)))


def report(
    paths: list[Path], origin: list[int], kind_of: list[str], measured: list[tuple[int, int, Match]]
) -> None:
    """Print recall by kind, precision, and the margins on both sides of the threshold."""
    reached: dict[str, list[Match]] = defaultdict(list)
    different: dict[tuple[int, int], Match] = {}
    true_pairs = 0
    for first, second, match in measured:
        pair = (min(origin[first], origin[second]), max(origin[first], origin[second]))
        if pair[0] != pair[1]:
            different[pair] = max(different.get(pair, match), match, key=lambda item: (item.same, item))
        else:
            true_pairs += match.same
            if not (kind_of[first] and kind_of[second]):
                reached[kind_of[first] or kind_of[second]].append(match)
    print(f"{len(paths)} photos; hashes within {NEAR_BITS} of 64 bits; same picture from {SAME_PICTURE} on\n")
    print("| planted copy of the photo | planted | found | recall | lowest 1 % of similarity |")
    print("|---|--:|--:|--:|--:|")
    for kind in KINDS:
        planted, found = kind_of.count(kind), sum(match.same for match in reached[kind])
        low = np.percentile([match.similarity for match in reached[kind]] or [0.0], 1)
        print(f"| {kind} | {planted} | {found} | {found / planted:.4f} | {low:.3f} |")
    alarms = {pair: match for pair, match in different.items() if match.same}
    apart = sorted((match.similarity for match in different.values() if not match.same), reverse=True)
    print(f"\npairs found: {true_pairs} of one photo, {len(alarms)} of different lesions", end="; ")
    print(f"precision {true_pairs / max(true_pairs + len(alarms), 1):.4f}")
    print(f"most alike of the pairs kept apart: {', '.join(f'{value:.3f}' for value in apart[:5])}")
    for (first, second), match in sorted(alarms.items(), key=lambda item: item[1], reverse=True):
        print(f"look at: {paths[first].name} and {paths[second].name} ({match.similarity:.3f})")
    print()


if __name__ == "__main__":
    main()
