"""Surfaces without an object: cloth, wood, stone, tiles, foliage, clouds."""

from __future__ import annotations

import cv2
import numpy as np

from naevia_train.refusal.brush import Pixels, canvas, colour, grid, noise, ramp, to_pixels


def clouds(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Smooth noise of several scales between random colours."""
    field = noise(rng, height, width, int(rng.integers(2, 8)), octaves=5)
    return to_pixels(ramp(field, [colour(rng) for _ in range(3)]))


def fabric(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Two crossing sets of threads."""
    y, x = grid(height, width)
    period = rng.uniform(4, 16)
    warp = np.sin(2 * np.pi * x / period) * np.cos(np.pi * y / period)
    weft = np.sin(2 * np.pi * y / period) * np.cos(np.pi * x / period)
    threads = 0.5 + 0.3 * np.where(warp > weft, warp, -weft) + 0.2 * noise(rng, height, width, 60)
    return to_pixels(ramp(np.clip(threads, 0, 1), [colour(rng), colour(rng)]))


def stripes(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Bands of a few colours at an angle."""
    y, x = grid(height, width)
    angle, band = rng.uniform(0, np.pi), rng.uniform(8, 60)
    colours = np.array([colour(rng) for _ in range(4)], np.float32)
    place = ((x * np.cos(angle) + y * np.sin(angle)) / band).astype(int) % 4
    return to_pixels(colours[place])


def wood(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Grown rings cut lengthwise."""
    y, x = grid(height, width)
    bend = noise(rng, height, width, 3, octaves=2) * rng.uniform(2, 6)
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (x / width * rng.uniform(6, 20) + bend + y / height * 0.4))
    fibre = cv2.GaussianBlur(rng.normal(size=(height, width)).astype(np.float32), (0, 0), 0.6, sigmaY=9)
    light = int(rng.integers(150, 230))
    stops = [(light, int(light * 0.75), int(light * 0.5)), (light // 2, light // 3, light // 5)]
    return to_pixels(ramp(np.clip(0.7 * rings + fibre * 0.8, 0, 1), stops))


def marble(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Veins through stone."""
    y, x = grid(height, width)
    turbulence = noise(rng, height, width, 4, octaves=5)
    wave = np.sin(2 * np.pi * ((x + y) / width * rng.uniform(1, 3) + 2.5 * turbulence))
    pale = colour(rng, 170, 256)
    return to_pixels(ramp(np.abs(wave) ** 0.4, [colour(rng, 20, 130), pale, pale]))


def bricks(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Rows of bricks with mortar between them."""
    picture = canvas(height, width, colour(rng, 140, 220))
    tall = int(rng.integers(14, 50))
    wide, base = tall * 2, np.array(colour(rng, 60, 200))
    for row, top in enumerate(range(0, height, tall)):
        for left in range(-wide * (row % 2) // 2, width, wide):
            shade = np.clip(base + rng.normal(0, 14, 3), 0, 255)
            corner = (left + wide - 3, top + tall - 3)
            cv2.rectangle(picture, (left, top), corner, tuple(map(float, shade)), -1)
    return to_pixels(picture + 24.0 * (noise(rng, height, width, 90)[..., None] - 0.5))


def leaves(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Overlapping leaves of one plant."""
    picture = canvas(height, width, (30, 50, 20))
    long = max(8, min(height, width) // int(rng.integers(4, 10)))
    for _ in range(260):
        place = (int(rng.integers(width)), int(rng.integers(height)))
        green = int(rng.integers(70, 220))
        shade = (green * 0.5, float(green), green * rng.uniform(0.2, 0.5))
        size = (long, max(3, int(long * rng.uniform(0.25, 0.5))))
        turn = float(rng.uniform(0, 360))
        cv2.ellipse(picture, place, size, turn, 0, 360, shade, -1, cv2.LINE_AA)
        cv2.ellipse(picture, place, (long, 1), turn, 0, 360, (40, 80, 30), 1, cv2.LINE_AA)
    return picture
