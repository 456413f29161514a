"""Other views of a picture: small crops and re-encodings that a person would not even notice.

An adversarial picture sits on a narrow spot of pixel values; most such spots do not survive a
crop by a few percent or a JPEG pass. The views are drawn from a secret of this installation and
the picture's hash: nobody outside can prepare a picture for them, and asking twice gives the same
answer, so a verdict cannot be re-rolled.

Source: Guo et al., "Countering Adversarial Images using Input Transformations", ICLR 2018; used
here to ask for a person, not as a defence of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

VIEW_COUNT: Final = 3
_LARGEST_CUT_SHARE: Final = 0.06
_QUALITIES: Final = (60, 85)


def other_view(frame: Pixels, *, secret: bytes, canonical_sha256: str, index: int) -> Pixels:
    """Return view number ``index`` of a frame: cropped by a few percent, then re-encoded.

    Args:
        frame: uint8 (height, width, 3).
        secret: this installation's own.
        canonical_sha256: of the picture that the frame belongs to.
        index: 0 to VIEW_COUNT - 1.
    """
    random = _random(secret, f"{canonical_sha256}/{index}")
    height, width, _ = frame.shape
    top, bottom = (int(cut * height) for cut in random.uniform(0, _LARGEST_CUT_SHARE, 2))
    left, right = (int(cut * width) for cut in random.uniform(0, _LARGEST_CUT_SHARE, 2))
    cropped = frame[top : height - bottom, left : width - right]
    return _encoded_again(cropped, quality=int(random.integers(*_QUALITIES)))


def _random(secret: bytes, purpose: str) -> np.random.Generator:
    seed = hmac.digest(secret, b"ostraka views 1\0" + purpose.encode(), hashlib.sha256)
    return np.random.default_rng(int.from_bytes(seed, "big"))


def _encoded_again(frame: Pixels, *, quality: int) -> Pixels:
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"), dtype=np.uint8)
