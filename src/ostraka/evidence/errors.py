"""What can go wrong between checked pixels and evidence."""

from __future__ import annotations

from ostraka.errors import InternalError, LimitExceededError, OperatorError, SuspectedAttackError


class WeightsMissingError(OperatorError):
    """A package that carries a model is not installed, or its file is gone."""

    code = "weights_missing"


class WeightsChangedError(OperatorError):
    """A model file is not the file that was measured and pinned."""

    code = "weights_changed"


class UnsafeWeightsError(SuspectedAttackError):
    """A weights file asks for more than tensors: it would have run code of its own."""

    code = "weights_unsafe"


class WeightsUnreadableError(OperatorError):
    """A weights file is not built the way its format says."""

    code = "weights_unreadable"


class OptionalStackError(OperatorError):
    """An optional model cannot be used: its packages or its pinned files are not there."""

    code = "optional_stack"


class TooManyPixelsError(LimitExceededError):
    """A picture is larger than what an extractor worker is built to take."""

    code = "too_many_pixels"


class ExtractorStartError(InternalError):
    """Extractor workers do not start: a model, the jail or memory is missing."""

    code = "extractor_start"


class NurseryLostError(ExtractorStartError):
    """The process that holds the models ended, and with it whatever its workers were doing.

    It sees no picture, so no picture is to blame: what was on its way may be tried again.
    """

    code = "nursery_lost"


class ExtractorCrashedError(InternalError):
    """A worker died at this picture; its evidence is lost, the worker is replaced."""

    code = "extractor_crashed"


class ExtractorDeniedError(SuspectedAttackError):
    """A worker asked the kernel for something that its jail forbids and was ended."""

    code = "extractor_denied"


class ExtractorTimeoutError(InternalError):
    """A worker did not answer in time for this picture and was killed; it is replaced."""

    code = "extractor_timeout"


class ExtractorFailedError(InternalError):
    """A worker reported that an extractor failed at this picture (memory, a network's fault)."""

    code = "extractor_failed"


class ForgedEvidenceError(SuspectedAttackError):
    """A worker answered with something that no extractor of this stack can have produced."""

    code = "evidence_forged"


class PoolClosedError(InternalError):
    """The pool was asked for evidence after it was closed."""

    code = "pool_closed"


class UnusableFeaturesError(InternalError):
    """Features that no vector can be made of: wrong extractor or size, all zero, or not finite.

    A frozen network does not give such features for a picture; something failed, so the picture
    must be held.
    """

    code = "features_unusable"


class UnusableFingerprintError(OperatorError):
    """A fingerprint that says too little (low quality) or is none must not enter a bank."""

    code = "fingerprint_unusable"


class BankNameError(OperatorError):
    """A bank cannot have this name, or there is none of this name."""

    code = "bank_name"


class HashListError(OperatorError):
    """A list of hashes cannot be read, or holds no PDQ hashes."""

    code = "hash_list"


class BankFullError(LimitExceededError):
    """A bank holds as many fingerprints as its limit allows."""

    code = "bank_full"


class CorruptBankError(OperatorError):
    """A stored bank that no run of Ostraka can have written."""

    code = "bank_corrupt"
