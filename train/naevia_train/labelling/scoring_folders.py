"""Labelled images to evaluate on, found in class folders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from naevia.errors import DataError, UsageError
from naevia_train.labelling.collect import FoundFile, data_root, find_files
from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet, sets_that_know
from naevia_train.labelling.label_book import LabelBook
from naevia_train.labelling.label_files import read_label_files
from naevia_train.labelling.metadata import ImageFacts
from naevia_train.labelling.scoring_table import FilesToScore, LabelledFile, NotScored, of_known_diagnoses
from naevia_train.labelling.statements import resolve

_MOST_NAMED = 5


def find_labelled_files(
    folders: Sequence[Path],
    labels: Sequence[Path],
    *,
    split: str | None = None,
    known: DiagnosisSet = NINE,
    facts: Mapping[str, ImageFacts] | None = None,
) -> FilesToScore:
    """Find labelled images in folders; files without a label that can be trusted are left out.

    A label is that of the image, whichever folders its files lie in. A folder may be named after one of the
    nine diagnoses, or after one of the set.

    Args:
        folders: Class folders, or folders of images that the labels list.
        labels: Official labels.
        split: Leave out what lies in a folder of another split, such as `Train`; by default everything
            counts.
        known: The diagnoses.
        facts: What other tables say of images, by their ids: lesions and patients.

    Raises:
        DataError: No image has a label.
        UsageError: A split is asked for, and no folder is called so.
    """
    book, facts = read_label_files(labels), facts or {}
    found = find_files(folders, book.image_ids.union(facts))
    folder_labels: dict[str, set[str]] = defaultdict(set)
    for file in found:
        code = file.folder_label or known.code_of(_word(file))
        folder_labels[file.image_id] |= {code} if code else set()
    labels_of = {
        image_id: resolve(book.statements.get(image_id, {}), of).label
        for image_id, of in folder_labels.items()
    }
    files, other_splits = _in_split(found, split, folders)
    without = [file for file in files if labels_of[file.image_id] is None]
    unlabelled = [file for file in without if not folder_labels[file.image_id]]
    left_out = NotScored(
        contradictory=tuple(dict.fromkeys(f.image_id for f in without if folder_labels[f.image_id])),
        unlabelled=Counter(map(_folder, unlabelled)),
        other_splits=other_splits,
    )
    labelled = [
        _of_folder(file, code, book, facts.get(file.image_id, ImageFacts()), known)
        for file in files
        if (code := labels_of[file.image_id])
    ]
    given = ", ".join(map(str, folders))
    if not labelled:
        raise DataError(f"no image in {given} has a label{_why(left_out, unlabelled)}")
    return of_known_diagnoses(labelled, given, left_out)


def _why(left_out: NotScored, unlabelled: Sequence[FoundFile]) -> str:
    """Why no image has a label, and the way out."""
    number, names = len(left_out.contradictory), [f'"{name}"' for name in left_out.unlabelled]
    why = f", {number} images lie in folders of different diagnoses" if number else ""
    way_out = "name class folders after diagnoses, or give --labels"
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        why += f", as no diagnosis is called {', '.join(names[:_MOST_NAMED])}{more}"
        if fitting := sets_that_know(map(_word, unlabelled)):
            way_out = f"give --taxonomy {fitting[0]}, {way_out}"
    return f"{why}; {way_out}"


def _in_split(
    files: Sequence[FoundFile], split: str | None, folders: Sequence[Path]
) -> tuple[list[FoundFile], Counter[str]]:
    """The files of a split and those that no folder gives one, and the number of all others by split."""
    if split is None:
        return list(files), Counter()
    declared = Counter(file.declared for file in files if file.declared)
    if split not in declared:
        found = f"only after {', '.join(sorted(declared))}" if declared else "nor after any other"
        raise UsageError(
            f"no folder of images under {data_root(folders)} is called after the split {split}, {found}; "
            "leave --split out, or choose another"
        )
    del declared[split]
    return [file for file in files if file.declared in (None, split)], declared


def _word(file: FoundFile) -> str:
    """The name of the folder that should say a file's diagnosis."""
    return file.folder_word or PurePosixPath(file.source).name


def _folder(file: FoundFile) -> str:
    return file.folder_word or f"directly in {file.source}"


def _of_folder(
    file: FoundFile, code: str, book: LabelBook, fact: ImageFacts, known: DiagnosisSet
) -> LabelledFile | None:
    """A file of a folder with its image's diagnosis; None when the set does not know it."""
    position = known.find(code)
    if position is None:
        return None
    (lesion, *_), (patient, *_) = (
        (*ids.get(file.image_id, ()), known)
        for ids, known in ((book.lesions, fact.lesion), (book.patients, fact.patient))
    )
    return LabelledFile(
        path=file.path,
        name=file.name,
        image_id=file.image_id,
        source=file.source,
        diagnosis=known.codes[position],
        lesion=lesion,
        group=patient or lesion or file.image_id,
        split=file.declared or "",
        patient=patient,
    )
