from __future__ import annotations

import pytest

from ostraka.errors import InternalError
from ostraka.intake import BrokenPictureError, warm
from ostraka.limits import DEFAULT_LIMITS, Limits


def test_every_format_can_be_decoded_here() -> None:
    warm.warm_up(DEFAULT_LIMITS)


def test_a_missing_format_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(data: bytes, *, limits: Limits) -> None:
        raise BrokenPictureError("the AVIF file is broken", detail="UnidentifiedImageError")

    monkeypatch.setattr(warm, "decode_pixels", refuse)
    with pytest.raises(InternalError, match="a format is missing"):
        warm.warm_up(DEFAULT_LIMITS)
