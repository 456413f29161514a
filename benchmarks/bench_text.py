"""How much of the text in pictures is read or told, against the package's own pipeline.

    .venv/bin/python benchmarks/bench_text.py [--pictures FOLDER] [--memes N] [--benign N]

The baseline is ``rapidocr`` as its package runs it, with the same two networks; where the package's
own dependencies are missing (we do not install them), its column is left out. To have it:

    pip install --target DIR rapidocr==3.10.0 && PYTHONPATH=DIR .venv/bin/python benchmarks/...

Four questions, in one run on one thread:

1. reading: drawn memes by language, and lines by letter size on a 640 and a 2048 pixel picture;
2. silence: lines in scripts that the networks lack. Read or *told* is fine; neither would publish;
3. false alarms: benign pictures that would go to a person for text nobody could read;
4. milliseconds a picture, on photographs and on pages of text.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# as in the pool's workers: one thread, or the baseline would be given more than we take
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps
from sklearn.datasets import load_sample_image

from ostraka.evidence.text_reader import RapidTextReader
from ostraka.learning.sources.lines import DRAWN_LANGUAGES, lines
from ostraka.learning.sources.memes import draw_meme
from ostraka.learning.sources.model import LabelledPicture
from ostraka.learning.sources.pictures import pictures
from ostraka.learning.sources.seeded import share
from ostraka.moderation.scrutiny import DEFAULT_BOUNDS, text_is_unreadable

Pixels = NDArray[np.uint8]

_FONTS = Path(mpl.get_data_path(), "fonts", "ttf")
_TYPES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "STIXGeneral.ttf")
_LINE = "kill them all tonight at the fence"
_SIZES = ((640, (10, 14, 20, 40, 80)), (2048, (12, 14, 16, 20, 32, 64)))
_LARGE = ("KILL", "DIE", "KI\nLL", "KILL\nTHEM", "DEATH\nTO ALL")
_ALIKE = 0.85
_LONGEST_PIXELS = 2048
_FOREIGN = {
    "Cyrillic": ("убейте их всех", "Смерть врагам", "смерть ворогам"),
    "Greek": ("σκοτώστε τους όλους", "θάνατος στους εχθρούς", "ΘΑΝΑΤΟΣ ΣΤΟΥΣ ΕΧΘΡΟΥΣ"),
    "Armenian": ("սպանեք բոլորին", "մահ թշնամիներին"),
    "Georgian": ("მოკალით ყველა", "სიკვდილი მტრებს"),
    "Hebrew": ("הרגו את כולם", "מוות לאויבים"),
    "Arabic": ("اقتلوهم جميعا", "الموت للأعداء"),
}


@dataclass(frozen=True)
class Answer:
    """What a reader says of one picture; ``told`` means that a person is asked to look."""

    words: str
    told: bool
    seconds: float

    def reads(self, words: str) -> bool:
        """Say whether nearly all of these words were read, apart from case and spaces."""
        mine, theirs = (each.casefold().replace(" ", "") for each in (self.words, words))
        if theirs in mine:
            return True
        return difflib.SequenceMatcher(None, mine, theirs, autojunk=False).ratio() >= _ALIKE


Reader = Callable[[Pixels], Answer]


def ours() -> Reader:
    reader = RapidTextReader()
    reader.warm()

    def read(picture: Pixels) -> Answer:
        started = time.perf_counter()
        found = reader.read(picture)
        seconds = time.perf_counter() - started
        told = text_is_unreadable([found.unreadable_share], DEFAULT_BOUNDS)
        return Answer(found.words, told, seconds)

    return read


def baseline() -> Reader | None:
    """Return the package's own pipeline, without the turning of lines, which we do not have."""
    try:
        from rapidocr import RapidOCR
    except ImportError:
        return None
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(picture: Pixels) -> Answer:
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        started = time.perf_counter()
        found = engine(bgr, use_cls=False)
        seconds = time.perf_counter() - started
        return Answer(" ".join(found.txts or ()), told=False, seconds=seconds)

    return read


def page(
    words: str, *, pixels: int, side: int, font: str = _TYPES[0], photo: bool = False
) -> Pixels:
    """Return one line, black on white or white and outlined on a photograph."""
    if photo:
        picture = Image.fromarray(np.asarray(load_sample_image("flower.jpg"))).resize((side, side))
    else:
        picture = Image.new("RGB", (side, side), "white")
    line = ImageFont.truetype(_FONTS / font, pixels)
    left = min(side // 8, max(0, int(side - line.getlength(words)) // 2))
    ImageDraw.Draw(picture).text(
        (left, side // 3),
        words,
        font=line,
        fill="white" if photo else "black",
        stroke_width=1 if photo else 0,
        stroke_fill="black",
    )
    return np.asarray(picture)


def filling(words: str, *, width: int, height: int) -> Pixels:
    """Return the words stretched to the picture's borders."""
    font = ImageFont.truetype(_FONTS / _TYPES[1], 100)
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = map(int, probe.multiline_textbbox((0, 0), words, font=font))
    letters = Image.new("RGB", (right - left + 8, bottom - top + 8), "navy")
    ImageDraw.Draw(letters).multiline_text((4 - left, 4 - top), words, font=font, fill="white")
    return np.asarray(letters.resize((width, height)))


def full_page(side: int, *, pixels: int) -> Pixels:
    """Return a page of harmless lines, as in a picture of a letter."""
    picture = Image.new("RGB", (side, side), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(_FONTS / _TYPES[2], pixels)
    texts = [line.words for line in lines() if line.language == "en"]
    for row, top in enumerate(range(pixels, side - 2 * pixels, 2 * pixels)):
        draw.text((side // 10, top), texts[row % len(texts)], font=font, fill="black")
    return np.asarray(picture)


def benign_pictures(folder: Path, count: int) -> Iterator[tuple[str, Pixels]]:
    """Yield (kind, pixels): as many of every source, those with the lowest seeded hash."""
    sources: dict[str, list[LabelledPicture]] = defaultdict(list)
    for picture in pictures(folder):
        if not any(picture.labels.values()):
            sources[picture.dataset].append(picture)
    for name, found in sources.items():
        found.sort(key=lambda picture: share("bench text", picture.dataset, picture.name))
        for picture in found[: max(1, count // len(sources))]:
            yield name, decoded(picture.load())


def decoded(data: bytes) -> Pixels:
    """Return the pixels as intake would bound them."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode != "RGB":
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
        image = ground.convert("RGB")
    image.thumbnail((_LONGEST_PIXELS, _LONGEST_PIXELS))
    return np.asarray(image)


def print_reading(readers: dict[str, Reader], memes: int) -> None:
    print(f"\nread, of {memes} drawn memes a language (told: a person is asked as well)")
    for language in (*DRAWN_LANGUAGES, "ru"):
        chosen = [line for line in lines() if line.language == language]
        chosen.sort(key=lambda line: share("bench text", line.words))
        drawn = [
            (line.words, decoded(draw_meme(line.words, language=language, seed=line.words)))
            for line in chosen[:memes]
        ]
        print_row(language, readers, drawn)
    print("\nread, lines by letter size, in two types, on white and on a photograph")
    for side, sizes in _SIZES:
        for pixels in sizes:
            drawn = [
                (words, page(words, pixels=pixels, side=side, font=font, photo=photo))
                for font in _TYPES[::2]
                for photo in (False, True)
                for words in [_LINE if pixels * len(_LINE) < 1.5 * side else "kill them"]
            ]
            print_row(f"{pixels} of {side} px", readers, drawn)
    drawn = [
        (words, filling(words, width=width, height=height))
        for words in _LARGE
        for width, height in ((640, 640), (640, 427), (300, 300))
    ]
    print_row("filling it", readers, drawn)


def print_silence(readers: dict[str, Reader]) -> None:
    print("\nscripts that the networks lack: read, and told")
    for script, texts in _FOREIGN.items():
        drawn = [
            (words, page(words, pixels=pixels, side=640, font=font))
            for words in texts
            for pixels in (16, 32)
            for font in _TYPES[:2]
        ]
        print_row(script, readers, drawn)


def print_row(name: str, readers: dict[str, Reader], drawn: list[tuple[str, Pixels]]) -> None:
    print(f"  {name:14}", end="")
    for reader, read in readers.items():
        answers = [(words, read(picture)) for words, picture in drawn]
        right = np.mean([answer.reads(words) for words, answer in answers])
        told = np.mean([answer.told for _, answer in answers])
        print(f"  {reader}: read {right:4.0%} told {told:4.0%}", end="")
    print(flush=True)


def print_false_alarms(read: Reader, found: Iterable[tuple[str, Pixels]]) -> None:
    print("\nbenign pictures: told (a person would look), and in which words were read")
    told: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for name, picture in found:
        answer = read(picture)
        told[name].append((answer.told, bool(answer.words)))
    for name, answers in [*told.items(), ("all", [each for row in told.values() for each in row])]:
        alarms, words = (sum(column) for column in zip(*answers, strict=True))
        print(f"  {name:26} {alarms:3} told, {words:3} with words, of {len(answers)}")


def photographs() -> list[tuple[str, Pixels]]:
    """Return photographs without text at 640 pixels, and enlarged with grain to 2048."""
    found = []
    for name in ("china.jpg", "flower.jpg"):
        picture = np.asarray(load_sample_image(name))
        found.append((f"{name} at 640", picture))
        large = cv2.resize(picture, (2048, 1366), interpolation=cv2.INTER_CUBIC).astype(np.int16)
        grain = np.random.default_rng(0).normal(0, 4, large.shape)
        found.append((f"{name} at 2048", np.clip(large + grain, 0, 255).astype(np.uint8)))
    return found


def print_milliseconds(readers: dict[str, Reader]) -> None:
    print("\nmilliseconds a picture, median of 3, one thread")
    shown = photographs()
    shown += [
        ("page, 30 of 640 px", full_page(640, pixels=30)),
        ("page, 40 of 2048 px", full_page(2048, pixels=40)),
        ("page, 20 of 2048 px", full_page(2048, pixels=20)),
    ]
    for name, picture in shown:
        rounds = [[read(picture).seconds for read in readers.values()] for _ in range(3)]
        medians = np.median(rounds, axis=0) * 1000
        columns = zip(readers, medians, strict=True)
        print(f"  {name:20}", *(f" {reader}: {ms:6.0f}" for reader, ms in columns), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path.home() / ".local/share/ostraka/pictures"
    parser.add_argument("--pictures", type=Path, default=folder)
    parser.add_argument("--memes", type=int, default=8)
    parser.add_argument("--benign", type=int, default=360)
    arguments = parser.parse_args()
    readers = {"ours": ours()}
    plain = baseline()
    if plain is None:
        print("rapidocr's own pipeline cannot be imported: no baseline in this run")
    else:
        readers["rapidocr"] = plain
    print_milliseconds(readers)
    print_silence(readers)
    print_reading(readers, arguments.memes)
    print_false_alarms(readers["ours"], benign_pictures(arguments.pictures, arguments.benign))


if __name__ == "__main__":
    main()
