from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from ostraka.assembly.banks.bank_change import EXCEPTION_REACH_BITS, Kind
from ostraka.assembly.banks.bank_folder import BankFolder
from ostraka.evidence.errors import BankNameError, CorruptBankError
from ostraka.evidence.known_picture import MOST_REACH_BITS, BankLabel


def put(folder: Path, numbers: list[int]) -> None:
    kind = Kind(allow=False, reach_bits=0)
    with BankFolder(folder).changing("ours", made=True) as bank:
        bank.put([kind.entry(number, 100, source="test") for number in numbers])


def test_a_bank_is_made_kept_and_removed(tmp_path: Path) -> None:
    folder = BankFolder(tmp_path / "banks")
    assert folder.names() == []
    put(tmp_path / "banks", [1, 2])
    put(tmp_path / "banks", [2, 3])
    assert folder.names() == ["ours"]
    assert len(folder.open_all().banks["ours"]) == 3
    assert (tmp_path / "banks").stat().st_mode & 0o777 == 0o700
    folder.remove("ours")
    assert folder.names() == []


@pytest.mark.parametrize("name", ["", "../keys/views", "/etc/x", ".hidden", "UP", "a b", "x" * 65])
def test_a_name_leads_nowhere_else(name: str, tmp_path: Path) -> None:
    folder = BankFolder(tmp_path)
    with pytest.raises(BankNameError), folder.changing(name, made=True):
        pytest.fail("it lent a bank")
    with pytest.raises(BankNameError):
        folder.remove(name)


def test_a_bank_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    put(tmp_path, [1])
    folder = BankFolder(tmp_path)
    with pytest.raises(BankNameError, match=r"no bank theirs \(there are: ours\)"):
        folder.remove("theirs")
    with pytest.raises(BankNameError), folder.changing("theirs", made=False):
        pytest.fail("it lent a bank")
    assert folder.names() == ["ours"]


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, [1])
    folder = BankFolder(tmp_path)

    def remove_and_stop() -> None:
        with folder.changing("ours", made=False) as bank:
            bank.remove(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remove_and_stop()
    assert len(folder.open_all().banks["ours"]) == 1


def test_a_bank_that_cannot_be_read_stops_screening(tmp_path: Path) -> None:
    put(tmp_path, [1])
    (tmp_path / "torn.npz").write_bytes(b"torn")
    with pytest.raises(CorruptBankError, match=r"torn\.npz"):
        BankFolder(tmp_path).open_all()


def test_what_several_processes_add_at_once_is_all_kept(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    work = [
        context.Process(target=put, args=(tmp_path, [1000 * n + i for i in range(20)]))
        for n in range(6)
    ]
    for process in work:
        process.start()
    for process in work:
        process.join()
    assert len(BankFolder(tmp_path).open_all().banks["ours"]) == 120


def test_an_exception_reaches_no_further_than_re_encodings_unless_told() -> None:
    blocked, allowed = (Kind(allow=allow).entry(1, 100, source="x") for allow in (False, True))
    assert (blocked.label, blocked.reach_bits) == (BankLabel.BLOCKED, MOST_REACH_BITS)
    assert (allowed.label, allowed.reach_bits) == (BankLabel.ALLOWED, EXCEPTION_REACH_BITS)
    assert Kind(allow=True, reach_bits=0).entry(1, 100, source="x").reach_bits == 0
