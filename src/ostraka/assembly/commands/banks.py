"""``ostraka banks``: pictures that are known already, blocked or allowed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.banks.bank_change import (
    EXCEPTION_REACH_BITS,
    BankChange,
    Kind,
    add_list,
    add_pictures,
    remove_pictures,
)
from ostraka.assembly.banks.bank_folder import BankFolder
from ostraka.assembly.banks.fingerprinting import Fingerprinted, fingerprint_all
from ostraka.assembly.errors import NothingToScanError, SettingError
from ostraka.assembly.finding.find_pictures import Search
from ostraka.assembly.listing import BankAnswerLine, BankLine, BankLookUpLine
from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import FAULT, FINE, FOUND_SOMETHING, Session, session_of
from ostraka.evidence.banks import Banks
from ostraka.evidence.known_picture import MOST_REACH_BITS, BankLabel, Finding
from ostraka.intake import Decoder
from ostraka.intake.fingerprint import Fingerprint

app = typer.Typer(
    no_args_is_help=True, help="Known pictures: blocked ones, and exceptions that are allowed."
)

_SHOWN_UNUSED = 20

Name = Annotated[str, typer.Argument(metavar="NAME", help="The bank: small letters, digits, - _.")]
Allow = Annotated[
    bool, typer.Option("--allow", help="Exceptions: harmless pictures that look like blocked ones.")
]
Reach = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=MOST_REACH_BITS,
        help="Bits of 256 by which a picture may differ and still count as this one"
        f" (default: {MOST_REACH_BITS}, with --allow {EXCEPTION_REACH_BITS}).",
    ),
]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Pictures, folders of them, zip or tar archives."),
    ],
    *,
    allow: Allow = False,
    reach: Reach = None,
    json: options.Json = False,
) -> None:
    """Add pictures to a bank, which is made where there is none; only fingerprints are kept.

    A picture that is like a blocked one waits for a person when it is screened. The last word on a
    fingerprint counts: what is added again with --allow is an exception from then on.
    Exit status: 0 all are in, 1 some cannot be used, 2 none can, or usage or fault.

    Example: ostraka banks add ours blocked-pictures/
    """
    session = session_of(context)
    folder = _folder(session)
    folder.check_name(name)
    found = _fingerprinted(session, paths)
    change = add_pictures(folder, name, found, kind=Kind(allow=allow, reach_bits=reach))
    _report_added(session, change, json=json)


@app.command("import")
def import_list(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="LIST", help="A text file of PDQ hashes.")],
    *,
    allow: Allow = False,
    reach: Reach = None,
    json: options.Json = False,
) -> None:
    """Add a list of PDQ hashes: 64 hexadecimal digits a line, then perhaps a comma and words.

    The form hash,quality,words of the reference hasher is read, too. Lines that are no hash, or
    whose quality is under 50, are named and passed over.
    Exit status: 0 all are in, 1 some lines cannot be used, 2 none can, or usage or fault.

    Example: ostraka banks import partner shared-hashes.csv
    """
    session = session_of(context)
    folder = _folder(session)
    folder.check_name(name)
    change = add_list(folder, name, file, kind=Kind(allow=allow, reach_bits=reach))
    _report_added(session, change, json=json)


@app.command("list")
def list_banks(context: typer.Context, *, json: options.Json = False) -> None:
    """List the banks, and how many fingerprints of each kind they hold.

    Example: ostraka banks list --json
    """
    session = session_of(context)
    banks = _folder(session).open_all().banks
    for name, bank in banks.items():
        blocked, allowed = bank.count(BankLabel.BLOCKED), bank.count(BankLabel.ALLOWED)
        if json:
            line = BankLine(bank=name, blocked=blocked, allowed=allowed)
            session.out.print(line.model_dump_json(), markup=False)
        else:
            session.out.print(f"{name:<24}{blocked} blocked, {allowed} allowed", markup=False)
    if not banks:
        session.err.print("There are no banks yet: ostraka banks add NAME FILE…", markup=False)


@app.command()
def remove(
    context: typer.Context,
    name: Name,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE…]", help="Only these pictures (default: the whole bank)."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Remove a bank, or some pictures from it; asks first.

    A picture is found by the fingerprint that it was added with: give the file that was added.
    Exit status: 0 removed, 1 left as it was, or some pictures are not in it, 2 usage or fault.

    Example: ostraka banks remove ours --yes
    """
    session = session_of(context)
    folder = _folder(session)
    folder.check_exists(name)
    found = _fingerprinted(session, paths) if paths else []
    if not _agreed(f"Remove {len(found)} pictures from" if found else "Remove", name, yes=yes):
        raise typer.Exit(FOUND_SOMETHING)
    if paths:
        change = remove_pictures(folder, name, found)
    else:
        folder.remove(name)
        change = BankChange(bank=name)
    words = f"{change.removed} fingerprints removed from {name}" if paths else f"{name} is removed"
    _report(session, change, words=words, json=json)
    raise typer.Exit(FOUND_SOMETHING if change.unused else FINE)


@app.command()
def lookup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture.")],
    *,
    json: options.Json = False,
) -> None:
    """Look a picture up in every bank: what each says of it, by which entry, how far away.

    Exit status: 0 no bank blocks it, 1 one does, 2 usage or fault (also when it cannot be decoded).

    Example: ostraka banks lookup photo.jpg
    """
    session = session_of(context)
    banks = _folder(session).open_all()
    with Decoder() as decoder:
        fingerprints = decoder.decode(Search().file(file).read()).fingerprints
    found = _answers(banks, fingerprints)
    if json:
        line = BankLookUpLine(fingerprints=tuple(x.hex for x in fingerprints), answers=tuple(found))
        session.out.print(line.model_dump_json(), markup=False)
    else:
        for words in _words(found, fingerprints):
            session.out.print(words, markup=False)
    blocked = any(answer.finding == Finding.BLOCKED for answer in found)
    raise typer.Exit(FOUND_SOMETHING if blocked else FINE)


def _folder(session: Session) -> BankFolder:
    return BankFolder(session.settings.banks_folder)


def _fingerprinted(session: Session, paths: Sequence[Path]) -> list[Fingerprinted]:
    """Return the fingerprints of every picture that was named, taken from the decoder's jail."""
    threads = session.settings.jobs
    with Decoder() as decoder, ProgressBar(session, "fingerprinting") as bar:
        found = []
        for one in fingerprint_all(decoder, Search().pictures(paths), threads=threads):
            bar.step(one)
            found.append(one)
    if not found:
        raise NothingToScanError("no pictures found")
    return found


def _agreed(question: str, name: str, *, yes: bool) -> bool:
    if yes:
        return True
    if not _somebody_is_here():
        raise SettingError("there is nobody here to ask: say --yes")
    return typer.confirm(f"{question} {name}?", err=True)


def _somebody_is_here() -> bool:
    return sys.stdin.isatty()


def _report_added(session: Session, change: BankChange, *, json: bool) -> None:
    words = f"{change.added} fingerprint{'' if change.added == 1 else 's'} in {change.bank}"
    if change.replaced:
        words += f", {change.replaced} of them there before"
    _report(session, change, words=words, json=json)
    if not change.added:
        raise typer.Exit(FAULT)
    raise typer.Exit(FOUND_SOMETHING if change.unused else FINE)


def _report(session: Session, change: BankChange, *, words: str, json: bool) -> None:
    if json:
        session.out.print(change.model_dump_json(), markup=False)
        return
    session.out.print(words, markup=False)
    for one in change.unused[:_SHOWN_UNUSED]:
        session.out.print(f"not used: {one.name}: {one.words}", markup=False)
    if len(change.unused) > _SHOWN_UNUSED:
        more = len(change.unused) - _SHOWN_UNUSED
        session.out.print(f"not used: {more} more (all with --json)", markup=False)


def _answers(banks: Banks, fingerprints: Sequence[Fingerprint]) -> list[BankAnswerLine]:
    return [
        BankAnswerLine(
            frame=frame,
            bank=name,
            finding=answer.finding,
            source=answer.source,
            distance_bits=answer.distance_bits if answer.distance_bits >= 0 else None,
        )
        for frame, fingerprint in enumerate(fingerprints, start=1)
        for name, answer in banks.look_up(fingerprint).items()
    ]


def _words(found: Sequence[BankAnswerLine], fingerprints: Sequence[Fingerprint]) -> Iterator[str]:
    """Yield the fingerprint of every frame, and below it what the banks say."""
    for frame, fingerprint in enumerate(fingerprints, start=1):
        yield f"{fingerprint.hex}  quality {fingerprint.quality}"
        for answer in found:
            if answer.frame == frame:
                near = (
                    ""
                    if answer.distance_bits is None
                    else f", {answer.distance_bits} bits from {answer.source}"
                )
                yield f"  {answer.bank:<24}{answer.finding.replace('_', ' ')}{near}"
