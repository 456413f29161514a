from __future__ import annotations

from pathlib import Path

from ostraka.assembly.settings import Settings
from ostraka.assembly.stores import INVENTORY
from ostraka.inventory import EraseRule, LegalBasis, StoreKind

HOME = Path("/home-of-this-test")


def folders_of_the_settings() -> frozenset[str]:
    settings = Settings(home=HOME)
    names = [name for name in dir(Settings) if isinstance(getattr(Settings, name), property)]
    folders = [getattr(settings, name) for name in names if name.endswith("_folder")]
    return frozenset(folder.relative_to(HOME).as_posix() for folder in folders)


def test_every_folder_of_the_settings_is_declared() -> None:
    assert len(folders_of_the_settings()) > 5
    assert INVENTORY.undeclared(StoreKind.FOLDER, folders_of_the_settings()) == frozenset()


def test_nothing_is_declared_that_is_no_folder_of_the_settings() -> None:
    declared = {store.location for store in INVENTORY.stores}
    assert declared == folders_of_the_settings()


def test_what_is_made_from_pictures_has_a_ground_and_can_be_erased() -> None:
    items = [item for store in INVENTORY.stores for item in store.items]
    for item in items:
        personal = item.legal_basis is not LegalBasis.NOT_PERSONAL
        assert personal == (item.erase is EraseRule.DELETE)
