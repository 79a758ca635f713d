"""A folder scanned into a table, from where an earlier scan into the same table stopped.

The rows go to a journal as they come, and to the table when the last one is there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from naevia.errors import UsageError
from naevia.journal import Journal, journal_files
from naevia.rows import Row
from naevia.scan import count_files, scan
from naevia.session import Session
from naevia.writers import RowFile, RowFormat, format_of


class TableScan:
    """What is scanned, and into which file; its own files in the folder are passed over.

    Args:
        folder: The folder.
        output: The table to make; its folder must exist.
        format: By default what the output's name ends in.

    Attributes:
        file: The table, which appears, and replaces an earlier one, only when it is complete.
        output: Its path, with links followed.
        total: How many files the folder holds.

    Raises:
        UsageError: The folder is missing or holds no files, or no table can be made there.
    """

    def __init__(self, folder: Path, output: Path, format: RowFormat | None = None) -> None:
        self._folder = folder
        self.file = RowFile(output, format or format_of(output))
        self.output = self.file.output
        self._ours = (output, self.output, self.file.partial, *journal_files(self.output))
        self.total = count_files(folder, skip=self._ours)
        if self.total == 0:
            raise UsageError(f"no files in {folder}; name the folder that holds the photos")

    def rows(
        self,
        journal: Journal,
        session: Session,
        *,
        workers: int | None = None,
        batch_size: int | None = None,
    ) -> Generator[Row, None, None]:
        """Every file's row, to be added to the journal as it comes; from there, or judged. As `scan`."""
        return scan(
            self._folder,
            session,
            workers=workers,
            batch_size=batch_size,
            skip=self._ours,
            find=journal.find,
        )

    def write(self, journal: Journal, when_written: Callable[[], None] = lambda: None) -> None:
        """Make the table of all rows in the journal, and delete that.

        Args:
            journal: The journal, with the last row in it.
            when_written: Called between the last row and the moment at which the table appears.

        Raises:
            NaeviaError: The disk is full or gone; the journal stays.
        """
        with self.file as file:
            for cells in journal.rows():
                file.write_cells(cells)
            when_written()
        journal.remove()
