"""How much faster a scan is than judging the same photos one after the other.

    python benchmarks/scan.py [--photos 400] [--model ID]

Draws photos of 600x450 pixels, judges them in a plain loop (read, predict) and through `naevia.scan.scan`,
in turns, and prints files per second of both and the median of the pairs' ratios. Only the ratio means
something on a shared machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2

from naevia.image import read_photo
from naevia.scan import scan
from naevia.session import Session
from naevia.shelf import find_model
from naevia.synthetic import draw_lesion
from naevia.taxonomy import CODES


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model")
    options = parser.parse_args()
    session = Session.open(find_model(options.model))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_photos(folder, options.photos)
        pairs = [
            (loop_seconds(folder, session), scan_seconds(folder, session)) for _ in range(options.rounds)
        ]
    for label, column in (("plain loop", 0), ("scan", 1)):
        seconds = statistics.median(pair[column] for pair in pairs)
        print(f"{label:>10}: {options.photos / seconds:7.1f} photos/s (median of {options.rounds})")
    print(f"     ratio: {statistics.median(loop / scanned for loop, scanned in pairs):7.2f} times as fast")


def draw_photos(folder: Path, count: int) -> None:
    """Write drawn lesions as JPEG."""
    for number in range(count):
        pixels = draw_lesion(CODES[number % len(CODES)], seed=number % 40)
        cv2.imwrite(str(folder / f"{number:05}.jpg"), pixels[..., ::-1])


def loop_seconds(folder: Path, session: Session) -> float:
    """Judge the photos one by one."""
    started = time.perf_counter()
    for path in sorted(folder.iterdir()):
        session.predict(read_photo(path))
    return time.perf_counter() - started


def scan_seconds(folder: Path, session: Session) -> float:
    """Judge the photos through the scan."""
    started = time.perf_counter()
    for _ in scan(folder, session):
        pass
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
