"""``ostraka models``: the extractors that look at pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.compose import chosen_stack
from ostraka.assembly.listing import AdoptedLine, ModelLine, StackLine
from ostraka.assembly.session import session_of
from ostraka.evidence.adopted import adopt
from ostraka.evidence.extractor import PixelExtractor, TextEmbedder, TextReader
from ostraka.evidence.stack import Stack

app = typer.Typer(no_args_is_help=True, help="Show the extractors, or check their files.")


@app.command()
def show(context: typer.Context, *, json: options.Json = False) -> None:
    """List every extractor: what it does, its version, the pinned hash of its weights.

    Example: ostraka models show --json
    """
    session = session_of(context)
    found = _stack_line(chosen_stack(session.settings))
    if json:
        session.out.print(found.model_dump_json(), markup=False)
        return
    for model in found.models:
        session.out.print(
            f"{model.role:<14}{model.name:<26}{model.version:<10}{model.sha256[:16]}…", markup=False
        )
    session.out.print(f"stack         {found.stack_id}", markup=False)


@app.command()
def verify(context: typer.Context) -> None:
    """Read every model file, compare its hash with the pinned one, and run it once.

    Exit status: 0 all as pinned, 2 one is missing or another.

    Example: ostraka models verify
    """
    session = session_of(context)
    stack = chosen_stack(session.settings)
    for role, part in _parts(stack):
        part.warm()
        session.out.print(f"{role:<14}{part.name:<26}as pinned", markup=False)


@app.command("adopt")
def adopt_model(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where a model of SigLIP 2 was fetched to.")
    ],
    *,
    json: options.Json = False,
) -> None:
    """Pin a larger model as it lies in a folder, so that OSTRAKA_STACK may name the folder.

    Nothing of the model is run. A release that was learned with it is bound to this very model.

    Example: ostraka models adopt siglip2
    """
    session = session_of(context)
    pin = adopt(folder)
    if json:
        line = AdoptedLine(model=pin.model, sha256=pin.sha256, dimension=pin.dimension)
        session.out.print(line.model_dump_json(), markup=False)
        return
    session.out.print(f"{pin.model}, {pin.dimension} features, pinned: {pin.sha256}", markup=False)
    session.out.print(f"look with it: OSTRAKA_STACK={folder.resolve()}", markup=False)


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
