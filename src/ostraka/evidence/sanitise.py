"""Sanitising: takes away the small, exact pixel patterns that fool networks and mean nothing.

Colour is cut to fewer bits and lightly smoothed, at training and at screening alike, so heads
learn on what they will see. It raises the price of adversarial noise; it is no defence by itself
against an attacker who knows of it (A. Athalye et al., "Obfuscated Gradients", 2018).

Source: W. Xu, D. Evans, Y. Qi, "Feature Squeezing" (NDSS 2018). Their 5 bits and median were
measured here too: they moved clean features about twice as far for no more steadiness under noise,
so this keeps 6 bits and smooths with the smallest binomial window.
"""

from __future__ import annotations

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.resize import bounded

Pixels = NDArray[np.uint8]

SANITISER: Final = "area-640 binomial-3 bits-6 v2"
"""The identity of what happens below; part of the stack's identity. Change it with the code."""

_WORKING_SIDE_PIXELS: Final = 640
_WINDOW: Final = (3, 3)
_BITS: Final = 6


def _levels() -> Pixels:
    """Return the 256 -> 2**bits table that keeps black black and white white."""
    top = 2**_BITS - 1
    steps = np.round(np.arange(256) * top / 255)
    return np.round(steps * 255 / top).astype(np.uint8)


_TABLE: Final = _levels()


def sanitise(picture: Pixels) -> Pixels:
    """Return the picture at most 640 pixels long, smoothed, in 64 levels a channel."""
    small = bounded(picture, side_pixels=_WORKING_SIDE_PIXELS)
    smooth = cv2.GaussianBlur(small, _WINDOW, 0)
    return cast("Pixels", cv2.LUT(smooth, _TABLE))
