"""``ostraka models``: the extractors that look at pictures."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from ostraka.assembly import options
from ostraka.assembly.listing import ModelLine, StackLine
from ostraka.assembly.session import session_of
from ostraka.evidence.extractor import PixelExtractor, TextEmbedder, TextReader
from ostraka.evidence.stack import Stack, default_stack

app = typer.Typer(no_args_is_help=True, help="Show the extractors, or check their files.")


@app.command()
def show(context: typer.Context, *, json: options.Json = False) -> None:
    """List every extractor: what it does, its version, the pinned hash of its weights.

    Example: ostraka models show --json
    """
    session = session_of(context)
    found = _stack_line(default_stack())
    if json:
        session.out.print(found.model_dump_json(), markup=False)
        return
    for model in found.models:
        session.out.print(
            f"{model.role:<14}{model.name:<20}{model.version:<10}{model.sha256[:16]}…", markup=False
        )
    session.out.print(f"stack         {found.stack_id}", markup=False)


@app.command()
def verify(context: typer.Context) -> None:
    """Read every model file, compare its hash with the pinned one, and run it once.

    Exit status: 0 all as pinned, 2 one is missing or another.

    Example: ostraka models verify
    """
    session = session_of(context)
    stack = default_stack()
    for role, part in _parts(stack):
        part.warm()
        session.out.print(f"{role:<14}{part.name:<20}as pinned", markup=False)


def _stack_line(stack: Stack) -> StackLine:
    models = tuple(
        ModelLine(role=role, name=part.name, version=part.version, sha256=part.sha256)
        for role, part in _parts(stack)
    )
    return StackLine(stack_id=stack.identity(), models=models)


def _parts(stack: Stack) -> Iterator[tuple[str, PixelExtractor | TextReader | TextEmbedder]]:
    yield from (("pixels", extractor) for extractor in stack.pixel_extractors)
    yield "text reader", stack.text_reader
    yield "text", stack.text_embedder
