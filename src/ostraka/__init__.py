"""Image moderation that no small group can sway, that forgets on request, that shows its proof."""

__version__ = "0.1.0"
