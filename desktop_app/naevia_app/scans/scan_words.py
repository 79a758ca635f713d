"""What is said about a scan, one or two sentences."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QCoreApplication

from naevia.printable import printable
from naevia.words import in_part_words
from naevia_app.parts.words import number
from naevia_app.scans.folder_scan import FolderScan
from naevia_app.scans.row_table import RowTable


def _tr(text: str) -> str:
    return QCoreApplication.translate("scan_words", text)


def progress_words(scan: FolderScan, done: int, total: int) -> str:
    """How far a running scan is.

    Args:
        scan: The scan.
        done: Files that have a row.
        total: Files in the folder; 0 until they were counted.
    """
    if not done:
        return _tr("Counting files\N{HORIZONTAL ELLIPSIS}")
    if scan.is_writing:
        return _tr("Saving {count} rows\N{HORIZONTAL ELLIPSIS}").format(count=number(done))
    total = max(total, done)  # files may have come since they were counted
    judged = done - scan.kept
    if not judged:
        return _tr("Going on with an earlier scan: {done} of {total} files").format(
            done=number(done), total=number(total)
        )
    return _tr("{done} of {total} files, about {left} left").format(
        done=number(done), total=number(total), left=_duration((total - done) * scan.elapsed_s / judged)
    )


def outcome_words(scan: FolderScan, table: RowTable, total: int, failure: str) -> str:
    """How a scan ended.

    Args:
        scan: The scan.
        table: Its rows.
        total: Files in the folder; 0 when they were never counted.
        failure: What ended it before its time; empty for nothing.
    """
    done = table.rowCount()
    if failure:
        return _failed_words(done, total, failure)
    if scan.written is None:
        return _stopped_words(scan, done, total)
    parts = [_counts(scan, table.outcomes), *_saved_words(scan, done)]
    if table.in_part:
        parts.insert(1, in_part_words(table.in_part))
    if done < total:
        gone = _tr("There were {total} when the scan began; {missing} of them went away and were not judged.")
        parts.append(gone.format(total=number(total), missing=number(total - done)))
    if done > total:
        came = _tr("There were {total} when the scan began: the folder changed meanwhile.")
        parts.append(came.format(total=number(total)))
    return " ".join([*parts, _tr("Double-click a row, or press Enter, to see the photo.")])


def _saved_words(scan: FolderScan, done: int) -> list[str]:
    """Where the rows are, and what they hold of an earlier scan into the same table."""
    words = [_tr("Saved as {name}.").format(name=printable(scan.output.name))]
    if scan.kept:
        words.append(_tr("{count} were judged by an earlier scan.").format(count=number(scan.kept)))
    if scan.written > done:
        gone = _tr("{count} rows of the table are of files that are gone since; scan again without them.")
        words.append(gone.format(count=number(scan.written - done)))
    return words


def _counts(scan: FolderScan, outcomes: Counter[str]) -> str:
    """How many files had which outcome; what none had is left out, but for `judged`."""
    forms = {"ok": _tr("{count} judged"), "refused": _tr("{count} refused"), "error": _tr("{count} not read")}
    named = [
        form.format(count=number(outcomes[status]))
        for status, form in forms.items()
        if outcomes[status] or status == "ok"
    ]
    return _tr("{done} files in {time}: {named}.").format(
        done=number(outcomes.total()), time=_duration(scan.elapsed_s), named=", ".join(named)
    )


def _failed_words(done: int, total: int, failure: str) -> str:
    if not done:
        return _tr("Nothing was scanned: {why}").format(why=failure)
    words = _tr("The scan ended after {done} files: {why}").format(done=number(done), why=failure)
    if done < total:
        words += " " + _tr("{missing} files were not judged.").format(missing=number(total - done))
    return words


def _stopped_words(scan: FolderScan, done: int, total: int) -> str:
    if not done:
        return _tr("Stopped before the first file was judged.")
    if done < total:
        words = _tr("Stopped after {done} of {total} files. The others were not judged.")
    elif done > total:
        words = _tr("Stopped after {done} files. Others, which came during the scan, were not judged.")
    else:
        words = _tr("Stopped after {done} files, before the table was saved.")
    go_on = _tr("To go on, scan the folder into {name} again.")
    return " ".join((words, go_on)).format(
        done=number(done), total=number(total), name=printable(scan.output.name)
    )


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
