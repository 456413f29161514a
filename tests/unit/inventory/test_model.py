from typing import Any

import pytest
from pydantic import ValidationError

from ostraka.inventory import (
    Category,
    EraseRule,
    ExportRule,
    Inventory,
    Item,
    LegalBasis,
    Purpose,
    Retention,
    Store,
    StoreKind,
)


def _item(**changes: Any) -> Item:
    declared: dict[str, Any] = {
        "name": "vector",
        "category": Category.DERIVED,
        "purpose": Purpose.MODERATION,
        "legal_basis": LegalBasis.LEGITIMATE_INTEREST,
        "retention": Retention(days=30),
        "export": ExportRule.SUMMARY,
        "erase": EraseRule.DELETE,
        "words": "What the extractors saw in a picture.",
    }
    return Item(**(declared | changes))


def _store(location: str = "cache", *items: Item) -> Store:
    return Store(
        kind=StoreKind.FOLDER, location=location, words="A cache.", items=items or (_item(),)
    )


def test_retention_without_an_end_is_refused() -> None:
    with pytest.raises(ValidationError, match="days or the event"):
        Retention()


def test_retention_may_end_by_an_event_alone() -> None:
    assert Retention(until="the release is retired").days is None


def test_a_credential_that_could_be_exported_is_refused() -> None:
    with pytest.raises(ValidationError, match="never exported"):
        _item(category=Category.CREDENTIAL, export=ExportRule.VERBATIM)


def test_personal_data_that_erasure_does_not_reach_is_refused() -> None:
    with pytest.raises(ValidationError, match="erase rule that reaches it"):
        _item(erase=EraseRule.NOT_PERSONAL)


def test_what_is_about_nobody_needs_no_erasure() -> None:
    item = _item(legal_basis=LegalBasis.NOT_PERSONAL, erase=EraseRule.NOT_PERSONAL)
    assert item.erase is EraseRule.NOT_PERSONAL


def test_a_misspelt_declaration_is_refused() -> None:
    with pytest.raises(ValidationError, match="retension"):
        _item(retension=Retention(days=1))


def test_an_item_declared_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="declared twice"):
        _store("cache", _item(), _item())


def test_a_store_declared_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="declared twice"):
        Inventory(stores=(_store(), _store()))


def test_a_folder_that_nobody_declared_is_named() -> None:
    inventory = Inventory(stores=(_store("cache"),))
    found = inventory.undeclared(StoreKind.FOLDER, frozenset({"cache", "secret"}))
    assert found == {"secret"}


def test_a_declared_table_does_not_excuse_a_folder_of_the_same_name() -> None:
    inventory = Inventory(stores=(_store("cache"),))
    assert inventory.undeclared(StoreKind.TABLE, frozenset({"cache"})) == {"cache"}
