"""What the waves of a photo tell: rasters, a camera that moved, a lamp that flickers.

All but `bands` take the energies of the waves in the examined square, at one size, which `energies` gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 192

_FINE_CYCLES = (0.08, 0.5)
"""Cycles per pixel of what can be a raster; coarser waves are lesions."""
_STRUCTURE_CYCLES = (0.08, 0.31)
"""Of what shows a double; finer waves are mostly noise, and small photos have none."""
_MOVED_CYCLES = (0.104, 0.224)
"""Of what shows a movement; coarser waves outlast a short one, finer ones are lost in compression."""
_DIRECTIONS = 8
_SHIFTS = (0.03, 0.2)
"""Of the side: nearer is the grain of one structure; farther, half a photo has no double."""
_LEAST_ENERGY = 1e-6
"""In squared grey levels, so that an empty photo has a logarithm, too; far below what rounding leaves."""
_STRIPS = 12
_BANDS = slice(4, 25)
"""Bands along a side; fewer are lesions, more are a raster."""
_DARKEST = 8.0
"""Grey level; rounding and a black surround decide the logarithm of what is darker."""


def energies(grey: NDArray[np.float32]) -> NDArray[Any]:
    """Energy of each wave of a square, shape (192, 97), in the layout of `numpy.fft.rfft2`.

    In squared grey levels: noise that deviates by one grey level has a mean energy of 1 in every wave.

    Args:
        grey: Grey levels, shape (192, 192), float32, 0 to 255.
    """
    return np.asarray(np.abs(np.fft.rfft2((grey - grey.mean()) * _WINDOW)) ** 2 / (_WINDOW**2).sum())


def pattern(energy: NDArray[Any]) -> float:
    """How far the strongest fine wave stands out among those of its fineness; 0 where there are none."""
    fine = energy[_FINE]
    return float((fine / np.maximum(_usual(fine, _FINE), 1e-9)).max())


def steadiness(energy: NDArray[Any]) -> float:
    """Amplitude of fine waves in the direction with the weakest, times its share of that in the strongest.

    In grey levels. A camera that moves wipes out what varies along its way and leaves what varies across;
    hairs and rulers add in one direction and leave the weakest, a soft photo is as weak in every direction.
    """
    log_energy = np.log(energy[_MOVED] + _LEAST_ENERGY)
    log_amplitude = np.bincount(_DIRECTION, log_energy) / np.bincount(_DIRECTION) / 2
    return float(np.exp(2 * log_amplitude.min() - log_amplitude.max()))


def ghost(energy: NDArray[Any]) -> float:
    """Likeness of the photo to itself at the shift where it is greatest, in deviations over all shifts.

    Likeness of the logarithm (the cepstrum), in which all waves of a fineness weigh the same: a double is one
    sharp peak there, and hairs and rulers are none.
    """
    log_energy = np.log(energy[_STRUCTURE] + _LEAST_ENERGY)
    flat = np.zeros_like(energy)
    flat[_STRUCTURE] = log_energy - _usual(log_energy, _STRUCTURE)
    likeness = np.fft.irfft2(flat, s=(SIDE_PX, SIDE_PX))[_SHIFTED]
    return float(likeness.max() / max(likeness.std(), 1e-9))


def bands(grey: NDArray[np.float32]) -> float:
    """Amplitude, as a share of the light, of the strongest bands along either side.

    Measured in strips across the bands; three in four show them, in step. A lesion's strips are not in step.

    Args:
        grey: Grey levels of a square whose side is a multiple of 12, float32, 0 to 255.
    """
    return max(_bands_down(grey), _bands_down(grey.T))


def _bands_down(grey: NDArray[np.float32]) -> float:
    side_px = len(grey)
    light = np.log(np.maximum(grey, _DARKEST)).reshape(side_px, _STRIPS, -1).mean(axis=2)
    window = np.hanning(side_px)[:, None]
    wave = np.fft.rfft((light - light.mean(axis=0)) * window, axis=0)[_BANDS] * 2 / window.sum()
    together = wave.sum(axis=1, keepdims=True)
    in_step = (wave * together.conj()).real / np.maximum(np.abs(together), 1e-9)
    return float(np.quantile(in_step, 0.25, axis=1).max())


def _usual(values: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """For each of the chosen waves, the mean value of those as fine."""
    fineness = _FINENESS[chosen]
    return np.asarray((np.bincount(fineness, values) / np.maximum(np.bincount(fineness), 1))[fineness])


def _within(values: NDArray[Any], limits: tuple[float, float]) -> NDArray[np.bool_]:
    return np.asarray((values > limits[0]) & (values < limits[1]))


_WINDOW = np.outer(np.hanning(SIDE_PX), np.hanning(SIDE_PX)).astype(np.float32)
_DOWN, _ACROSS = np.fft.fftfreq(SIDE_PX)[:, None], np.fft.rfftfreq(SIDE_PX)[None]
_CYCLES = np.hypot(_DOWN, _ACROSS)
"""Cycles per pixel of each wave."""
_FINENESS = (_CYCLES * SIDE_PX).astype(int)
_FINE, _STRUCTURE, _MOVED = (
    _within(_CYCLES, limits) for limits in (_FINE_CYCLES, _STRUCTURE_CYCLES, _MOVED_CYCLES)
)
_DIRECTION = np.rint(np.arctan2(_DOWN, _ACROSS)[_MOVED] / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
_AWAY = np.abs(np.fft.fftfreq(SIDE_PX))
_SHIFTED = _within(np.hypot(_AWAY[:, None], _AWAY[None]), _SHIFTS)
