"""Batch normalisation in one kernel gives what Keras's own gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHAPE = (8, 7, 5, 6)


def network(*, trainable: bool = True):
    import keras

    keras.utils.set_random_seed(3)
    pixels = keras.Input(SHAPE[1:])
    x = keras.layers.Conv2D(4, 3, name="conv")(pixels)
    x = keras.layers.BatchNormalization(momentum=0.8, epsilon=1e-2, name="norm")(x)
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU(6.0)(x)))
    rng = np.random.default_rng(0)
    norm = model.get_layer("norm")
    norm.set_weights([rng.uniform(0.5, 2, 4), rng.normal(size=4), rng.normal(size=4), rng.uniform(1, 2, 4)])
    norm.trainable = trainable
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    return model


def batches() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(3, 5, (4 * SHAPE[0], *SHAPE[1:])).astype("float32"), rng.normal(size=(4 * SHAPE[0], 4))


@pytest.mark.parametrize("trainable", [True, False])
def test_fused_and_unfused_networks_learn_the_same(trainable: bool) -> None:
    from naevia_train.fitting.fused_norm import fuse_norms

    ours, theirs = network(trainable=trainable), network(trainable=trainable)
    before = [weight.copy() for weight in ours.get_weights()]
    fuse_norms(ours)
    x, y = batches()
    losses = [model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0) for model in (ours, theirs)]
    np.testing.assert_allclose(losses[0].history["loss"], losses[1].history["loss"], rtol=1e-5)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-4, atol=1e-5)
    moved = [np.abs(new - old).max() > 1e-3 for new, old in zip(ours.get_weights(), before, strict=True)]
    assert moved[2:] == [trainable] * 4


def test_a_fused_network_is_saved_as_keras_knows_it(tmp_path: Path) -> None:
    import keras

    from naevia_train.fitting.fused_norm import fuse_norms

    model = network()
    fuse_norms(model)
    x, y = batches()
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.get_layer("norm")) is keras.layers.BatchNormalization
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_a_mean_over_several_devices_is_left_to_keras() -> None:
    from naevia_train.fitting.fused_norm import fuse_norms

    model = network()
    model.get_layer("norm").synchronized = True
    fuse_norms(model)
    assert "call" not in vars(model.get_layer("norm"))


def test_vectors_and_very_small_epsilons_are_left_to_keras() -> None:
    import keras

    from naevia_train.fitting.fused_norm import fuse_norms

    pixels = keras.Input(SHAPE[1:])
    x = keras.layers.BatchNormalization(epsilon=1e-6, name="small")(pixels)
    x = keras.layers.BatchNormalization(name="map")(x)
    x = keras.layers.BatchNormalization(name="vector")(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(pixels, x)
    fuse_norms(model)
    assert [layer.name for layer in model.layers if "call" in vars(layer)] == ["map"]
    model.compile("sgd", "mse", jit_compile=False)
    pixels_in, _ = batches()
    model.fit(pixels_in, np.zeros((len(pixels_in), SHAPE[-1])), verbose=0)


def test_the_fused_kernel_is_really_used() -> None:
    import tensorflow as tf

    from naevia_train.fitting.fused_norm import fuse_norms

    model = network()
    x = tf.constant(batches()[0][:8])

    def operations() -> set[str]:
        graph = tf.function(lambda pixels: model(pixels, training=True)).get_concrete_function(x).graph
        return {operation.type for operation in graph.get_operations()}

    assert "FusedBatchNormV3" not in operations()
    fuse_norms(model)
    assert "FusedBatchNormV3" in operations()
