"""A small window that a photo can be dragged out of.

It tells what became of the photo. Started by `test_real_drop.py`, not a test itself.

Usage: python drag_source.py LEFT TOP FILE...
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class DragSource(QLabel):
    """Drags the files as soon as the pointer moves with the button down; offers what a file manager does."""

    def __init__(self, files: list[str]) -> None:
        super().__init__("drag me")
        self._urls = [QUrl.fromLocalFile(file) for file in files]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        mime = QMimeData()
        mime.setUrls(self._urls)
        drag = QDrag(self)
        drag.setMimeData(mime)
        done = drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)
        sys.stdout.write(f"{done.name}\n")
        sys.stdout.flush()


def main() -> int:
    app = QApplication(sys.argv[:1])
    left, top, *files = sys.argv[1:]
    source = DragSource(files)
    source.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
    source.setGeometry(int(left), int(top), 160, 120)
    source.show()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
