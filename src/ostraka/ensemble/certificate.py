"""Certificates: how many accounts would have to collude to change what the votes say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """The numbers of accounts that a model verdict holds against (design, sections 6.4 and 12).

    ``held``: no set of this many accounts, by adding, changing or removing all rows attributed to
    them, changes the outcome. ``no_silent_publish``: no set of this many turns it into publish
    without a person seeing it; for a publish outcome it is -1 (it is published already).
    """

    held: int
    no_silent_publish: int
