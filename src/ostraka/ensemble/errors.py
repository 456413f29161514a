"""What the ensemble refuses, by who is at fault."""

from ostraka.errors import InternalError, OperatorError


class ExactnessError(InternalError):
    """Rows that are not integers, or sums that could leave the integers a float64 holds exactly."""

    code = "ensemble_inexact"


class ShapeError(InternalError):
    """Arrays, dimensions or policies that do not belong together."""

    code = "ensemble_shape"


class NeverAddedError(InternalError):
    """Rows were to be subtracted that these sums cannot hold."""

    code = "ensemble_never_added"


class EnsembleSettingError(OperatorError):
    """A setting that would void the certificate or the arithmetic."""

    code = "ensemble_setting"


class CorruptArraysError(OperatorError):
    """Stored sums or heads that no run of Ostraka can have written."""

    code = "ensemble_corrupt"
