"""What an evaluation left out, in words."""

from __future__ import annotations

from collections.abc import Mapping

from naevia_train.labelling.diagnosis_set import NINE, DiagnosisSet
from naevia_train.labelling.scoring_table import NotScored

_NAMED = 10


def left_out_reasons(left_out: NotScored, known: DiagnosisSet) -> list[str]:
    """A phrase for each reason that left something out, with the number and the way out."""
    reasons = []
    if left_out.outside:
        reasons.append(f"{left_out.outside:,} files whose diagnosis is none of {', '.join(known.codes)}")
    if left_out.contradictory:
        reasons.append(
            f"{len(left_out.contradictory):,} images whose folders or rows state different diagnoses, such "
            f"as {left_out.contradictory[0]}; correct them, or settle folders with --labels"
        )
    if left_out.unlabelled:
        reasons.append(
            f"{sum(left_out.unlabelled.values()):,} files without a diagnosis, as their folders name none"
            f"{' of the nine' if known is NINE else ''}: {_counted(left_out.unlabelled)}; name folders after "
            "diagnoses, or give --labels"
        )
    if left_out.other_splits:
        reasons.append(
            f"{sum(left_out.other_splits.values()):,} files of other splits: "
            f"{_counted(left_out.other_splits)}"
        )
    return reasons


def _counted(files: Mapping[str, int]) -> str:
    """Names with their numbers of files, the largest first; the smallest of very many go unnamed."""
    ordered = sorted(files.items(), key=lambda item: (-item[1], item[0]))
    named = [f'"{name}" ({count:,} file{"" if count == 1 else "s"})' for name, count in ordered[:_NAMED]]
    rest = ordered[_NAMED:]
    return ", ".join([*named, *([f"{len(rest)} more"] if rest else [])])
