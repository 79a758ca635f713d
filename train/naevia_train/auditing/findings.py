"""What an audit finds, as records: the engine fills them, the reports render them and compute nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from naevia_train.labelling.label_problems import LabelProblem

Resolve = Literal["authority", "drop", "keep"]
"""What is done about contradictions: the authority's label, then dropping; dropping at once; or nothing."""

FileProblemKind = Literal[
    "empty", "damaged", "not-an-image", "several-frames", "too-large", "unreadable", "unsupported",
    "not-found", "tiny", "extension",
]  # fmt: skip
CopyKind = Literal["id", "bytes", "pixels", "appearance"]
ContradictionKind = Literal["two folders", "folder against authority", "authorities disagree"]
LeakKind = Literal["bytes", "pixels", "appearance", "id", "lesion", "patient"]
ClassProblemKind = Literal["missing", "unsupported", "imbalance"]


@dataclass(frozen=True)
class FileRef:
    """One file as every finding names it.

    Attributes:
        path: Path from the data root (`AuditReport.root`), with forward slashes.
        image_id: The image it shows.
        source: The given folder it came from.
        folder_label: Diagnosis code of its class folder, or empty.
        declared: `train`, `validation` or `test` by the folder above it, or empty.
    """

    path: str
    image_id: str
    source: str
    folder_label: str
    declared: str


@dataclass(frozen=True)
class FileProblem:
    """A file that cannot be used, or that is not what it seems.

    Attributes:
        file: The file.
        kind: What is wrong: `tiny` and `extension` (its name lies about its format) can still be read.
        message: One line for a person.
        used: Whether training may use it all the same.
    """

    file: FileRef
    kind: FileProblemKind
    message: str
    used: bool


@dataclass(frozen=True)
class CopyLink:
    """Why two files are held for one picture.

    Attributes:
        first: Path of the file that came first.
        second: Path of the other.
        kind: The strongest reason: same bytes, same pixels, same id, or same appearance.
        turned: How the second must be turned to lie on the first, such as `as it is` or `mirrored left to
            right`; for appearance only, else empty.
        hash_bits: Bits by which the perceptual hashes differ (of 64), -1 where not compared.
        similarity: Correlation of the aligned pictures' detail, 0 to 1; 1 for bytes and pixels, -1 where not
            compared, because hashes of one id are near.
    """

    first: str
    second: str
    kind: CopyKind
    turned: str
    hash_bits: int
    similarity: float


@dataclass(frozen=True)
class IdClash:
    """Two files of one id that show different pictures. They stay together, and a person should look.

    Attributes:
        first: The file of that id that came first.
        second: The other.
        hash_bits: Bits by which their perceptual hashes differ (of 64).
        similarity: Correlation of their detail where they lie best, 0 to 1.
    """

    first: FileRef
    second: FileRef
    hash_bits: int
    similarity: float


@dataclass(frozen=True)
class CopyGroup:
    """Files that show one picture, and the links that say so.

    Attributes:
        image_id: The image that they are files of in the manifest.
        files: Two or more, in the order they were found.
        links: The evidence; they connect all files.
    """

    image_id: str
    files: tuple[FileRef, ...]
    links: tuple[CopyLink, ...]


@dataclass(frozen=True)
class Said:
    """One statement about an image.

    Attributes:
        who: An authority such as `ISIC 2019`, or `folder`.
        labels: Diagnosis codes that the statement allows, the likeliest first; more than one where the class
            does not line up with a single diagnosis.
    """

    who: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Contradiction:
    """One image about which two statements exclude each other.

    Attributes:
        kind: Which statements.
        image_id: The image.
        files: All its files.
        said: What every folder and authority says.
        label: The label that holds in the manifest, or empty where the image is dropped.
        why: The reason for that.
        resolved: False where the contradiction remains in the manifest (`--resolve keep`).
    """

    kind: ContradictionKind
    image_id: str
    files: tuple[FileRef, ...]
    said: tuple[Said, ...]
    label: str
    why: str
    resolved: bool


@dataclass(frozen=True)
class Leak:
    """A file of a held-out split that training could have seen.

    Attributes:
        kind: How it is known: the strongest reason only, in the order of `LeakKind`.
        held_out: The file in a declared test or validation folder.
        seen: The files in a folder of another split that give it away, at least one.
        key: The shared lesion or patient id; empty for the other kinds.
        resolved: Whether the manifest keeps them apart.
    """

    kind: LeakKind
    held_out: FileRef
    seen: tuple[FileRef, ...]
    key: str
    resolved: bool


@dataclass(frozen=True)
class MappingUse:
    """How a word of a source was read, and how often.

    Attributes:
        who: The authority or the given folder.
        word: As it stands there, such as `akiec` or `seborrheic keratosis`.
        labels: Diagnosis codes it allows; empty where it says nothing.
        images: Images it was used for.
    """

    who: str
    word: str
    labels: tuple[str, ...]
    images: int


@dataclass(frozen=True)
class UnreadColumns:
    """What a person's own label file says and nothing reads.

    Attributes:
        csv: The label file's name as given.
        columns: Names of the columns, in lower case.
    """

    csv: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ClassCount:
    """One diagnosis before and after.

    Attributes:
        label: Diagnosis code.
        files_before: Readable files whose class folder says so, or else whose authority does.
        images_after: Images with that final label that are used (train, validation or test).
        train: Of them in training.
        validation: Of them in validation.
        test: Of them in test.
        excluded: Images with that label that are kept out because they share a group with a held-out image.
        confirmed: Images in class folders of this name that an authority confirms.
        checked: Images in class folders of this name that an authority knows.
    """

    label: str
    files_before: int
    images_after: int
    train: int
    validation: int
    test: int
    excluded: int
    confirmed: int
    checked: int


@dataclass(frozen=True)
class ClassProblem:
    """A diagnosis that is missing, that nothing trustworthy supports, or that is rare."""

    kind: ClassProblemKind
    label: str
    message: str


@dataclass(frozen=True)
class Shortcut:
    """How well something that is not the lesion predicts the diagnosis.

    Attributes:
        signal: What was looked at, such as `source` or `JPEG quantisation`; `everything` for all together.
        balanced_accuracy: Mean recall over the diagnoses, cross-validated, groups kept together.
        low: Lower end of its 95 % interval.
        high: Upper end.
        chance: What guessing gives.
        recall: Recall by diagnosis code, in taxonomy order.
        files: Files it was measured on.
    """

    signal: str
    balanced_accuracy: float
    low: float
    high: float
    chance: float
    recall: tuple[tuple[str, float], ...]
    files: int


@dataclass(frozen=True)
class AuditReport:
    """Everything an audit found. Equal inputs give equal reports, whatever the number of workers.

    Attributes:
        root: Absolute path that every `path` starts from.
        folders: The given folders, as seen from the root.
        label_files: The given label files, by name.
        unread_columns: Columns of them that nothing reads.
        grouped_by: Which ids they give, of `lesion` and `patient`.
        resolve: The policy.
        seed: Seed of the split.
        declared: Splits that folders are named after, in order.
        files: Image files found.
        readable: Of them readable.
        images: Images among them, renditions and copies counted once.
        used: Images in train, validation or test.
        problems: Files that are broken or odd.
        copies: Groups of files that show one picture.
        id_clashes: Files of one id that show different pictures.
        contradictions: Images with statements that exclude each other.
        leaks: Held-out files that training could have seen.
        label_problems: Rows and ids that do not fit.
        mapping: How words of labels were read.
        unnamed: Folders whose names are no diagnosis, with the images that have no label because of it, most
            images first.
        classes: One entry per diagnosis, in taxonomy order.
        class_problems: Imbalance, missing and unsupported diagnoses.
        shortcuts: What else tells the diagnosis; empty where there is too little to measure.
        relabelled: Images whose final label differs from one of their folders'.
        dropped: Images (readable) that the manifest drops, by reason.
    """

    root: str
    folders: tuple[str, ...]
    label_files: tuple[str, ...]
    unread_columns: tuple[UnreadColumns, ...]
    grouped_by: tuple[str, ...]
    resolve: Resolve
    seed: int
    declared: tuple[str, ...]
    files: int
    readable: int
    images: int
    used: int
    problems: Collection[FileProblem]
    copies: Collection[CopyGroup]
    id_clashes: Collection[IdClash]
    contradictions: Collection[Contradiction]
    leaks: Collection[Leak]
    label_problems: Collection[LabelProblem]
    mapping: tuple[MappingUse, ...]
    unnamed: tuple[MappingUse, ...]
    classes: tuple[ClassCount, ...]
    class_problems: tuple[ClassProblem, ...]
    shortcuts: tuple[Shortcut, ...]
    relabelled: int
    dropped: tuple[tuple[str, int], ...]

    @property
    def remaining(self) -> int:
        """Contradictions and leaks that the manifest still holds: what `--strict` refuses."""
        return sum(not item.resolved for item in chain(self.contradictions, self.leaks))
