"""Concrete parts, put together from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ostraka.assembly.banks.bank_folder import BankFolder
from ostraka.assembly.errors import SettingError
from ostraka.assembly.own_secret import own_secret
from ostraka.assembly.remembering.evidence_cache import EvidenceCache
from ostraka.assembly.screening import Screening
from ostraka.assembly.settings import Settings
from ostraka.assembly.turns import Turns
from ostraka.evidence.adopted import adopted_source
from ostraka.evidence.pool import DEFAULT_STACK, ExtractorPool
from ostraka.evidence.stack import Stack
from ostraka.evidence.worker import named_stack
from ostraka.intake import Decoder
from ostraka.learning.release import TRUSTED_KEYS_FOLDER, Release, load_release, starter_release
from ostraka.learning.sign import load_trusted_keys


@dataclass(frozen=True)
class Instance:
    """A release that was verified, and everything that screens with it."""

    release: Release
    screening: Screening
    extractors: ExtractorPool


@contextmanager
def open_instance(settings: Settings, *, fresh: bool = False) -> Iterator[Instance]:
    """Start the jails, load the release, and stop everything at the end.

    Raises:
        ExtractorStartError, DecoderUnavailableError, ReleaseRefusedError, SecretFileError,
            SettingError: it cannot screen.
    """
    _check_release_is_named(settings)
    # The decoder's zygote first: it may never be forked from a process that has threads.
    source = stack_source(settings)
    with (
        Decoder(at_once=settings.jobs) as decoder,
        ExtractorPool(settings.jobs, stack_source=source) as extractors,
    ):
        release = open_release(settings, stack_id=extractors.stack_id)
        secret = own_secret(settings.keys_folder / "views.key")
        cache = EvidenceCache(
            settings.cache_folder, limit_bytes=settings.cache_bytes, secret=secret, fresh=fresh
        )
        screening = Screening(
            decoder=decoder,
            extractors=extractors,
            judge=release.judge(),
            cache=cache,
            view_secret=secret,
            known=BankFolder(settings.banks_folder).open_all(),
            turns=Turns(),
        )
        yield Instance(release, screening, extractors)


def stack_source(settings: Settings) -> str:
    """Return what builds the extractors that look here, for processes that build them anew."""
    return DEFAULT_STACK if settings.stack is None else adopted_source(settings.stack)


def chosen_stack(settings: Settings) -> Stack:
    """Return the extractors that look here: those that ship, or with them a model that was adopted.

    Raises:
        OptionalStackError: no model was adopted where the settings say.
    """
    return named_stack(stack_source(settings))


def open_release(settings: Settings, *, stack_id: str) -> Release:
    """Return the release that judges here, verified: the operator's, else the starter.

    Raises:
        ReleaseRefusedError: it is not whole, not trusted, or made with other extractors.
        SettingError: there is a larger stack, and no release that was learned with it.
    """
    _check_release_is_named(settings)
    if settings.release is None:
        return starter_release(stack_id=stack_id)
    keys = [
        key
        for folder in (TRUSTED_KEYS_FOLDER, settings.trusted_keys_folder)
        for key in load_trusted_keys(folder)
    ]
    return load_release(settings.release, stack_id=stack_id, trusted_keys=keys)


def _check_release_is_named(settings: Settings) -> None:
    if settings.stack is not None and settings.release is None:
        raise SettingError(
            "the starter release was learned with the extractors that ship, not with those of"
            " OSTRAKA_STACK: name a release that was learned with them (OSTRAKA_RELEASE, --release)"
        )
