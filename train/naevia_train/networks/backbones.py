"""Every network that can be trained, by name, and where its first weights come from."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from naevia.errors import ModelError, UsageError
from naevia_train.networks import applications, lite
from naevia_train.networks.imagenet import find_weights
from naevia_train.networks.network import build_seed

if TYPE_CHECKING:
    import keras

SEED = "seed"
IMAGENET, NONE = "imagenet", "none"
KERAS_FILE = ".keras"


def check_backbone(name: str, weights: str) -> None:
    """Check that a network exists and that its first weights can be had, before anything is read.

    Args:
        name: `seed`, `lite0` to `lite2`, or a network of keras.applications.
        weights: `imagenet`, `none`, or the path of a file.

    Raises:
        UsageError: One of them does not exist; the message names what does.
        ModelError: The package with the ImageNet weights is not installed.
    """
    own, foreign = [SEED, *lite.SIZES], applications.application_names()
    if name not in own and name not in foreign:
        lower = {known.lower(): known for known in (*own, *foreign)}
        near = [lower[match] for match in difflib.get_close_matches(name.lower(), lower, n=4)]
        hint = (
            f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join([*own, *foreign])}"
        )
        raise UsageError(f"there is no backbone {name!r}; {hint}")
    if weights == IMAGENET and name not in lite.SIZES:
        kind = (
            "is never pretrained" if name == SEED else "has no ImageNet weights here, nothing is downloaded"
        )
        raise UsageError(f"{name} {kind}; give --weights FILE or --weights none")
    if weights == IMAGENET:
        find_weights(name)
    if weights not in (IMAGENET, NONE) and not Path(weights).is_file():
        raise UsageError(f"expected --weights imagenet, none or a file; {weights} is no file")


def build(name: str, size_px: int, *, dropout: float, colour_constancy: bool = False) -> keras.Model:
    """A network with fresh weights; the shape of none of them depends on the size.

    Args:
        name: As in `check_backbone`.
        size_px: Input width and height.
        dropout: Share of the embedding that is dropped while training.
        colour_constancy: Whether the network takes the colour of the light out of each photo.
    """
    if name == SEED:
        return build_seed(size_px, dropout=dropout, colour_constancy=colour_constancy)
    if name in lite.SIZES:
        return lite.build_lite(name, size_px, dropout=dropout, colour_constancy=colour_constancy)
    return applications.build_application(name, size_px, dropout=dropout, colour_constancy=colour_constancy)


def load_weights(model: keras.Model, name: str, weights: str) -> None:
    """Put the first weights into a network of `build`.

    A `.keras` file is one that a run wrote, of the same network; its head is taken over too. Networks of
    keras.applications also take a `.h5` file of Keras's own.

    Raises:
        ModelError: The file cannot be read or holds another network.
    """
    if weights == NONE:
        return
    if weights == IMAGENET:
        lite.load_imagenet(model)
    elif Path(weights).suffix == KERAS_FILE or name in (SEED, *lite.SIZES):
        _take_over(model, Path(weights))
    else:
        applications.load_body(model, name, Path(weights))


def _take_over(model: keras.Model, path: Path) -> None:
    import keras

    expected = f"{path}: expected a .keras file of the network {model.name}"
    try:
        weights = keras.saving.load_model(path, compile=False).get_weights()
    except Exception as error:  # Keras raises whatever the damaged part of a file leads to
        raise ModelError(
            f"{expected}, received one that Keras cannot read; give another --weights"
        ) from error
    try:
        model.set_weights(weights)
    except ValueError as error:
        raise ModelError(
            f"{expected}, received one of another network; give the same --backbone, or other --weights"
        ) from error
