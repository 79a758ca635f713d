"""The networks of keras.applications: pixels scaled as each of them learnt to see them, and the common head.

Nothing is downloaded: weights come from a file, or are fresh.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from naevia.errors import ModelError, UsageError
from naevia.taxonomy import CODES
from naevia_train.networks.network import FEATURES, head, photo_input

if TYPE_CHECKING:
    import keras

Scaling = Literal["inside", "unit", "standard", "blue first"]

# What `preprocess_input` of each module of keras.applications does. "inside": nothing, the network scales.
SCALINGS: dict[str, Scaling] = {
    "convnext": "inside",
    "densenet": "standard",
    "efficientnet": "inside",
    "efficientnet_v2": "inside",
    "inception_resnet_v2": "unit",
    "inception_v3": "unit",
    "mobilenet": "unit",
    "mobilenet_v2": "unit",
    "mobilenet_v3": "inside",
    "nasnet": "unit",
    "resnet": "blue first",
    "resnet_v2": "unit",
    "vgg16": "blue first",
    "vgg19": "blue first",
    "xception": "unit",
}

# Mean and standard deviation of ImageNet's pixels, red, green, blue, from 0 to 1. Source: torchvision.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Mean of ImageNet's pixels, blue, green, red, from 0 to 255. Source: Caffe's models of 2014.
BLUE_FIRST_MEAN = (103.939, 116.779, 123.68)


def application_names() -> list[str]:
    """Every network that keras.applications builds, by the name of its function."""
    from keras import applications

    return sorted(name for name, found in vars(applications).items() if name[0].isupper() and callable(found))


def family_of(name: str) -> str:
    """The module of keras.applications that builds a network."""
    from keras import applications

    return str(getattr(applications, name).__module__.rsplit(".", 1)[-1])


def build_application(
    name: str, size_px: int, *, dropout: float, colour_constancy: bool = False
) -> keras.Model:
    """A network of keras.applications with fresh weights.

    Args:
        name: One of `application_names`.
        size_px: Input width and height.
        dropout: Share of the embedding that is dropped while training.
        colour_constancy: As in `photo_input`.

    Raises:
        UsageError: Keras does not build it at that size.
    """
    from keras import Model, applications, layers

    try:
        body = getattr(applications, name)(include_top=False, weights=None, input_shape=(size_px, size_px, 3))
    except ValueError as error:
        problem = " ".join(str(error).split())[:160]
        raise UsageError(
            f"{name} cannot be built for {size_px} pixels: {problem}; give another --size"
        ) from error
    _standardise(body, family_of(name))
    pixels, x = photo_input(size_px, colour_constancy=colour_constancy)
    x = body(scaled(x, SCALINGS[family_of(name)]))
    x = layers.Activation("linear", name=FEATURES)(x)
    return Model(pixels, head(x, len(CODES), dropout), name=name.lower())


def load_body(model: keras.Model, name: str, path: Path) -> None:
    """Put weights that Keras saved for a network without its top into one of `build_application`.

    Args:
        model: The network.
        name: One of `application_names`.
        path: A `.h5` file, such as the ones that Keras publishes with `notop` in their name.

    Raises:
        ModelError: The file cannot be read or belongs to another network.
    """
    import keras

    body = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    try:
        body.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path}: expected the weights of {name} without its top, as Keras saves them (.h5), received a "
            "file that is damaged or of another network; give another --weights"
        ) from error
    _standardise(body, family_of(name))


def scaled(pixels: Any, scaling: Scaling) -> Any:
    """Pixels from 0 to 255, red first, as a network wants them; stock layers only."""
    from keras import layers

    if scaling == "unit":
        return layers.Rescaling(1 / 127.5, -1.0, name="rescaling")(pixels)
    if scaling == "standard":
        factors = [1 / (255 * deviation) for deviation in STD]
        offsets = [-mean / deviation for mean, deviation in zip(MEAN, STD, strict=True)]
        return layers.Rescaling(factors, offsets, name="rescaling")(pixels)
    if scaling == "blue first":
        offsets = [-mean for mean in BLUE_FIRST_MEAN]
        return layers.Rescaling(1.0, offsets, name="rescaling")(pixels[..., ::-1])
    return pixels


def _standardise(body: keras.Model, family: str) -> None:
    """Let EfficientNet-B0 to B7 see (pixel / 255 - mean) / deviation, whatever its weights come from.

    Keras takes the mean from the weights file, and divides by the right deviation only where it downloads
    that file itself.
    """
    from keras import layers

    if family == "efficientnet":
        layer = next(layer for layer in body.layers if isinstance(layer, layers.Normalization))
        layer.set_weights([np.array(MEAN), np.array(STD) ** 2, np.array(0)])
        layer.finalize_state()
