"""The words in which everything that is stored is declared: once, typed, and complete.

A :class:`Store` is a table, a folder of files, a log or a cache; an :class:`Item` is one column
of a table or one kind of value in a file. From these declarations come privileges, the privacy
page, the export and erasure plans, and the threat model's stores and flows; so nothing is optional.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Category(StrEnum):
    """What kind of information it is."""

    CONTENT = "content"
    """Pictures, captions and what can be read from them."""
    DERIVED = "derived"
    """Computed from content: vectors, fingerprints, sums. Personal data where the content is."""
    IDENTITY = "identity"
    CONTACT = "contact"
    CREDENTIAL = "credential"
    """Passwords, keys, tokens; never exported, never logged."""
    BEHAVIOUR = "behaviour"
    DECISION = "decision"
    OPERATIONAL = "operational"
    """About the machine, about nobody."""


class Purpose(StrEnum):
    """Why it is kept."""

    HOSTING = "hosting"
    MODERATION = "moderation"
    LEARNING = "learning"
    SECURITY = "security"
    ACCOUNTABILITY = "accountability"
    OPERATION = "operation"


class LegalBasis(StrEnum):
    """On what ground (GDPR Art. 6(1))."""

    CONTRACT = "contract"
    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"
    LEGAL_OBLIGATION = "legal_obligation"
    NOT_PERSONAL = "not_personal"


class EraseRule(StrEnum):
    """What erasing a person does to it."""

    DELETE = "delete"
    SUBTRACT = "subtract"
    """Exact unlearning: the person's rows are subtracted from the sums."""
    DESTROY_KEY = "destroy_key"
    KEEP_UNLINKED = "keep_unlinked"
    """Stays as a commitment that can no longer be linked to the person."""
    NOT_PERSONAL = "not_personal"


class ExportRule(StrEnum):
    """How it appears in a person's export."""

    VERBATIM = "verbatim"
    SUMMARY = "summary"
    """Described, not copied: the copy would reveal others or how checks work."""
    NEVER = "never"


class StoreKind(StrEnum):
    """Where it lives."""

    TABLE = "table"
    FOLDER = "folder"
    LOG = "log"
    BACKUP = "backup"


class Retention(BaseModel):
    """How long it is kept, and what ends it; ``days`` is None when an event alone ends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(default=None, ge=0)
    until: str = ""

    @model_validator(mode="after")
    def _something_ends_it(self) -> Self:
        if self.days is None and not self.until:
            message = "retention needs days or the event that ends it"
            raise ValueError(message)
        return self


class Item(BaseModel):
    """One column or one kind of value: what, why, on what ground, for how long, for whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    category: Category
    purpose: Purpose
    legal_basis: LegalBasis
    retention: Retention
    export: ExportRule
    erase: EraseRule
    read_by: frozenset[str] = frozenset()
    written_by: frozenset[str] = frozenset()
    words: str = Field(min_length=1)
    """One plain sentence for the privacy page."""

    @model_validator(mode="after")
    def _rules_agree(self) -> Self:
        if self.category is Category.CREDENTIAL and self.export is not ExportRule.NEVER:
            message = f"{self.name}: a credential is never exported"
            raise ValueError(message)
        personal = self.legal_basis is not LegalBasis.NOT_PERSONAL
        if personal and self.erase is EraseRule.NOT_PERSONAL:
            message = f"{self.name}: personal data needs an erase rule that reaches it"
            raise ValueError(message)
        return self


class Store(BaseModel):
    """One place where items are kept; ``location`` is a table's name or a path under the home."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: StoreKind
    location: str = Field(min_length=1)
    words: str = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [item.name for item in self.items]
        if len(names) != len(set(names)):
            message = f"{self.location}: an item is declared twice"
            raise ValueError(message)
        return self


class Inventory(BaseModel):
    """Every store of one installation; a location is declared once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stores: tuple[Store, ...]

    @model_validator(mode="after")
    def _locations_are_unique(self) -> Self:
        locations = [(store.kind, store.location) for store in self.stores]
        if len(locations) != len(set(locations)):
            message = "a store is declared twice"
            raise ValueError(message)
        return self

    def undeclared(self, kind: StoreKind, locations: frozenset[str]) -> frozenset[str]:
        """Return those of ``locations`` that no store of this kind declares."""
        return locations - {store.location for store in self.stores if store.kind is kind}
