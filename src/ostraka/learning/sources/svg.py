"""SVG to pixels, with no fonts, files or network behind it."""

from __future__ import annotations

import io

from PIL import Image

from ostraka.learning.sources.errors import BrokenSourceError


def rendered(svg: str, *, side_pixels: int = 288) -> Image.Image:
    """Return an SVG drawing as RGBA, its longer side as asked."""
    # Imported here: only those who rebuild the starter or draw the samples need the renderer.
    import resvg_py

    try:
        data = resvg_py.svg_to_bytes(
            svg_string=svg, width=side_pixels, height=side_pixels, skip_system_fonts=True
        )
    except ValueError as error:
        raise BrokenSourceError("an SVG drawing cannot be rendered") from error
    return Image.open(io.BytesIO(bytes(data))).convert("RGBA")
