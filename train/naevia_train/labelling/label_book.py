"""Everything that label files say, by image."""

from __future__ import annotations

from dataclasses import dataclass, field

from naevia_train.labelling.label_problems import LabelProblem, LabelProblemKind
from naevia_train.labelling.statements import Statement


class RowError(Exception):
    """A row that makes no sense: what kind, the value it is about, and what is wrong."""

    def __init__(self, kind: LabelProblemKind, value: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.value = kind, value


@dataclass
class LabelBook:
    """Everything the label files say.

    Attributes:
        statements: By image id, then by authority.
        words: The word each statement was read from, by image id, then by authority.
        lesions: Lesion ids by image id: of one table, or different ones of several.
        patients: Patient ids by image id, likewise.
        places: Where each image id first stands: the label file and its row.
        problems: Rows that make no sense.
        unread: Columns of a person's own tables that nothing reads, by label file.
    """

    statements: dict[str, dict[str, Statement]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    lesions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patients: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    problems: list[LabelProblem] = field(default_factory=list)
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def image_ids(self) -> set[str]:
        """Ids that any label file lists."""
        return set(self.places)

    def add(self, image_id: str, authority: str, word: str, statement: Statement) -> None:
        """Note what an authority says; an empty statement says nothing.

        Raises:
            RowError: The same authority said something else about the image in an earlier row.
        """
        earlier = self.statements.get(image_id, {}).get(authority)
        if earlier and statement and earlier != statement:
            before = self.words[image_id][authority]
            raise RowError("malformed row", image_id, f"{image_id} was {before} before, here {word}")
        words = self.words.setdefault(image_id, {})
        if statement:
            words[authority] = word
            self.statements.setdefault(image_id, {})[authority] = statement
        else:
            words.setdefault(authority, word)
