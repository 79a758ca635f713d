"""A figure with its 95 % interval, and the interval of a share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from naevia.contract import Estimate

Z95 = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"

    def of_share(self) -> Estimate:
        """As the contract holds a figure between 0 and 1; what rounding put beside them is moved there."""
        value, low, high = (min(1.0, max(0.0, number)) for number in (self.value, self.low, self.high))
        return Estimate(value=value, low=low, high=high)


def wilson(successes: float, total: int) -> Interval:
    """A share with its 95 % Wilson interval; 0 to 1 when there is nothing to count.

    Args:
        successes: Of `total`; not whole where the share was counted on something else, such as the images of
            `total` lesions.
        total: Independent trials.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, z2 = successes / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * np.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return Interval(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))
