"""What lies under ``OSTRAKA_HOME``: every folder of the settings, in the inventory's words.

There are no accounts yet, so nothing here is known to belong to a person; but a picture may show
one. Whatever is made from pictures that people send is therefore treated as theirs: it names a
ground, an end, and a rule by which erasing reaches it.
"""

from __future__ import annotations

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

_SCREEN, _LEARN, _OPERATOR = frozenset({"screen"}), frozenset({"learn"}), frozenset({"operator"})


def _of_pictures(
    name: str,
    words: str,
    *,
    category: Category,
    until: str,
    purpose: Purpose = Purpose.MODERATION,
    by: frozenset[str] = _SCREEN,
) -> Item:
    """Return an item that is made from pictures and may therefore be about somebody."""
    return Item(
        name=name,
        category=category,
        purpose=purpose,
        legal_basis=LegalBasis.LEGITIMATE_INTEREST,
        retention=Retention(until=until),
        export=ExportRule.SUMMARY,
        erase=EraseRule.DELETE,
        read_by=by | _OPERATOR,
        written_by=by,
        words=words,
    )


def _of_this_machine(
    name: str, words: str, *, category: Category, by: frozenset[str], purpose: Purpose
) -> Item:
    """Return an item that is about the installation and about nobody."""
    return Item(
        name=name,
        category=category,
        purpose=purpose,
        legal_basis=LegalBasis.NOT_PERSONAL,
        retention=Retention(until="the operator removes it"),
        export=ExportRule.NEVER,
        erase=EraseRule.NOT_PERSONAL,
        read_by=by | _OPERATOR,
        written_by=by,
        words=words,
    )


def _folder(location: str, words: str, *items: Item) -> Store:
    return Store(kind=StoreKind.FOLDER, location=location, words=words, items=items)


_FULL = "the cache is full and it was not used for longest, or the operator removes the folder"
_REMOVED = "the operator removes it"

CACHE = _folder(
    "cache",
    "Evidence of pictures that were looked at, so that a stopped run goes on at once.",
    _of_pictures(
        "vectors",
        "What the extractors saw in a picture, as numbers.",
        category=Category.DERIVED,
        until=_FULL,
    ),
    _of_pictures(
        "words",
        "Words that were read in a picture, and its caption.",
        category=Category.CONTENT,
        until=_FULL,
    ),
    _of_pictures(
        "thumbnail",
        "A small version of a picture, for reports.",
        category=Category.CONTENT,
        until=_FULL,
    ),
    _of_pictures(
        "facts",
        "A picture's hashes, fingerprints, size and format.",
        category=Category.DERIVED,
        until=_FULL,
    ),
)

KEYS = _folder(
    "keys",
    "Secrets of this installation, readable by its user alone.",
    _of_this_machine(
        "views_key",
        "A secret that decides which crops of a picture are looked at again, and marks remembered"
        " evidence as taken here.",
        category=Category.CREDENTIAL,
        by=_SCREEN,
        purpose=Purpose.SECURITY,
    ),
    _of_this_machine(
        "release_key",
        "The secret key that signs releases that are trained here.",
        category=Category.CREDENTIAL,
        by=_LEARN,
        purpose=Purpose.SECURITY,
    ),
)

TRUSTED_KEYS = _folder(
    "keys/trusted",
    "Public keys whose releases are accepted here.",
    _of_this_machine(
        "public_key",
        "A public key of somebody whose releases are trusted.",
        category=Category.OPERATIONAL,
        by=_LEARN,
        purpose=Purpose.SECURITY,
    ),
)

BANKS = _folder(
    "banks",
    "Known pictures: blocked ones and allowed exceptions, as fingerprints, never as pictures.",
    _of_pictures(
        "fingerprint",
        "A fingerprint of a picture; the picture cannot be made from it again.",
        category=Category.DERIVED,
        until=_REMOVED,
        by=_OPERATOR,
    ),
    _of_pictures(
        "source",
        "Where a fingerprint comes from: a file's name, or a list's own words.",
        category=Category.CONTENT,
        until=_REMOVED,
        by=_OPERATOR,
    ),
)

TRAINING_CACHE = _folder(
    "training-cache",
    "Evidence of the public pictures that a training looks at, so that a stopped one goes on.",
    _of_pictures(
        "vectors",
        "What the extractors saw in a public picture, and the words they read in it.",
        category=Category.DERIVED,
        until=_REMOVED,
        purpose=Purpose.LEARNING,
        by=_LEARN,
    ),
)

PICTURES = _folder(
    "pictures",
    "Public picture packages that were fetched for training and evaluation.",
    _of_pictures(
        "picture",
        "A picture that its author published under an open licence.",
        category=Category.CONTENT,
        until=_REMOVED,
        purpose=Purpose.LEARNING,
        by=_LEARN,
    ),
)

SAMPLES = _folder(
    "samples",
    "Pictures to try Ostraka with, made from installed packages.",
    _of_pictures(
        "picture",
        "A sample picture: a public photograph, or drawn here.",
        category=Category.CONTENT,
        until=_REMOVED,
        purpose=Purpose.OPERATION,
        by=_OPERATOR,
    ),
)

REPORTS = _folder(
    "reports",
    "Pages that were asked for and not given another place.",
    _of_pictures(
        "page",
        "Verdicts with thumbnails and the words in the pictures.",
        category=Category.CONTENT,
        until=_REMOVED,
        by=_SCREEN,
    ),
)

RELEASES = _folder(
    "releases",
    "Releases that were trained here and not given another place.",
    _of_pictures(
        "rows",
        "Vectors and labels of the trusted pictures that a release learned from.",
        category=Category.DERIVED,
        until=_REMOVED,
        purpose=Purpose.LEARNING,
        by=_LEARN,
    ),
    _of_this_machine(
        "papers",
        "Data sheet, evaluation, manifest and signature of a release.",
        category=Category.OPERATIONAL,
        by=_LEARN,
        purpose=Purpose.ACCOUNTABILITY,
    ),
)

INVENTORY = Inventory(
    stores=(
        CACHE,
        KEYS,
        TRUSTED_KEYS,
        BANKS,
        TRAINING_CACHE,
        PICTURES,
        SAMPLES,
        REPORTS,
        RELEASES,
    )
)
"""Every place where anything is kept; whoever adds a folder to the settings adds it here."""
