from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from ostraka.intake import Decoder
from ostraka.intake.jail import DecoderJail
from ostraka.intake.model import DecodedPicture
from ostraka.limits import DEFAULT_LIMITS


class CountingJail(DecoderJail):
    """Counts how many pictures are in it at once; needs no children."""

    def __init__(self) -> None:
        super().__init__(DEFAULT_LIMITS)
        self.busy = 0
        self.busiest = 0
        self.guard = threading.Lock()

    def decode(self, data: bytes) -> DecodedPicture:
        with self.guard:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        time.sleep(0.02)
        with self.guard:
            self.busy -= 1
        pixels = np.zeros((8, 8, 3), dtype=np.uint8)
        return DecodedPicture(
            frames=(pixels,),
            declared_width=8,
            declared_height=len(data) and 8,
            declared_frames=1,
            frame_milliseconds=0,
        )


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


def busiest(at_once: int | None) -> int:
    jail, data = CountingJail(), png()
    with Decoder(jail=jail, at_once=at_once) as decoder, ThreadPoolExecutor(8) as threads:
        list(threads.map(decoder.decode, [data] * 24))
    return jail.busiest


def test_no_more_children_than_told_take_their_memory_at_once() -> None:
    assert busiest(2) == 2
    assert busiest(None) > 2
