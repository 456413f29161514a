"""The ensemble: accounts teach one shard each, shards vote, and all of it can be forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.assignment import checked_key, shard_of
from ostraka.ensemble.errors import EnsembleSettingError, ShapeError
from ostraka.ensemble.heads import Heads, solve_heads
from ostraka.ensemble.sums import ShardSums
from ostraka.limits import DEFAULT_LIMITS


@dataclass(frozen=True, kw_only=True)
class EnsembleSettings:
    """How an ensemble is built; nothing here may depend on what members post.

    ``base_weight`` is how often each row of the trusted base counts in every shard: it keeps small
    shards sound and sets how much members can teach. ``minimum_rows`` counts rows, not weights.
    """

    shard_count: int = 51
    base_weight: int = 1
    shrinkage: float = 0.1
    minimum_rows: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.shard_count <= DEFAULT_LIMITS.shard_count:
            raise EnsembleSettingError(f"{self.shard_count} shards are outside the limits")


class Ensemble:
    """k shards over one trusted base, for the policies and the vectors that the base declares.

    Shards hold members' rows alone; the base, times its weight, joins when heads are solved. Every
    shard's head depends on the base and on that shard's rows and on nothing else, which is what
    the certificate rests on. The ensemble keeps sums, never rows: who forgets must bring the rows.

    An account id is an opaque string, compared byte by byte in UTF-8: ``Ann`` and ``ann``, or one
    name in two Unicode forms (NFC, NFD), are different accounts in different shards. Give it the
    key that the account is stored under, never a name that people type.
    """

    def __init__(
        self, base: ShardSums, *, key: bytes, settings: EnsembleSettings | None = None
    ) -> None:
        self.settings = settings or EnsembleSettings()
        self._key = checked_key(key)
        self._base = base.copy()
        self._weighted_base = base.scaled(self.settings.base_weight)
        empty = ShardSums(base.dimension, base.policies)
        # Shards start as one shared object: sums are replaced whole, never written into.
        self._shards: list[ShardSums] = [empty] * self.settings.shard_count
        self._base_heads = self._solve(empty)
        self._heads: list[Heads | None] = [self._base_heads] * self.settings.shard_count
        self._stacked: Heads | None = None

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that heads vote on, in order."""
        return self._base.policies

    def shard_of(self, account_id: str) -> int:
        """Return the one shard this account teaches in. Never show it to members."""
        return shard_of(account_id, key=self._key, shard_count=self.settings.shard_count)

    def learn(self, account_id: str, vectors: NDArray[Any], labels: NDArray[Any]) -> None:
        """Add an account's rows to its shard (arguments as :meth:`ShardSums.add`)."""
        rows = ShardSums(self._base.dimension, self.policies)
        rows.add(vectors, labels)
        self.merge_shard(self.shard_of(account_id), rows)

    def forget(self, account_id: str, vectors: NDArray[Any], labels: NDArray[Any]) -> None:
        """Take an account's rows back: bit for bit what retraining on the other rows would give.

        That holds where these rows, with these labels, were learned from this account and not
        forgotten since. Sums cannot know it: rows of another account in the same shard, other
        labels, or the same rows a second time are subtracted as well, wherever what is left could
        still be a sum of rows. Only the manifest of rows knows; take what is forgotten from it.

        Raises:
            NeverAddedError: the account's shard cannot hold these rows.
        """
        shard = self.shard_of(account_id)
        survivors = self._shards[shard].copy()
        survivors.subtract(vectors, labels)
        self._replace(shard, survivors)

    def merge_shard(self, shard: int, sums: ShardSums) -> None:
        """Add partial sums of one shard that were made elsewhere, or stored before.

        Raises:
            ExactnessError: base and shard together would reach 2^53; nothing is changed then.
        """
        if not 0 <= shard < self.settings.shard_count:
            raise ShapeError(f"there is no shard {shard}")
        self._replace(shard, self._shards[shard] + sums)

    def shard_sums(self, shard: int) -> ShardSums:
        """Return a copy of the sums of members' rows in one shard, without the base."""
        return self._shards[shard].copy()

    def base_sums(self) -> ShardSums:
        """Return a copy of the sums of the trusted base, each row once."""
        return self._base.copy()

    def sha256(self) -> str:
        """Return the hash over the base, its weight and every shard, in hex."""
        digest = hashlib.sha256(b"ostraka ensemble 1\n%d\n" % self.settings.base_weight)
        for sums in (self._base, *self._shards):
            digest.update(bytes.fromhex(sums.sha256()))
        return digest.hexdigest()

    def heads(self) -> Heads:
        """Return the k heads of each policy; only shards touched since the last call are solved."""
        if self._stacked is None:
            for shard, head in enumerate(self._heads):
                if head is None:
                    self._heads[shard] = self._solve(self._shards[shard])
            self._stacked = Heads.stack([head for head in self._heads if head is not None])
        return self._stacked

    def base_heads(self) -> Heads:
        """Return the one head a policy that the trusted base alone gives."""
        return self._base_heads

    def one_head(self) -> Heads:
        """Return the head a policy of all rows together: the usual model, without a certificate."""
        everything = ShardSums(self._base.dimension, self.policies)
        for sums in self._shards:
            everything.merge(sums)
        return self._solve(everything)

    def adequate_counts(self) -> dict[str, int]:
        """Return how many heads of each policy have enough to go on."""
        return self.heads().adequate_counts

    def _replace(self, shard: int, sums: ShardSums) -> None:
        _ = self._weighted_base + sums  # raises where heads could not be solved exactly
        self._shards[shard] = sums
        self._heads[shard] = None if sums.row_count else self._base_heads
        self._stacked = None

    def _solve(self, members: ShardSums) -> Heads:
        return solve_heads(
            self._weighted_base + members,
            shrinkage=self.settings.shrinkage,
            minimum_rows=self.settings.minimum_rows,
            class_rows=np.asarray(self._base.class_counts + members.class_counts),
        )
