"""How many lesions images show, said with what is not known of them."""

from __future__ import annotations


def lesions_in_words(lesions: int, unknown: int) -> str:
    """A number of lesions for a sentence, with the number of images that it takes for granted.

    Args:
        lesions: Number of lesions; images without a lesion id are taken for one each, copies and look-alikes
            aside.
        unknown: Number of images without a lesion id.
    """
    count = f"{lesions:,} lesion{'' if lesions == 1 else 's'}"
    if not unknown:
        return count
    return f"{count}, as far as lesion ids are known ({images_have_none(unknown)})"


def images_have_none(unknown: int) -> str:
    """Number of images without a lesion id, for a bracket after `lesion ids`."""
    return "1 image has none" if unknown == 1 else f"{unknown:,} images have none"
