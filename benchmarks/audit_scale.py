"""Time and memory of an audit as the number of files grows: no step may compare all pairs.

    python benchmarks/audit_scale.py 25000 50000 100000 200000

Draws a tree of small synthetic photos (each one different), audits it in a process of its own as the command
does, and prints processor time, time and memory: after the first 10 % of the files were read, after all were,
and at most, the writing of the report and the manifest included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

FOLDERS = ("melanoma", "nevus", "basal cell carcinoma", "dermatofibroma")
SIDE_PX = 48
SIZES = [25_000, 50_000, 100_000, 200_000]


def draw_tree(root: Path, start: int, end: int) -> None:
    """Add photos `start` to `end` - 1: smooth random patterns with fine noise, 48 px."""
    for number in range(start, end):
        folder = root / FOLDERS[number % len(FOLDERS)] / f"{number // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        coarse = cv2.resize(rng.normal(150, 50, (6, 6, 3)).astype(np.float32), (SIDE_PX, SIDE_PX))
        pixels = np.clip(coarse + rng.normal(0, 12, (SIDE_PX, SIDE_PX, 1)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:06d}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])


def audit_one(root: Path, cache: Path) -> None:
    """Audit a tree and print what it took as one line of JSON. Runs in a process of its own."""
    from naevia_train.auditing.engine import audit_folders
    from naevia_train.auditing.output import write_outputs

    marks: dict[str, float] = {}
    start_s, start_cpu_s = time.perf_counter(), time.process_time()

    def progress(done: int, total: int) -> None:
        if done >= total // 10:
            marks.setdefault("warm_mb", resident_mb())
        if done == total:
            marks["read_mb"], marks["read_s"] = resident_mb(), time.process_time() - start_cpu_s

    with audit_folders([root], cache=cache, progress=progress) as result:
        write_outputs(result, cache / "output")
        marks["files"], marks["copies"] = result.report.files, len(result.report.copies)
    marks["rest_s"] = time.process_time() - start_cpu_s - marks["read_s"]
    marks["wall_s"], marks["peak_mb"] = time.perf_counter() - start_s, peak_mb()
    print(json.dumps(marks))


def resident_mb() -> float:
    """Memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def peak_mb() -> float:
    """Most memory that was in use."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Audit trees of the given sizes, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="numbers of files")
    sizes = sorted(parser.parse_args().sizes)
    print("| files | read, CPU s | the rest, CPU s | all, s | warm, MB | all read, MB | peak, MB | copies |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        root, drawn = Path(folder) / "tree", 0
        for size in sizes:
            draw_tree(root, drawn, size)
            drawn = size
            cache = Path(folder) / f"cache-{size}"
            command = [sys.executable, __file__, "--one", str(root), str(cache)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            took = json.loads(answer.splitlines()[-1])
            times = " | ".join(f"{took[name]:.1f}" for name in ("read_s", "rest_s", "wall_s"))
            memory = " | ".join(f"{took[name]:.0f}" for name in ("warm_mb", "read_mb", "peak_mb"))
            print(f"| {took['files']:,} | {times} | {memory} | {took['copies']} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        audit_one(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
