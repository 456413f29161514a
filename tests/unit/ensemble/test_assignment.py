import hashlib
import hmac
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.ensemble import EnsembleSettingError, shard_of

KEY = b"k" * 32


@given(st.text(min_size=1).filter(str.isprintable), st.integers(1, 1001))
def test_an_account_has_one_shard(account_id: str, shard_count: int) -> None:
    shard = shard_of(account_id, key=KEY, shard_count=shard_count)
    assert 0 <= shard < shard_count
    assert shard == shard_of(account_id, key=KEY, shard_count=shard_count)


def test_the_shard_is_that_of_the_documented_mac() -> None:
    # Any other reading would move accounts between shards, and their rows could not be forgotten.
    mac = hmac.new(KEY, b"ostraka shard assignment 1\0" + "Zoë".encode(), hashlib.sha256).digest()
    expected = int.from_bytes(mac[:16], "big") % 51
    assert shard_of("Zoë", key=KEY, shard_count=51) == expected


@pytest.mark.parametrize(("one", "other"), [("Ann", "ann"), ("Zo\u00eb", "Zoe\u0308"), ("a", "a ")])
def test_ids_are_opaque_bytes_that_only_look_alike(one: str, other: str) -> None:
    keys = [bytes([number]) * 32 for number in range(32)]
    shards = [[shard_of(name, key=key, shard_count=1001) for key in keys] for name in (one, other)]
    assert shards[0] != shards[1]


def test_accounts_spread_evenly_over_the_shards() -> None:
    counts = Counter(shard_of(f"account {n}", key=KEY, shard_count=51) for n in range(51_000))
    chi_squared = sum((counts[shard] - 1000) ** 2 / 1000 for shard in range(51))
    assert chi_squared < 86.7  # 99.9 % quantile for 50 degrees of freedom


def test_who_lacks_the_key_cannot_predict_a_shard() -> None:
    ids = [f"account {n}" for n in range(5_100)]
    guessed = [shard_of(i, key=b"g" * 32, shard_count=51) for i in ids]
    right = sum(
        g == shard_of(i, key=KEY, shard_count=51) for g, i in zip(guessed, ids, strict=True)
    )
    assert 60 <= right <= 145  # chance: 100, standard deviation 10


@pytest.mark.parametrize(
    ("account_id", "key", "shard_count"), [("", KEY, 51), ("a", b"k" * 31, 51), ("a", KEY, 0)]
)
def test_weak_keys_and_nameless_accounts_are_refused(
    account_id: str, key: bytes, shard_count: int
) -> None:
    with pytest.raises(EnsembleSettingError):
        shard_of(account_id, key=key, shard_count=shard_count)
