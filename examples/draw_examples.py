"""Draw one example lesion of each diagnosis into `examples/drawn/`. The drawings are nobody's skin."""

from __future__ import annotations

from pathlib import Path

import cv2

from naevia.synthetic import draw_lesion
from naevia.taxonomy import TAXONOMY

FOLDER = Path(__file__).resolve().parent / "drawn"


def main() -> None:
    """Write `<diagnosis name>.png` for all nine."""
    FOLDER.mkdir(exist_ok=True)
    for diagnosis in TAXONOMY:
        path = FOLDER / f"{diagnosis.name.replace(' ', '_')}.png"
        cv2.imwrite(str(path), draw_lesion(diagnosis.code, seed=3)[..., ::-1])


if __name__ == "__main__":
    main()
