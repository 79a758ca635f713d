"""Which damaged JPEGs are noticed, by OpenCV and by Naevia, and what it costs on good ones.

    NAEVIA_DATA=/path/to/data python benchmarks/jpeg_damage.py [PHOTOS]

Takes photos of every source (320 by default), compares the pixels that both decoders give, then overwrites
two random bytes in the last two thirds of each file, twice, and counts the visibly damaged ones (mean
difference over 4 of 255) that are noticed.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path

import cv2
import numpy as np

from naevia.errors import ImageError
from naevia.formats.jpeg import decode_jpeg

SOURCES = ("ham10000/images", "ham10000/images_224", "isic2017_train", "isic9/Train")
VISIBLE = 4.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photos", type=int, nargs="?", default=320, help="how many; 320 by default")
    wanted = parser.parse_args().photos
    if not (data_root := os.environ.get("NAEVIA_DATA")):
        parser.error("set NAEVIA_DATA to the folder that holds the public images")
    root = Path(data_root)
    rng = random.Random(1)  # noqa: S311
    files = [
        path
        for source in SOURCES
        for path in rng.sample(sorted((root / source).rglob("*.jpg")), wanted // len(SOURCES))
    ]
    same = refused = visible = found_cv = found = 0
    seconds = [0.0, 0.0]
    for data in (path.read_bytes() for path in files):
        whole, seconds[0] = _timed(_opencv, data, seconds[0])
        ours, seconds[1] = _timed(_ours, data, seconds[1])
        refused += ours is None
        same += ours is not None and np.array_equal(whole, ours)
        for _ in range(2):
            broken = bytearray(data)
            for _ in range(2):
                broken[rng.randrange(len(data) // 3, len(data) - 10)] = rng.randrange(256)
            shown = _opencv(bytes(broken))
            if shown is None or shown.shape != whole.shape:
                found_cv += 1
            elif np.abs(shown.astype(int) - whole).mean() <= VISIBLE:
                continue
            visible += 1
            found += _ours(bytes(broken)) is None
    print(f"{len(files)} photos: {same} with the same pixels, {refused} refused")
    opencv_s, ours_s = seconds
    print(f"processor time: OpenCV {opencv_s:.2f} s, Naevia {ours_s:.2f} s, ratio {ours_s / opencv_s:.2f}")
    print(f"{visible} visibly damaged: OpenCV notices {found_cv}, Naevia {found}")


def _timed(decode, data: bytes, before_s: float):
    start = time.process_time()
    return decode(data), before_s + time.process_time() - start


def _opencv(data: bytes) -> np.ndarray | None:
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if decoded is None else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def _ours(data: bytes) -> np.ndarray | None:
    try:
        return decode_jpeg(data)
    except ImageError:
        return None


if __name__ == "__main__":
    main()
