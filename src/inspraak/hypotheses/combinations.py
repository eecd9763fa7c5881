"""Linear combinations of the coefficients of a linear model: contrasts, simple slopes, differences of slopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspraak.estimation.combinations import CombinedTerms
from inspraak.hypotheses.columns import FloatArray
from inspraak.hypotheses.modelling import FittedModel, numbers_of
from inspraak.hypotheses.result import Estimate


@dataclass(frozen=True, eq=False)
class Combination:
    """A sum of coefficients with `weights` (m, t), in units of the outcome.

    `scale` (m,) is what makes it the effect of one SD: of the term, or of each of its factors; 1 for a difference
    between two groups.
    """

    term: str
    weights: FloatArray
    scale: FloatArray
    decides: bool = True


def combined(
    model: FittedModel, combinations: Sequence[Combination], *, part: str, kind: str
) -> list[Estimate]:
    """Estimate combinations of the coefficients of a linear model, pooled over m imputations.

    `estimate` is the sum itself, `natural_estimate` that times its scale, `std_estimate` the same in SD of the
    outcome. A model without a solution gives its reason for each of them.
    """
    shared: dict[str, Any] = {
        "part": part, "kind": kind, "outcome": model.outcome, "model": model.model,
        "controls": ", ".join(model.controls), "n": model.n, "reason": model.reason,
        "n_fewest": min(model.fewest),
    }  # fmt: skip
    if model.slopes is None:
        return [Estimate(**shared, term=one.term, decides=one.decides) for one in combinations]
    slopes = model.slopes
    weights = np.stack([one.weights for one in combinations], axis=1)  # (m, c, t)
    scale = np.stack([one.scale for one in combinations], axis=1)
    terms = CombinedTerms(slopes.coefficients, slopes.covariance, slopes.df)
    in_sd = scale / slopes.sd_y[:, np.newaxis]
    own, natural, standardised = (terms.sums_each(weights, times) for times in (None, scale, in_sd))
    rows = numbers_of(own, standardised, natural, model.unit)
    return [
        Estimate(**shared, term=one.term, decides=one.decides, **row) for one, row in zip(combinations, rows)
    ]
