"""A clean data set, the faults that are planted into it, and what an audit must say about each."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

PER_KIND = 4


def jpeg(bgr: Pixels, quality: int) -> Pixels:
    return cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def scaled(bgr: Pixels, share: float) -> Pixels:
    return cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def cropped(bgr: Pixels, top: float, bottom: float, left: float, right: float) -> Pixels:
    height, width = bgr.shape[:2]
    return bgr[
        round(top * height) : height - round(bottom * height),
        round(left * width) : width - round(right * width),
    ]


APPEARANCES: dict[str, Callable[[Pixels], Pixels]] = {
    "re-encoded": lambda bgr: jpeg(bgr, 50),
    "resized": lambda bgr: scaled(bgr, 0.6),
    "squashed": lambda bgr: cv2.resize(bgr, (90, 90), interpolation=cv2.INTER_AREA),
    "mirrored": lambda bgr: bgr[:, ::-1],
    "upside down": lambda bgr: bgr[::-1],
    "turned by 90": lambda bgr: np.rot90(bgr),
    "turned by 180": lambda bgr: np.rot90(bgr, 2),
    "turned by 270": lambda bgr: np.rot90(bgr, 3),
    "cropped at the edges": lambda bgr: cropped(bgr, 0.03, 0.03, 0.03, 0.03),
    "cropped at one corner": lambda bgr: cropped(bgr, 0.05, 0.0, 0.0, 0.05),
    "cropped, mirrored, resized, re-encoded": lambda bgr: jpeg(
        scaled(cropped(bgr, 0.04, 0.02, 0.03, 0.04), 0.8)[:, ::-1], 70
    ),
}


@dataclass
class Planted:
    """The data set and its faults.

    Attributes:
        root: The folder to audit.
        labels: The official labels.
        clean: Number of images without a fault.
        copies: Pairs of paths that show one picture, the first found first, by kind of copy.
        broken: Problem by path.
        two_folders: Paths of images that stand in two class folders.
        relabelled: Official diagnosis of images in a wrong folder, by path.
        leaks: Held-out paths, by kind of leak.
        contents: SHA-256 of every file of the folder, as it was planted, by path.
    """

    root: Path
    labels: Path
    clean: int
    copies: dict[str, set[frozenset[str]]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    two_folders: set[str] = field(default_factory=set)
    relabelled: dict[str, str] = field(default_factory=dict)
    leaks: dict[str, set[str]] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)


class Planter:
    """Plants faults, one clean image for each; no image gets two.

    Args:
        root: Folder with Train/<diagnosis>/*.jpg, clean.
        folders: Its class folders and their codes.
    """

    def __init__(self, root: Path, folders: dict[str, str]) -> None:
        self.root, self.folders = root, folders
        self._free = sorted(root.rglob("*.jpg"))
        np.random.default_rng(5).shuffle(self._free)
        self.rows: list[str] = []
        self.result = Planted(root, root.parent / "official.csv", len(self._free))

    def plant(self) -> Planted:
        """Plant everything."""
        for kind, change in APPEARANCES.items():
            for source in self._take():
                pixels = cv2.imread(str(source))
                target = source.with_name(f"{kind.replace(' ', '-')}-{source.name}")
                cv2.imwrite(str(target), change(pixels), [cv2.IMWRITE_JPEG_QUALITY, 90])
                self._copied(kind, source, target)
        self._plant_exact()
        self._plant_labels()
        self._plant_leaks()
        self._plant_broken()
        header = "image_id,diagnosis,lesion_id,patient_id\n"
        self.result.labels.write_text(header + "".join(f"{row}\n" for row in self.rows))
        self.result.contents = contents(self.root)
        return self.result

    def name(self, path: Path) -> str:
        return path.relative_to(self.root.parent).as_posix()

    def _take(self, count: int = PER_KIND) -> list[Path]:
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    def _copied(self, kind: str, source: Path, target: Path) -> None:
        pair = frozenset((self.name(source), self.name(target)))
        self.result.copies.setdefault(kind, set()).add(pair)

    def _other_folder(self, path: Path) -> str:
        return next(name for name in self.folders if name != path.parent.name)

    def _plant_exact(self) -> None:
        for source in self._take():
            target = source.with_suffix(".png")
            cv2.imwrite(str(target), cv2.imread(str(source)))
            self._copied("pixels", source, target)
        for source in self._take():
            target = self.root / "Train" / self._other_folder(source) / f"again-{source.name}"
            shutil.copy(source, target)
            self._copied("bytes", source, target)
            self.result.two_folders |= {self.name(source), self.name(target)}

    def _plant_labels(self) -> None:
        for source in self._take():
            code = self.folders[self._other_folder(source)]
            self.rows.append(f"{source.stem},{code},,")
            self.result.relabelled[self.name(source)] = code
        for source in self._take():
            self.rows.append(f"{source.stem},{self.folders[source.parent.name]},,")

    def _plant_leaks(self) -> None:
        for source in self._take():
            self._leak("bytes", source, Path(shutil.copy(source, self._test_place(source, "copy"))))
        for source in self._take():
            target = self._test_place(source, "turned")
            cv2.imwrite(str(target), np.rot90(cv2.imread(str(source))))
            self._leak("appearance", source, target)
        for column in ("lesion", "patient"):
            for first, second in zip(self._take(), self._take(), strict=True):
                target = self._test_place(second, column)
                second.rename(target)
                key = f"{column}-{first.stem}"
                ids = f"{key}," if column == "lesion" else f",{key}"
                self.rows += [f"{first.stem},,{ids}", f"{target.stem},,{ids}"]
                self.result.leaks.setdefault(column, set()).add(self.name(target))

    def _test_place(self, source: Path, word: str) -> Path:
        folder = self.root / "Test" / source.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{word}-{source.name}"

    def _leak(self, kind: str, source: Path, target: Path) -> None:
        self._copied(kind, source, target)
        self.result.leaks.setdefault(kind, set()).add(self.name(target))

    def _plant_broken(self) -> None:
        folder = self.root / "Train" / next(iter(self.folders))
        whole = self._free[0].read_bytes()
        frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
        frames[0].save(folder / "animated.png", save_all=True, append_images=frames[1:])
        cv2.imwrite(str(folder / "small.jpg"), np.full((20, 20, 3), 90, np.uint8))
        lying = self._take(1)[0]
        lying.rename(lying.with_suffix(".bmp"))
        nameless = self._take(1)[0]
        nameless.rename(nameless.with_suffix(""))
        for name, data in (
            ("empty.jpg", b""),
            ("truncated.jpg", whole[: len(whole) // 2]),
            ("text.jpg", b"this is a letter"),
            ("notes.txt", b"remember the milk"),
        ):
            (folder / name).write_bytes(data)
        kinds = {"animated.png": "several-frames", "small.jpg": "tiny", "empty.jpg": "empty"}
        kinds |= {"truncated.jpg": "damaged", "text.jpg": "not-an-image", "notes.txt": "not-an-image"}
        self.result.broken = {self.name(folder / name): kind for name, kind in kinds.items()}
        for path in (lying.with_suffix(".bmp"), nameless.with_suffix("")):
            self.result.broken[self.name(path)] = "extension"


def contents(root: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path from there."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def lay_out(pictures: Iterable[Pixels], root: Path, folders: dict[str, str]) -> Path:
    """Write pictures as JPEG files into the class folders in turn, under names that are nobody's ids."""
    names = list(folders)
    for number, bgr in enumerate(pictures):
        folder = root / "Train" / names[number % len(names)]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"p{number:05d}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return root
