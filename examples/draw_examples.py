"""Draw one example lesion of each diagnosis, and bare skin, into `examples/drawn/`: nobody's skin."""

from __future__ import annotations

from pathlib import Path

import cv2

from naevia.synthetic import draw_lesion, draw_skin
from naevia.taxonomy import TAXONOMY

FOLDER = Path(__file__).resolve().parent / "drawn"


def main() -> None:
    """Write `<diagnosis name>.png` for all nine, and `bare_skin.png`, which must not get an answer."""
    FOLDER.mkdir(exist_ok=True)
    for diagnosis in TAXONOMY:
        path = FOLDER / f"{diagnosis.name.replace(' ', '_')}.png"
        cv2.imwrite(str(path), draw_lesion(diagnosis.code, seed=3)[..., ::-1])
    cv2.imwrite(str(FOLDER / "bare_skin.png"), draw_skin(seed=3)[..., ::-1])


if __name__ == "__main__":
    main()
