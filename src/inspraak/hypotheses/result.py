"""What a test of a claim gives: tidy rows of estimates, or the reason why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

KIND_NOT_AVAILABLE = "kind not available"
NOT_ASKED = "items not asked in this wave"
TOO_FEW = "too few employers"
TOO_FEW_APART = "too few with another answer"
TOO_FEW_GROUPS = "too few groups"
ONE_CLASS = "one class fits best"
NO_VARIANCE = "no variance"
COLLINEAR = "collinear"
NO_RESULT = "not converged"
SEPARATED = "separated"
OUTSIDE_MODEL = "outcome outside the model"
ONE_WAVE = "asked in one wave at most"
NOT_INVARIANT = "not understood alike in all waves"
TOO_FEW_RETURNING = "too few employers in several waves"
ALL_WAVES = "all"
"""Stands as the wave of what several waves tell together."""
DECLARED = "no question carries it"
BIC_TOO_CLOSE = "BIC difference below 6"
AGAINST_CLAIM = "slope against the claim"
NO_GAIN = "no gain beyond chance"
NEARLY_BASELINE = "nearly the baseline"
MODEL_FITS_BADLY = "model fits badly"
RIVAL_FITS_ALIKE = "rival fits alike"
CHANGES_A_QUARTER = "changes by a quarter"
NO_CONCLUSION = "no conclusion to test again"


@dataclass(frozen=True)
class Estimate:
    """One term of one test, in three scales, or the reason why it has no estimate.

    `estimate` is the coefficient of `model` per unit of the term: units of the outcome, log odds or log rates; its
    interval, test and `fmi` (fraction of missing information) belong to it. `std_estimate` is the average marginal
    effect in SD of the outcome per SD of the term; `natural_estimate` is that per SD of the term in `natural_unit`,
    or of a count the ratio of its expected values. `controls` names what was held constant, `imputations` counts
    the data sets that were pooled (0: answers as given, complete cases). `n_fewest` is the fewest employers apart from
    the rest in the outcome or the term (see `predictors.fewest_apart`), where that was counted. The verdict rests on
    the rows that `decide`; others are there to be read beside them. `against`: what the claim says is the other sign
    of this row than that of its `sign`. `null_value` is what the null hypothesis says of
    `std_estimate`. `std_bound` is the upper end of its 90 % interval where that is not even around the estimate: below
    the smallest effect it shows a nil. `unmet_condition` is what the kind asks beside a small p, where that does not
    hold: then p decides nothing.
    """

    null_hypothesis = "the standardised estimate is `null_value`"

    part: str
    kind: str
    outcome: str = ""
    term: str = ""
    model: str = ""
    controls: str = ""
    n: int = 0
    n_fewest: float = np.nan
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
    std_bound: float = np.nan
    natural_estimate: float = np.nan
    natural_ci_low: float = np.nan
    natural_ci_high: float = np.nan
    natural_unit: str = ""
    fmi: float = np.nan
    null_value: float = 0.0
    decides: bool = True
    against: bool = False
    unmet_condition: str = ""
    reason: str = ""

    def row(self) -> dict[str, object]:
        """Give the estimate as one tidy row."""
        return asdict(self)


def estimate_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Give rows of estimates as a table whose columns have their types without a row too, so that it joins others."""
    example = {"hypothesis": "", "wave": "", **Estimate("", "").row()}
    types = {name: type(value) for name, value in example.items() if not isinstance(value, str)}
    return pd.DataFrame(rows, columns=list(example)).astype(types)


@dataclass(frozen=True)
class Detail:
    """A row of a table of its own, beside the estimates: `table` is one of DETAILS, `values` the cells by column."""

    part: str
    table: str
    values: Mapping[str, object]


DETAILS: Mapping[str, tuple[str, ...]] = {
    "forms": (
        "outcome", "form", "n", "imputations", "coefficients", "r2", "r2_out", "bic", "delta_bic", "best",
    ),
    "checks": (
        "outcome", "x", "model", "check", "n", "imputations", "statistic", "df", "p_value", "value", "verdict",
    ),
    "dominance": (
        "outcome", "predictor", "n", "imputations", "dominance", "share", "corrected", "ci_low", "ci_high", "alone",
        "last", "relative_weight", "r2_baseline", "r2",
    ),
    "heterogeneity": (
        "outcome", "x", "group_by", "groups", "n", "imputations", "slope", "spread", "ci_low", "ci_high", "usual_low",
        "usual_high", "correlation", "chi2", "p_value",
    ),
    "slopes": (
        "outcome", "x", "group_by", "group", "n", "imputations", "estimate", "ci_low", "ci_high", "alone", "alone_low",
        "alone_high", "overall",
    ),
    "rivals": (
        "model", "structure", "declared", "estimator", "n", "chi2", "df", "p_value", "cfi", "rmsea", "srmr",
        "delta_cfi", "chi2_difference", "df_difference", "p_difference",
    ),
    "survival": (
        "claim", "claim_part", "outcome", "term", "n", "before", "before_low", "before_high", "after", "after_low",
        "after_high", "change", "p_before", "p_after",
    ),
    "necessity": (
        "condition", "outcome", "n", "imputations", "ceiling", "effect_size", "accuracy", "p_permutation", "p_copula",
        "rank_correlation",
    ),
    "bottlenecks": ("condition", "outcome", "n", "ceiling", "level", "required", "lacking"),
    "simple_slopes": (
        "x", "moderator", "outcome", "level", "value", "n", "imputations", "estimate", "ci_low", "ci_high",
    ),
    "regions": (
        "x", "moderator", "outcome", "reach", "sign", "from", "to", "share", "n", "n_inside", "imputations",
    ),
    "mediation_paths": ("outcome", "start", "end", "n", "imputations", "estimate", "ci_low", "ci_high"),
    "sensitivity": ("mediator", "outcome", "n", "imputations", "rho", "explained"),
    "surfaces": (
        "outcome", "expectation", "fulfilment", "n", "imputations", "expectation_level", "fulfilment_level",
        "predicted",
    ),
    "classes": (
        "classes", "n", "effective_n", "log_likelihood", "parameters", "df", "bic", "adjusted_bic", "entropy",
        "smallest_class", "smallest_n", "largest_residual", "starts", "carried", "found", "p_bootstrap", "samples",
        "stability", "chosen",
    ),
    "class_profiles": (
        "class", "role", "measure", "category", "n", "imputations", "share", "probability", "mean", "ci_low", "ci_high",
    ),
    "ranks": ("item", "n", "imputations", "share", "std_error", "ci_low", "ci_high", "rank", "rank_low", "rank_high"),
}  # fmt: skip
"""Tables that a kind of test fills beside the estimates, and their columns; hypothesis, wave and part come first."""
