"""Options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines, nothing else.")]
Jobs = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, help="Extractor workers (default: OSTRAKA_JOBS, else all cores)."
    ),
]
Caption = Annotated[
    str, typer.Option(help="Words that belong to the picture; NAME.caption.txt beside it wins.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ignore evidence remembered from before.")]
ReleaseFolder = Annotated[
    Path | None,
    typer.Option("--release", help="Folder of the release that judges (default: the starter)."),
]
Report = Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.")]
