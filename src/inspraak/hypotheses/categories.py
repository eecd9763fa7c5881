"""Fit a multinomial model to an outcome of categories, over all imputations, and say what x makes of each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspraak.estimation.multinomial import MOST, MultinomialFit, fit_multinomial
from inspraak.estimation.multinomial_effects import CategoryEffects, category_changes, category_effects
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.shares import share_intervals
from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray, WaveData
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, MINIMUM_PER_TERM, PERCENT, numbers_of
from inspraak.hypotheses.percentiles import low_and_high
from inspraak.hypotheses.predictors import Predictors, fewest_apart
from inspraak.hypotheses.result import (
    COLLINEAR,
    NO_RESULT,
    NO_VARIANCE,
    OUTSIDE_MODEL,
    SEPARATED,
    TOO_FEW,
    TOO_FEW_APART,
)

LOW, HIGH = 10, 90
"""Percentiles of x between which probabilities are compared."""
UNIT = "percentage points"


@dataclass(frozen=True, eq=False)
class Categories:
    """An outcome of categories: `codes` (m, n) from 0 in the order of `names`, NaN where unknown."""

    names: tuple[str, ...]
    codes: FloatArray


@dataclass(frozen=True, eq=False)
class CategoryModel:
    """A fitted multinomial model, or the reason why there is none; `numbers` (categories,) of the fewest data set."""

    data: WaveData
    categories: Categories
    predictors: Predictors
    used: BoolArray
    fit: MultinomialFit | None
    numbers: IntArray
    apart: IntArray
    reason: str

    def shared(self, part: str, kind: str) -> dict[str, Any]:
        """Give what every estimate of the model says alike, as keywords of `Estimate`."""
        return {
            "part": part, "kind": kind, "model": "multinomial", "controls": ", ".join(self.predictors.controls),
            "n": int(self.used.sum(axis=1).min()), "reason": self.reason,
        }  # fmt: skip

    def fewest(self, category: int, term: int) -> float:
        """Give the fewest employers that are apart: in a category, out of it, or by the term."""
        n = int(self.used.sum(axis=1).min())
        return float(min(self.numbers[category], n - self.numbers[category], self.apart[term]))

    def changes(self, term: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        """Give, per category, the numbers of its risk difference from low to high x, and of both probabilities.

        The difference is standardised as the change in SD of being in the category per SD of x.
        """
        assert self.fit is not None
        ends = self._ends(term)
        found = category_changes(self.fit, **self._inputs, term=term, ends=ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            per_sd = self.fit.sd_x[:, [term]] / (ends[:, 1] - ends[:, 0])[:, np.newaxis] / found.sd_y
        differences = self._numbers(found, 2, per_sd, np.full_like(per_sd, PERCENT))
        return differences, self._probabilities(found, 0), self._probabilities(found, 1)

    def spans(self, term: int) -> bool:
        """Tell whether a term is higher at its high percentile than at its low one, in every imputation."""
        ends = self._ends(term)
        return bool((ends[:, 0] < ends[:, 1]).all())

    def _ends(self, term: int) -> FloatArray:
        return low_and_high(self.data, self.predictors.columns[:, term], self.used, low=LOW, high=HIGH)

    def slopes(self, term: int) -> list[dict[str, Any]]:
        """Give, per category, the numbers of the average marginal effect of a term on its probability."""
        assert self.fit is not None
        found = category_effects(self.fit, **self._inputs, terms=[term])
        sd_x = self.fit.sd_x[:, [term]]
        return self._numbers(found, 0, sd_x / found.sd_y, PERCENT * sd_x + 0 * found.sd_y)

    @property
    def _inputs(self) -> dict[str, Any]:
        return {
            "X": self.predictors.columns.swapaxes(1, 2), "Y": self.categories.codes.T,
            "design": self.data.test_design, "included": self.used.T,
        }  # fmt: skip

    def _pooled(self, found: CategoryEffects, place: int, scale: FloatArray) -> PooledEstimates:
        """Pool a quantity of every category times `scale` (m, categories), with the errors of `modelling.fit_model`."""
        assert self.fit is not None
        weighted = self.data.study.design is not None
        errors = found.unconditional_std_errors if weighted else found.std_errors
        points = found.estimates[:, :, place] * scale
        return combine(points, np.square(errors[:, :, place] * scale), df=float(self.fit.df.min()))

    def _numbers(
        self, found: CategoryEffects, place: int, standard: FloatArray, natural: FloatArray
    ) -> list[dict[str, Any]]:
        own, standardised, said = (
            self._pooled(found, place, scale) for scale in (np.ones_like(standard), standard, natural)
        )
        return numbers_of(own, standardised, said, UNIT)

    def _probabilities(self, found: CategoryEffects, place: int) -> list[dict[str, Any]]:
        """Give the numbers of probabilities, with intervals on the logit scale; against no null hypothesis."""
        own = self._pooled(found, place, np.ones(found.estimates.shape[:2]))
        n = np.full(own.estimate.shape, int(self.used.sum(axis=1).min()), dtype=np.int64)
        low, high, _ = share_intervals(own.estimate, own.std_error, n=n, df=own.df, few_cases=0)
        columns = {
            "estimate": own.estimate, "std_error": own.std_error, "df": own.df, "fmi": own.missing_information,
            "ci_low": low, "ci_high": high, "natural_estimate": PERCENT * own.estimate,
            "natural_ci_low": PERCENT * low, "natural_ci_high": PERCENT * high,
        }  # fmt: skip
        imputations = own.imputations if own.imputations > 1 else 0
        return [
            {"imputations": imputations, "natural_unit": UNIT, **{name: float(one[j]) for name, one in columns.items()}}
            for j in range(len(n))
        ]  # fmt: skip


def fit_categories(data: WaveData, categories: Categories, predictors: Predictors) -> CategoryModel:
    """Fit the model of one outcome to every imputation, with the stratified sandwich, or HC1 without a design.

    There is no estimate, but a reason, with fewer than 30 complete employers or 5 for each coefficient; fewer than 10
    in a category (none among them), or apart from the rest in a term; more than 12 categories; columns that foretell a
    category without error; no convergence; terms that are not identified. One imputation of that kind is enough.
    """
    used = predictors.complete & ~np.isnan(categories.codes)
    size, t = len(categories.names), len(predictors.terms)
    codes = np.where(used, categories.codes, -1)
    numbers = np.array([(codes == code).sum(axis=1).min() for code in range(size)], dtype=np.int64)
    apart = fewest_apart(predictors.columns[:, :t], used)
    reason, fit = _unfit(predictors, used, numbers, apart), None
    if not reason:
        fit = fit_multinomial(
            predictors.columns.swapaxes(1, 2), categories.codes.T, data.test_design,
            covariance="design" if data.study.design is not None else "HC1", included=used.T,
        )  # fmt: skip
        reason = _no_estimate(fit, t)
    return CategoryModel(data, categories, predictors, used, None if reason else fit, numbers, apart, reason)


def _unfit(predictors: Predictors, used: BoolArray, numbers: IntArray, apart: IntArray) -> str:
    """Say why the categories cannot be fitted, "" where they can."""
    n, size = int(used.sum(axis=1).min()), numbers.size
    if size > MOST:
        return OUTSIDE_MODEL
    if n < max(MINIMUM_N, MINIMUM_PER_TERM * len(predictors.names) * max(size - 1, 1)):
        return TOO_FEW
    if size < 2 or not apart.all():
        return NO_VARIANCE
    return TOO_FEW_APART if min(numbers.min(), apart.min()) < MINIMUM_OF_EACH else ""


def _no_estimate(fit: MultinomialFit, terms: int) -> str:
    """Say why the terms of a fit have no estimate with a standard error, "" where they have."""
    if (fit.status == "separated").any():
        return SEPARATED
    if not fit.converged.all():
        return NO_RESULT
    if fit.df.min() <= 0:
        return TOO_FEW
    return COLLINEAR if np.isnan(fit.std_errors[:, :, :terms]).any() else ""


def occurring(categories: Categories, complete: BoolArray) -> Categories:
    """Leave out the categories that no employer of the model has in any imputation, and number the others anew."""
    known = complete & ~np.isnan(categories.codes)
    kept = np.unique(categories.codes[known]).astype(np.int64)
    renumbered = np.full(categories.codes.shape, np.nan)
    renumbered[known] = np.searchsorted(kept, categories.codes[known])
    return Categories(tuple(categories.names[place] for place in kept), renumbered)


def numbered(names: Sequence[str], members: Sequence[FloatArray]) -> Categories:
    """Number categories by their members: arrays (m, n) of 1, 0 and, where unknown, NaN."""
    stacked = np.stack(members)
    codes = np.where(np.isnan(stacked).any(axis=0), np.nan, np.nan_to_num(stacked).argmax(axis=0))
    return Categories(tuple(names), codes)
