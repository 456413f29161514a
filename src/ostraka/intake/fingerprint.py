"""PDQ: a 256-bit fingerprint that survives re-encoding and resizing, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FINGERPRINT_BITS = 256

_LUMA = np.array([0.299, 0.587, 0.114])
_SMALL_SIDE = 64
_SMALLEST_SIDE_PIXELS = 5
_ROWS_AT_ONCE = 128
_STEPS = np.arange(1, 17)[:, np.newaxis] * (2 * np.arange(_SMALL_SIDE) + 1)
_COSINES = np.sqrt(2 / _SMALL_SIDE) * np.cos(np.pi / 2 / _SMALL_SIDE * _STEPS)


@dataclass(frozen=True)
class Fingerprint:
    """A PDQ hash and its quality.

    ``bits`` is the 256-bit hash as an integer; bit 16 i + j is the component of row i, column j.
    ``quality`` in 0..100 says how much there was to hash; under 50 (a flat or nearly flat picture)
    unrelated pictures come out alike, and the fingerprint must not be matched.
    """

    bits: int
    quality: int

    @property
    def hex(self) -> str:
        """The hash as 64 hexadecimal digits, as the reference implementation writes it."""
        return f"{self.bits:064x}"

    def distance(self, other: Fingerprint) -> int:
        """Return the number of differing bits; 31 or fewer is the usual reading of "alike"."""
        return (self.bits ^ other.bits).bit_count()


def fingerprint(pixels: NDArray[np.uint8]) -> Fingerprint:
    """Return the PDQ fingerprint of sRGB pixels (height, width, 3).

    Every pixel counts: the picture is hashed at its full size, as the reference library does, not
    thinned out to 512 pixels first, as its command line does. Whoever may choose the pixels that
    are skipped could hide another picture behind those that are not.

    Source: Meta, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019.
        Differs from the reference in its order of summation: two box filters and the choice of 64
        lines are linear, so they are applied as one sparse matrix a side. Bits whose component
        equals the median to within rounding (mirror images, flat areas) may come out differently.
    """
    height, width, _ = pixels.shape
    if min(height, width) < _SMALLEST_SIDE_PIXELS:
        return Fingerprint(bits=0, quality=0)
    small = _luma_64(pixels)
    components = _COSINES @ small @ _COSINES.T
    median = np.partition(components, FINGERPRINT_BITS // 2 - 1, axis=None)
    above = components > median[FINGERPRINT_BITS // 2 - 1]  # the lower of the two middle values
    packed = np.packbits(above, axis=None, bitorder="little").tobytes()
    return Fingerprint(bits=int.from_bytes(packed, "little"), quality=_quality(small))


def _luma_64(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width, _ = pixels.shape
    lines = pixels.reshape(height, width * 3)
    fewer_rows = np.zeros((_SMALL_SIDE, width * 3), dtype=np.float32)
    for start, part in enumerate(_thinning_parts(height)):
        rows = lines[start * _ROWS_AT_ONCE : (start + 1) * _ROWS_AT_ONCE]
        fewer_rows += part @ rows.astype(np.float32)
    luma = fewer_rows.reshape(_SMALL_SIDE, width, 3) @ _LUMA
    return np.asarray((_thinning(width) @ luma.T).T)


def _quality(small: NDArray[np.float64]) -> int:
    # Truncated steps: only gradients of a few grey levels and more count as content.
    steps = [np.trunc(np.diff(small, axis=axis) * 100 / 255) for axis in (0, 1)]
    total = sum(int(np.abs(step).sum()) for step in steps)
    return min(total // 90, 100)


@lru_cache(maxsize=256)
def _thinning(length: int) -> sparse.csr_array:
    """Return (64, length): a box filter applied twice, then the lines nearest the 64 centres."""
    window = (length + 2 * _SMALL_SIDE - 1) // (2 * _SMALL_SIDE)
    ahead = (window + 2) // 2 - 1
    offsets = range(ahead - window + 1, ahead + 1)
    band = sparse.diags_array(
        [np.ones(length - abs(offset)) for offset in offsets], offsets=list(offsets)
    ).tocsr()
    box = sparse.diags_array(1 / band.sum(axis=1)) @ band
    centres = ((np.arange(_SMALL_SIDE) + 0.5) * length / _SMALL_SIDE).astype(int)
    return sparse.csr_array(box[centres] @ box)


@lru_cache(maxsize=256)
def _thinning_parts(height: int) -> tuple[sparse.csr_array, ...]:
    thinning = _thinning(height).astype(np.float32)
    starts = range(0, height, _ROWS_AT_ONCE)
    return tuple(thinning[:, start : start + _ROWS_AT_ONCE] for start in starts)
