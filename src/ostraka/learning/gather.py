"""Gathering everything that the starter release is trained and measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import Space
from ostraka.evidence.stack import Stack
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.examples import Examples
from ostraka.learning.extract_features import FeatureTaker, Seen, Unreadable
from ostraka.learning.make_examples import line_examples, pixel_examples, read_text_examples
from ostraka.learning.progress import Progress
from ostraka.learning.sources.lines import lines
from ostraka.learning.sources.memes import memes
from ostraka.learning.sources.model import LabelledPicture, Use
from ostraka.learning.sources.packages import pinned_packages
from ostraka.learning.sources.pictures import missing_packages, pictures
from ostraka.learning.split import Part, part_of
from ostraka.moderation.policy import DEFAULT_POLICIES


@dataclass(frozen=True)
class Gathered:
    """Examples of both spaces, and memes drawn from lines that teach and calibrate nothing.

    ``languages`` and ``look_alikes`` go with the rows of ``text``; ``drawn`` is what the text
    reader read, ``drawn_pixels`` what the memes look like, ``drawn_unread`` how many of
    ``drawn_count`` memes no text was found in. ``measuring`` is what was seen in pictures that
    teach and calibrate nothing, ``memes`` what was seen and read in the memes. ``missing`` names
    picture packages that are not there.
    """

    stack_id: str
    pixels: Examples
    text: Examples
    languages: NDArray[np.str_]
    look_alikes: NDArray[np.bool_]
    drawn: Examples
    drawn_pixels: Examples
    drawn_count: int
    drawn_unread: int
    unreadable: tuple[Unreadable, ...]
    measuring: tuple[Seen, ...]
    memes: tuple[Seen, ...]
    missing: tuple[str, ...]


def policies_of(space: Space) -> tuple[str, ...]:
    """Return the names of the default policies that read a space, in their order."""
    return tuple(policy.name for policy in DEFAULT_POLICIES if policy.space == space)


def gather(
    pictures_folder: Path,
    *,
    stack: Stack,
    cache_folder: Path,
    progress: Progress,
    jobs: int = 2,
) -> Gathered:
    """Take features of every labelled picture, line and test meme; resumes where it was stopped.

    Raises:
        TooFewExamplesError: none of the packages that may train is in the folder.
    """
    missing = missing_packages(pictures_folder)
    if missing >= {package.name for package in pinned_packages() if package.use is Use.TRAIN}:
        raise TooFewExamplesError(f"no fetched pictures in {pictures_folder}: run `make pictures`")
    found = list(pictures(pictures_folder))
    all_lines = lines()
    drawn = list(memes(line for line in all_lines if part_of(line.concept) == Part.TEST))
    # Pixels must learn that words are no weapons: memes of the other lines are examples of theirs.
    found += memes(line for line in all_lines if part_of(line.concept) != Part.TEST)
    stack_id = stack.identity()
    with FeatureTaker(stack, cache_folder=cache_folder, progress=progress, jobs=jobs) as taker:
        seen = taker.pictures(found)
        read = taker.memes(drawn)
        embeddings = taker.lines(all_lines)
    embedder, text_policies = stack.text_embedder.name, policies_of(Space.TEXT)
    pixel_policies = policies_of(Space.PIXELS)
    return Gathered(
        stack_id=stack_id,
        pixels=pixel_examples(seen, policies=pixel_policies),
        text=line_examples(all_lines, embeddings, embedder=embedder, policies=text_policies),
        languages=np.array([line.language for line in all_lines], dtype=np.str_),
        look_alikes=np.array([line.look_alike for line in all_lines], dtype=np.bool_),
        drawn=read_text_examples(read, embedder=embedder, policies=text_policies),
        drawn_pixels=pixel_examples(read, policies=pixel_policies),
        drawn_count=len(read),
        drawn_unread=sum(1 for one in read if not len(one.arrays["text"])),
        unreadable=tuple(taker.unreadable),
        measuring=tuple(one for one in seen if _measures(one.picture)),
        memes=tuple(read),
        missing=tuple(sorted(missing)),
    )


def _measures(picture: LabelledPicture) -> bool:
    return picture.use is Use.EVALUATE or part_of(picture.concept) is Part.TEST
