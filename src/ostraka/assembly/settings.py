"""The settings: one frozen object, read once from the environment, handed out in slices.

No setting is read anywhere else. (Package clients are handed the whole environment on, unread: they
have settings of their own.) Production is the default; nothing secret is a setting.
``docs/reference/settings.md`` is generated from the fields below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ostraka.assembly.errors import SettingError

PREFIX = "OSTRAKA_"
_BORROWED_NAMES = {"no_color": "NO_COLOR"}
"""Settings that follow another convention than our prefix."""


def _processors() -> int:
    return len(os.sched_getaffinity(0))


class Settings(BaseModel):
    """Everything an operator may set; every field has its reason as its description."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: user_data_path("ostraka"),
        description="Folder for all state: keys, banks, cache, releases, pictures and the like.",
    )
    jobs: int = Field(
        default_factory=_processors,
        ge=1,
        le=1024,
        description=(
            "Extractor workers, about 0.6 GB each, and as many decoders, for a moment up to 1.5 GB"
            " each with a hostile picture. Default: one for each processor."
        ),
    )
    cache_bytes: int = Field(
        default=2_000_000_000,
        ge=0,
        description="Most bytes of remembered evidence; the oldest goes first. 0 keeps none.",
    )
    release: Path | None = Field(
        default=None,
        description="Folder of the release that judges. Default: the starter release.",
    )
    stack: Path | None = Field(
        default=None,
        description="Folder of a larger model that was adopted (`ostraka models adopt`); it needs a"
        " release that was learned with it. Default: the extractors that ship.",
    )
    pictures: Path | None = Field(
        default=None,
        description="Folder of the fetched picture packages. Default: `pictures` in the home.",
    )
    no_color: bool = Field(
        default=False,
        description="Any value but the empty one turns colours off (https://no-color.org).",
    )

    @property
    def cache_folder(self) -> Path:
        """Where evidence is remembered."""
        return self.home / "cache"

    @property
    def keys_folder(self) -> Path:
        """Where this installation's own keys lie, mode 0600."""
        return self.home / "keys"

    @property
    def trusted_keys_folder(self) -> Path:
        """Public keys whose releases are trusted here, besides those that Ostraka ships."""
        return self.keys_folder / "trusted"

    @property
    def banks_folder(self) -> Path:
        """Banks of known pictures: blocked ones and allowed exceptions, ``*.npz``."""
        return self.home / "banks"

    @property
    def training_cache_folder(self) -> Path:
        """Where training keeps the evidence it took."""
        return self.home / "training-cache"

    @property
    def pictures_folder(self) -> Path:
        """Where the picture packages are fetched to."""
        return self.pictures or self.home / "pictures"

    @property
    def releases_folder(self) -> Path:
        """Where releases go that were trained here and not given a place."""
        return self.home / "releases"

    @property
    def samples_folder(self) -> Path:
        """Where the sample pictures are written."""
        return self.home / "samples"

    @property
    def reports_folder(self) -> Path:
        """Where reports go that were not given a place."""
        return self.home / "reports"


def environment_name(field: str) -> str:
    """Return the environment variable that a setting is read from."""
    return _BORROWED_NAMES.get(field, PREFIX + field.upper())


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingError: a value cannot be used, or a variable with our prefix is not a setting.
    """
    given = os.environ if environment is None else environment
    known = {environment_name(field): field for field in Settings.model_fields}
    for name in given:
        if name.startswith(PREFIX) and name not in known:
            raise SettingError(f"{name} is not a setting; there are {', '.join(sorted(known))}")
    values: dict[str, Any] = {f: given[name] for name, f in known.items() if given.get(name)}
    if "no_color" in values:
        values["no_color"] = True
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingError(_in_one_line(error)) from error


def _in_one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0])
    return f"{environment_name(field)}={first['input']!s}: {first['msg']}"
