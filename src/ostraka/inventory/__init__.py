"""What is stored, why, for how long and for whom, declared once."""

from ostraka.inventory.model import (
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

__all__ = [
    "Category",
    "EraseRule",
    "ExportRule",
    "Inventory",
    "Item",
    "LegalBasis",
    "Purpose",
    "Retention",
    "Store",
    "StoreKind",
]
