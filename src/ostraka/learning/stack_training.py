"""How a stack is trained: as the one that ships, with axes for extractors that it has beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ostraka.evidence.model import Space
from ostraka.evidence.stack import Stack
from ostraka.learning.training_settings import DEFAULT_TRAINING, TrainingSettings

_MOST_AXES: Final = 128


def training_for(stack: Stack, settings: TrainingSettings = DEFAULT_TRAINING) -> TrainingSettings:
    """Return training settings in which every pixel extractor of the stack has its axes.

    An extractor that the settings do not know is given half as many axes as it has features, at
    most 128, like the largest of those that ship: nobody measured a better number for it.
    """
    known = settings.spaces[Space.PIXELS]
    added = {
        extractor.name: max(1, min(_MOST_AXES, extractor.dimension // 2))
        for extractor in stack.pixel_extractors
        if extractor.name not in known.dimensions
    }
    pixels = replace(known, dimensions={**known.dimensions, **added})
    return replace(settings, spaces={**settings.spaces, Space.PIXELS: pixels})
