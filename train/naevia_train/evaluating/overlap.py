"""How many of the images a model may have been chosen on, and how many its training kept apart for a test."""

from __future__ import annotations

from pathlib import Path

from naevia_train.evaluating.evaluation import Evaluation
from naevia_train.preparing.validation_list import read_image_list


def count_overlap(evaluation: Evaluation, kept: Path) -> int | None:
    """Number of images that a model's `validation.csv` or `test.csv` lists; None where there is no such file.

    Args:
        evaluation: The answers.
        kept: The list, as it lies in the model's folder. An image is known by its id or by a file of its.

    Raises:
        DataError: The list cannot be read.
    """
    if not kept.is_file():
        return None
    listed = read_image_list(kept)
    return len(
        {
            file.image_id
            for file, digest in zip(evaluation.files, evaluation.sha256, strict=True)
            if listed.lists(file.image_id, digest)
        }
    )


def overlap_sentence(listed: int | None, tested: int | None, images: int) -> str:
    """The same in words, and what it leaves open.

    Args:
        listed: Number of images among the model's validation images, or None.
        tested: Number of images among its test images, or None.
        images: Number of all images.
    """
    if listed is None:
        return (
            "The model brings no list of its validation images; whether it learnt from these cannot be seen."
        )
    words = f"{listed:,} of {images:,} images are among the model's validation images"
    if not listed and tested == images:
        return f"{words}; its training kept all of them apart, as test images."
    if not listed and tested:
        return (
            f"{words}, and {tested:,} among its test images, which its training kept apart; whether it "
            "learnt from the others cannot be seen."
        )
    if not listed:
        return f"{words}; whether it learnt from them cannot be seen."
    if listed == images:
        return f"{words}, which chose its epoch, temperature and thresholds: these figures are optimistic."
    return (
        f"{words}. The others are of the same data, and the model may well have learnt from them: these "
        "figures do not measure it. Score the validation.csv in its folder, or images that it cannot know."
    )
