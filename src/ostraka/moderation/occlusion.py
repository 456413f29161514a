"""Where in a frame the evidence lies: hide one region at a time and look how the score falls.

Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014,
section 4.2. Regions are replaced by a strongly blurred picture rather than by grey: a grey square
is itself something that networks see.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ostraka.moderation.judge import Weighed

Pixels = NDArray[np.uint8]
Region = tuple[int, int]
"""Row and column of the grid."""

GRID: Final = 7
_BLUR_SIDE: Final = 3

Asks = Callable[[Sequence[Pixels]], Sequence[Weighed]]
"""Has frames looked at and weighed for one policy, in their order."""


@dataclass(frozen=True)
class HeatMap:
    """How far the score falls when a region is hidden: ``drops[row, column]``.

    Over 0 the region speaks for violating, under 0 for benign.
    """

    drops: NDArray[np.float64]

    @property
    def hottest(self) -> list[Region]:
        """Regions that speak for violating, the strongest first."""
        order = np.argsort(-self.drops, axis=None, kind="stable")
        regions = [divmod(int(place), self.drops.shape[1]) for place in order]
        return [region for region in regions if self.drops[region] > 0]


def heat_map(frame: Pixels, *, score: float, ask: Asks) -> HeatMap:
    """Return how much each region of a frame adds to its score.

    Args:
        frame: uint8 (height, width, 3).
        score: of the whole frame.
        ask: has frames weighed.
    """
    regions = [(row, column) for row in range(GRID) for column in range(GRID)]
    weighed = ask([without_regions(frame, [region]) for region in regions])
    scores = np.array([one.score for one in weighed], dtype=np.float64)
    return HeatMap((score - scores).reshape(GRID, GRID))


def without_regions(frame: Pixels, regions: Collection[Region]) -> Pixels:
    """Return the frame with these regions blurred beyond recognition."""
    height, width, _ = frame.shape
    rows, columns = (np.linspace(0, side, GRID + 1).astype(int) for side in (height, width))
    hidden = frame.copy()
    blurred = _blurred(frame)
    for row, column in regions:
        area = slice(rows[row], rows[row + 1]), slice(columns[column], columns[column + 1])
        hidden[area] = blurred[area]
    return hidden


def _blurred(frame: Pixels) -> Pixels:
    picture = Image.fromarray(frame)
    small = picture.resize((_BLUR_SIDE, _BLUR_SIDE), Image.Resampling.BOX)
    return np.asarray(small.resize(picture.size, Image.Resampling.BICUBIC), dtype=np.uint8)
