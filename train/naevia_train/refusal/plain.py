"""Pictures with nothing in them: one colour, gradients, noise."""

from __future__ import annotations

import cv2
import numpy as np

from naevia_train.refusal.brush import Pixels, canvas, colour, grid, noise, ramp, to_pixels


def single_colour(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """One colour everywhere."""
    return canvas(height, width, colour(rng))


def linear_gradient(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """From one colour to another along a line."""
    y, x = grid(height, width)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    field = (along - along.min()) / np.ptp(along)
    return to_pixels(ramp(field, [colour(rng), colour(rng)]))


def radial_gradient(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """From one colour at a point to another far from it, as a lamp on a wall."""
    y, x = grid(height, width)
    distance = np.hypot(x - rng.uniform(0, width), y - rng.uniform(0, height))
    return to_pixels(ramp(distance / distance.max(), [colour(rng), colour(rng), colour(rng)]))


def smooth_colours(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """A picture far out of focus: a few colours that run into each other."""
    channels = [noise(rng, height, width, int(rng.integers(2, 5))) for _ in range(3)]
    return to_pixels(np.stack(channels, axis=2) * 255)


def normal_noise(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Coarse or fine normal noise around one colour."""
    grain = rng.normal(0, rng.uniform(25, 70), (height, width, 3)).astype(np.float32)
    soft = float(rng.uniform(0.3, 2.5))
    return to_pixels(np.array(colour(rng, 60, 196)) + cv2.GaussianBlur(grain, (0, 0), soft) * (1 + soft))


def uniform_noise(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Blocks of random colours, from one pixel to twelve wide."""
    block = int(rng.integers(1, 13))
    small = rng.integers(0, 256, (-(-height // block), -(-width // block), 3)).astype(np.uint8)
    return np.ascontiguousarray(small.repeat(block, axis=0).repeat(block, axis=1)[:height, :width])


def specks(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Dead and stuck pixels on one colour."""
    picture = canvas(height, width, colour(rng, 60, 220))
    thrown = rng.random((height, width))
    picture[thrown < 0.08] = 0
    picture[thrown > 0.92] = 255
    return picture
