"""Exact, forgetful, certified ensembles of linear heads; numpy and the standard library alone.

Learning adds integers, forgetting subtracts them, and a verdict says how many accounts would have
to collude to change it:

>>> import numpy as np
>>> from ostraka.ensemble import Ensemble, EnsembleSettings, ShardSums, Thresholds, certify, tally
>>> base = ShardSums(2, ("violence",))
>>> base.add(np.array([[9, 2], [8, -1], [-9, 1], [-8, 0]]), np.array([[1], [1], [0], [0]]))
>>> settings = EnsembleSettings(shard_count=5, minimum_rows=2)
>>> ensemble = Ensemble(base, key=bytes(32), settings=settings)
>>> row = (np.array([[-8, 3]]), np.array([[1]]))
>>> ensemble.learn("mallory", *row)
>>> heads = ensemble.heads()
>>> scores = heads.scores(np.array([[8, 1]]))[0, 0]
>>> thresholds = Thresholds(
...     block_margin=0.5, benign_margin=0.5, block_votes=3, benign_votes=3, shard_count=5
... )
>>> certify(tally(scores, heads.adequate[0], thresholds), thresholds).no_silent_publish
2
>>> ensemble.forget("mallory", *row)
>>> ensemble.shard_sums(ensemble.shard_of("mallory")).row_count
0
"""

from ostraka.ensemble.assignment import shard_of
from ostraka.ensemble.certificate import Certificate, certify
from ostraka.ensemble.ensemble import Ensemble, EnsembleSettings
from ostraka.ensemble.errors import (
    CorruptArraysError,
    EnsembleSettingError,
    ExactnessError,
    NeverAddedError,
    ShapeError,
)
from ostraka.ensemble.heads import Heads, solve_heads
from ostraka.ensemble.rows import BENIGN, UNLABELLED, VIOLATES
from ostraka.ensemble.sums import ShardSums
from ostraka.ensemble.vote import Outcome, Thresholds, VoteCount, outcome, tally, tally_rows

__all__ = [
    "BENIGN",
    "UNLABELLED",
    "VIOLATES",
    "Certificate",
    "CorruptArraysError",
    "Ensemble",
    "EnsembleSettingError",
    "EnsembleSettings",
    "ExactnessError",
    "Heads",
    "NeverAddedError",
    "Outcome",
    "ShapeError",
    "ShardSums",
    "Thresholds",
    "VoteCount",
    "certify",
    "outcome",
    "shard_of",
    "solve_heads",
    "tally",
    "tally_rows",
]
