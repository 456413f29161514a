"""What the owner of the decoder's jail and its zygote say to each other."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

# An order is one byte with three descriptors: the picture, the buffer for the answer, and the end
# of a pipe on which the zygote writes one ENDING (an Ended and a number).
ORDER: Final = b"d"
ORDER_DESCRIPTORS: Final = 3
ENDING: Final = struct.Struct("<ii")


class Ended(IntEnum):
    """How a child ended; beside it stand its exit status, its signal or its milliseconds."""

    EXITED = 1
    SIGNALLED = 2
    TIMED_OUT = 3
