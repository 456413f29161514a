from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ostraka.evidence import banks as module
from ostraka.evidence.banks import Bank, Banks
from ostraka.evidence.errors import BankFullError, CorruptBankError, UnusableFingerprintError
from ostraka.evidence.known_picture import BankAnswer, BankEntry, BankLabel, Finding
from ostraka.limits import DEFAULT_LIMITS

PICTURE = 0xA5A5 << 200 | 0x1234567890ABCDEF


@dataclass(frozen=True)
class Seen:
    bits: int
    quality: int = 100


def flipped(count: int, *, start: int = 0) -> int:
    return PICTURE ^ sum(1 << (7 * i + start) % 256 for i in range(count))


def blocked(bits: int = PICTURE, reach_bits: int = 31, source: str = "police list") -> BankEntry:
    return BankEntry(
        bits=bits, quality=90, label=BankLabel.BLOCKED, source=source, reach_bits=reach_bits
    )


def allowed(bits: int, reach_bits: int = 0) -> BankEntry:
    entry = blocked(bits, reach_bits, source="operator")
    return replace(entry, label=BankLabel.ALLOWED)


@pytest.mark.parametrize(
    ("distance", "finding"), [(0, "blocked"), (31, "blocked"), (32, "unknown")]
)
def test_a_blocked_picture_reaches_31_bits_and_no_further(distance: int, finding: str) -> None:
    answer = Bank([blocked()]).look_up(Seen(flipped(distance)))
    assert answer.finding == finding
    if finding == "blocked":
        assert answer == BankAnswer(Finding.BLOCKED, "police list", distance)


@pytest.mark.parametrize(("distance", "finding"), [(0, "allowed"), (4, "allowed"), (5, "blocked")])
def test_an_exception_wins_only_within_its_declared_distance(distance: int, finding: str) -> None:
    exception = flipped(20)
    bank = Bank([blocked(), allowed(exception, reach_bits=4)])
    seen = exception ^ sum(1 << (7 * i) for i in range(distance))  # back towards the blocked one
    assert bank.look_up(Seen(seen)).finding == finding


def test_a_blocked_picture_nearer_than_the_exception_stays_blocked() -> None:
    bank = Bank([blocked(), allowed(flipped(3), reach_bits=8)])
    assert bank.look_up(Seen(flipped(1))).finding is Finding.BLOCKED
    assert bank.look_up(Seen(flipped(2))).finding is Finding.ALLOWED


def test_an_exception_to_the_very_same_fingerprint_wins() -> None:
    assert Bank([blocked(), allowed(PICTURE)]).look_up(Seen(PICTURE)).finding is Finding.ALLOWED


def test_the_nearest_entry_is_named() -> None:
    bank = Bank([blocked(), blocked(flipped(9), source="second"), blocked(flipped(30))])
    assert bank.look_up(Seen(flipped(8))) == BankAnswer(Finding.BLOCKED, "second", 1)


@pytest.mark.parametrize("quality", [0, 12, 49])
def test_a_known_picture_that_was_made_faint_is_found(quality: int) -> None:
    bank = Bank([blocked()])
    assert bank.look_up(Seen(PICTURE, quality=quality)).finding is Finding.BLOCKED


def test_a_flat_picture_matches_nothing_and_says_why() -> None:
    bank = Bank([blocked()])
    assert bank.look_up(Seen(0, quality=0)) == BankAnswer(Finding.LOW_QUALITY)
    assert bank.look_up(Seen(flipped(60), quality=49)) == BankAnswer(Finding.LOW_QUALITY)


@pytest.mark.parametrize(
    "changes",
    [{"quality": 49}, {"bits": -1}, {"bits": 2**256}, {"reach_bits": -1}, {"reach_bits": 32}],
)
def test_entries_that_would_match_unrelated_pictures_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableFingerprintError):
        replace(blocked(), **changes)


def test_a_removed_picture_is_unknown_and_overwritten() -> None:
    bank = Bank([blocked(), blocked(), blocked(flipped(40))])
    assert (len(bank), bank.remove(PICTURE), len(bank)) == (3, 2, 1)
    assert bank.look_up(Seen(PICTURE)).finding is Finding.UNKNOWN
    assert bank.look_up(Seen(0)).finding is Finding.UNKNOWN
    assert bank.remove(PICTURE) == bank.remove(0) == 0
    assert bank.arrays()["words"].shape == (1, 4)
    assert not bank._index.words(np.array([0, 1])).any()
    bank.add([blocked()])
    assert bank.look_up(Seen(PICTURE)).finding is Finding.BLOCKED


def test_adding_and_removing_for_ever_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BLANK", 5)
    bank = Bank([blocked(flipped(40), source="kept")])
    for number in range(50):
        bank.add([blocked(number)])
        bank.remove(number)
        assert len(bank._index) <= 8
    assert bank.look_up(Seen(flipped(40))) == BankAnswer(Finding.BLOCKED, "kept", 0)


def test_a_full_bank_refuses_entries_whole() -> None:
    limits = replace(DEFAULT_LIMITS, bank_entries=2)
    bank = Bank([blocked()], limits=limits)
    with pytest.raises(BankFullError) as refused:
        bank.add([blocked(1), blocked(2)])
    assert (refused.value.limit, refused.value.actual, len(bank)) == (2, 3, 1)
    bank.remove(PICTURE)
    bank.add([blocked(1), blocked(2)])
    assert len(bank) == 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_bank_answers_as_comparing_one_by_one_would(data: st.DataObject) -> None:
    near = st.integers(0, 35).map(flipped)
    entries = data.draw(
        st.lists(
            st.builds(
                BankEntry,
                bits=near,
                quality=st.just(80),
                label=st.sampled_from(BankLabel),
                source=st.sampled_from(["a", "b"]),
                reach_bits=st.integers(0, 31),
            ),
            max_size=12,
        )
    )
    bank = Bank(entries)
    for gone in data.draw(st.lists(near, max_size=3)):
        bank.remove(gone)
        entries = [entry for entry in entries if entry.bits != gone]
    seen = data.draw(near)
    reached = [(e, (e.bits ^ seen).bit_count()) for e in entries]
    reached = [(e, d) for e, d in reached if d <= e.reach_bits]
    answer = bank.look_up(Seen(seen))
    if not reached:
        assert answer.finding is Finding.UNKNOWN
        return
    nearest = min(distance for _, distance in reached)
    labels = {entry.label for entry, distance in reached if distance == nearest}
    expected = BankLabel.ALLOWED if BankLabel.ALLOWED in labels else BankLabel.BLOCKED
    assert (answer.finding.value, answer.distance_bits) == (expected.value, nearest)


def test_files_bring_the_bank_back(tmp_path: Path) -> None:
    bank = Bank([blocked(), allowed(flipped(40), reach_bits=3), blocked(7)])
    bank.remove(7)
    bank.save(tmp_path / "bank.npz")
    back = Bank.load(tmp_path / "bank.npz")
    assert len(back) == 2
    assert back.look_up(Seen(flipped(2))) == BankAnswer(Finding.BLOCKED, "police list", 2)
    assert back.look_up(Seen(flipped(40))) == BankAnswer(Finding.ALLOWED, "operator", 0)
    assert all(np.array_equal(a, back.arrays()[name]) for name, a in bank.arrays().items())


def test_an_empty_bank_comes_back_too(tmp_path: Path) -> None:
    Bank().save(tmp_path / "bank.npz")
    assert len(Bank.load(tmp_path / "bank.npz")) == 0


def test_a_stored_bank_over_the_limit_is_refused() -> None:
    arrays = Bank([blocked(1), blocked(2)]).arrays()
    with pytest.raises(BankFullError):
        Bank.from_arrays(arrays, limits=replace(DEFAULT_LIMITS, bank_entries=1))


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("words", np.zeros((2, 4), dtype=np.int64)),
        ("words", np.zeros((2, 3), dtype=np.uint64)),
        ("labels", np.array([0, 2], dtype=np.uint8)),
        ("labels", np.array(0, dtype=np.uint8)),
        ("labels", np.zeros(3, dtype=np.uint8)),
        ("reach_bits", np.array([0, 32], dtype=np.int8)),
        ("reach_bits", np.array([-1, 0], dtype=np.int8)),
        ("reach_bits", np.zeros(3, dtype=np.int8)),
        ("sources", np.array([0, 1], dtype=np.int32)),
        ("sources", np.array([-1, 0], dtype=np.int32)),
        ("source_names", np.array([b"bytes"])),
        ("source_names", np.array("scalar")),
    ],
)
def test_forged_banks_are_refused(name: str, forged: NDArray[Any]) -> None:
    arrays = Bank([blocked(1), blocked(2)]).arrays()
    assert len(Bank.from_arrays(arrays)) == 2
    with pytest.raises(CorruptBankError):
        Bank.from_arrays(arrays | {name: forged})
    del arrays[name]
    with pytest.raises(CorruptBankError):
        Bank.from_arrays(arrays)


def test_files_that_hold_no_bank_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bank.npz"
    with pytest.raises(CorruptBankError):
        Bank.load(path)
    path.write_bytes(b"no archive")
    with pytest.raises(CorruptBankError):
        Bank.load(path)
    np.savez(path, allow_pickle=True, words=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CorruptBankError):
        Bank.load(path)


def test_an_exception_of_one_bank_lifts_nothing_in_another() -> None:
    banks = Banks({"ours": Bank([blocked()]), "theirs": Bank([allowed(PICTURE)])})
    assert banks.is_near_blocked(Seen(PICTURE))
    answers = {name: answer.finding for name, answer in banks.look_up(Seen(PICTURE)).items()}
    assert answers == {"ours": Finding.BLOCKED, "theirs": Finding.ALLOWED}
    assert not banks.is_near_blocked(Seen(flipped(60)))
    assert banks.is_near_blocked(Seen(PICTURE, quality=10))


def test_the_last_word_on_a_fingerprint_counts() -> None:
    bank = Bank([blocked(), blocked(), blocked(flipped(60))])
    bank.remove(flipped(60))
    assert bank.put([allowed(PICTURE), blocked(flipped(60)), blocked(7), blocked(7)]) == 2
    assert bank.look_up(Seen(PICTURE)).finding is Finding.ALLOWED
    assert (bank.count(BankLabel.BLOCKED), bank.count(BankLabel.ALLOWED)) == (2, 1)
    assert bank.put([]) == 0


def test_putting_more_than_fits_changes_nothing() -> None:
    limits = replace(DEFAULT_LIMITS, bank_entries=2)
    bank = Bank([blocked(), blocked(7)], limits=limits)
    with pytest.raises(BankFullError):
        bank.put([allowed(PICTURE), blocked(8)])
    assert bank.look_up(Seen(PICTURE)).finding is Finding.BLOCKED
    assert bank.put([allowed(PICTURE), allowed(7)]) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(BankLabel)), max_size=5)))
def test_a_bank_holds_what_a_dictionary_would(rounds: list[list[tuple[int, BankLabel]]]) -> None:
    bank, expected = Bank(), dict[int, BankLabel]()
    for given_now in rounds:
        before = len(expected.keys() & {number for number, _ in given_now})
        entries = [
            replace(blocked(1 << 40 * n), label=label, reach_bits=0) for n, label in given_now
        ]
        assert bank.put(entries) == before
        expected |= dict(given_now)
    assert len(bank) == len(expected)
    for number, label in expected.items():
        assert bank.look_up(Seen(1 << 40 * number)).finding.value == label


def test_where_a_removed_picture_came_from_is_not_written(tmp_path: Path) -> None:
    bank = Bank([blocked(source="a.jpg"), blocked(7, source="kept"), blocked(8, source="kept")])
    bank.remove(PICTURE)
    bank.save(tmp_path / "bank.npz")
    assert "a.jpg".encode("utf-32-le") not in (tmp_path / "bank.npz").read_bytes()
    assert Bank.load(tmp_path / "bank.npz").look_up(Seen(8)) == BankAnswer(
        Finding.BLOCKED, "kept", 0
    )


def test_a_bank_is_written_whole_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bank.npz"
    Bank([blocked()]).save(path)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600

    def torn(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr("numpy.savez", torn)
    with pytest.raises(OSError, match="no space"):
        Bank().save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
