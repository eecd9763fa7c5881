"""What a test of a claim gives: tidy rows of estimates, or the reason why there are none."""

from dataclasses import asdict, dataclass

import numpy as np

KIND_NOT_AVAILABLE = "kind not available"
NOT_ASKED = "items not asked in this wave"
TOO_FEW = "too few employers"
NO_VARIANCE = "no variance"
COLLINEAR = "collinear"
NO_RESULT = "not converged"
DECLARED = "no question carries it"


@dataclass(frozen=True)
class Estimate:
    """One term of one test, in three scales, or the reason why it has no estimate.

    `estimate` is in units of the outcome per unit of the term, `std_estimate` in SD of the outcome per SD of the
    term, `natural_estimate` in units of the outcome (named by `natural_unit`) per SD of the term. `controls` names
    what was held constant, `imputations` counts the data sets that were pooled (0: answers as given, complete cases),
    `fmi` is the fraction of missing information of `estimate`.
    """

    null_hypothesis = "the coefficient is zero"

    part: str
    kind: str
    outcome: str = ""
    term: str = ""
    model: str = ""
    controls: str = ""
    n: int = 0
    imputations: int = 0
    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    std_estimate: float = np.nan
    std_std_error: float = np.nan
    std_ci_low: float = np.nan
    std_ci_high: float = np.nan
    natural_estimate: float = np.nan
    natural_unit: str = ""
    fmi: float = np.nan
    reason: str = ""

    def row(self) -> dict[str, object]:
        """Give the estimate as one tidy row."""
        return asdict(self)
