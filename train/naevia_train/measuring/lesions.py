"""How many lesions images show, said with what is not known of them."""

from __future__ import annotations


def of_lesions(images: int, lesions: int, unknown: int) -> str:
    """What follows after a number of images in a sentence: of how many lesions they are.

    Args:
        images: Number of images.
        lesions: Number of lesions; images without a lesion id are taken for one each, copies and look-alikes
            aside.
        unknown: Number of images without a lesion id.
    """
    if unknown == images == lesions:
        return "(no lesion ids: each counts as a lesion)"
    count = f"of {lesions:,} lesion{'' if lesions == 1 else 's'}"
    return f"{count} ({without_lesion_id(unknown)})" if unknown else count


def without_lesion_id(unknown: int) -> str:
    """Number of images without a lesion id, for a bracket."""
    return "1 image has no lesion id" if unknown == 1 else f"{unknown:,} images have no lesion id"
