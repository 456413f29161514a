"""A training row: everything learning may know of a picture, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import Space


class LabelSource(StrEnum):
    """Who said so."""

    TRUSTED = "trusted"
    SIMULATED = "simulated"
    """A trusted public picture attributed to a simulated contributor, marked as such for ever."""
    MODERATOR = "moderator"
    CONSENSUS = "consensus"
    HARDENED = "hardened"


@dataclass(frozen=True)
class TrainingRow:
    """One row: integer vector, policy labels, contributor, source, content and extractor identity.

    ``vector`` is int32, of the space's dimension, about :data:`ostraka.evidence.model.UNIT` long.
    ``labels`` maps policy name -> True (violates) or False; a policy that is absent is unlabelled.
    ``contributor`` is a pseudonym, or "" for rows of the trusted base. No picture, no name.
    """

    space: Space
    vector: NDArray[np.int32]
    labels: Mapping[str, bool]
    contributor: str
    source: LabelSource
    content_sha256: str
    stack_id: str
    concept: str = ""
    """Group that must not straddle a split (the depicted object, the template of a line)."""
    dataset: str = ""
    """Name of the data sheet entry the row comes from."""
