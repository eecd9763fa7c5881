"""Fit the model that a claim declares for an outcome, over all imputations at once; any kind of test may call this."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from inspraak.estimation.families import FamilyName, family_of
from inspraak.estimation.generalised import GeneralisedFit, fit_generalised
from inspraak.estimation.marginal import MarginalEffects, average_marginal_effects
from inspraak.estimation.ordinal import MOST, OrdinalFit, fit_ordinal
from inspraak.estimation.ordinal_marginal import mean_outcome_effects
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.sandwich import Covariance
from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray, WaveData
from inspraak.hypotheses.predictors import Predictors, fewest_apart
from inspraak.hypotheses.result import (
    COLLINEAR,
    NO_RESULT,
    NO_VARIANCE,
    OUTSIDE_MODEL,
    SEPARATED,
    TOO_FEW,
    TOO_FEW_APART,
    Estimate,
)
from inspraak.study.outcomes import bounds_of, two_values_of
from inspraak.study.parts import Model

MINIMUM_N = 30
MINIMUM_PER_TERM = 5
"""A model needs 30 complete employers, and this many for each of its columns."""
MINIMUM_OF_EACH = 10
"""Outcome and terms need this many employers of either answer, or apart from the most frequent end of the scale."""
COUNTS = ("poisson", "negative_binomial")
RATE_RATIO = "rate ratio"
PERCENT = 100.0
Slope = FamilyName | Literal["ordered_logit"]
"""A model in which each term has one coefficient."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """Coefficients of t terms in m imputations, and what they make of the outcome on average.

    `coefficients` (m, t) and their `covariance` (m, t, t) are in the model's own unit; `effects` (m, t) and their
    errors are average marginal effects in units of the outcome per unit of the term. `sd_x` (m, t) and `sd_y` (m,)
    are weighted SDs over the rows of the model, `df` the degrees of freedom had nothing been missing.
    """

    coefficients: FloatArray
    covariance: FloatArray
    effects: FloatArray
    effect_errors: FloatArray
    sd_x: FloatArray
    sd_y: FloatArray
    df: float

    @cached_property
    def coefficient(self) -> PooledEstimates:
        """Coefficients, (t,)."""
        return combine(self.coefficients, self._variances, df=self.df)

    @cached_property
    def log_ratio(self) -> PooledEstimates:
        """Coefficients per SD of the term, (t,): of counts the logarithm of the rate ratio."""
        return combine(self.coefficients * self.sd_x, self._variances * np.square(self.sd_x), df=self.df)

    @cached_property
    def standardised(self) -> PooledEstimates:
        """Average marginal effects in SD of the outcome per SD of the term, SDs taken as known, (t,)."""
        return self._effects(self.sd_x / self.sd_y[:, np.newaxis])

    @cached_property
    def per_sd(self) -> PooledEstimates:
        """Average marginal effects in units of the outcome per SD of the term, (t,)."""
        return self._effects(self.sd_x)

    def _effects(self, scale: FloatArray) -> PooledEstimates:
        return combine(self.effects * scale, np.square(self.effect_errors * scale), df=self.df)

    @property
    def _variances(self) -> FloatArray:
        return np.diagonal(self.covariance, axis1=1, axis2=2)


@dataclass(frozen=True, eq=False)
class ModelRows:
    """A fit with what it was made from, for checks: `columns` (m, k, n), `values` and `used` (m, n)."""

    model: Slope
    fit: GeneralisedFit | OrdinalFit
    columns: FloatArray
    values: FloatArray
    used: BoolArray

    @property
    def dispersion(self) -> FloatArray:
        """Pearson's chi-square over its degrees of freedom, (m,), NaN of an ordered logit."""
        fit = self.fit
        return fit.dispersion if isinstance(fit, GeneralisedFit) else np.full(len(self.used), np.nan)


@dataclass(frozen=True, eq=False)
class FittedModel:
    """The model of one outcome, or the reason why there is none; `n` is that of the smallest imputation.

    `fewest` (t,) counts the employers apart from the rest in the outcome or each term, whichever are fewer.
    """

    outcome: str
    model: Model
    terms: tuple[str, ...]
    controls: tuple[str, ...]
    unit: str
    n: int
    reason: str
    slopes: Slopes | None
    fewest: tuple[float, ...]
    rows: ModelRows | None = None

    @classmethod
    def without(cls, outcome: str, predictors: Predictors, *, n: int, reason: str) -> "FittedModel":
        """Give a linear model that is not fitted, for a reason."""
        unknown = (np.nan,) * len(predictors.terms)
        return cls(outcome, "linear", predictors.terms, predictors.controls, "", n, reason, None, unknown)

    def estimates(self, part: str, kind: str) -> list[Estimate]:
        """Give one row per term."""
        numbers: list[dict[str, Any]] = [{} for _ in self.terms]
        if self.slopes is not None:
            numbers = _numbers(self.slopes, self.unit)
        return [
            Estimate(
                part=part,
                kind=kind,
                outcome=self.outcome,
                term=term,
                model=self.model,
                controls=", ".join(self.controls),
                n=self.n,
                n_fewest=fewest,
                reason=self.reason,
                **row,
            )
            for term, fewest, row in zip(self.terms, self.fewest, numbers)
        ]


def _numbers(slopes: Slopes, unit: str) -> list[dict[str, Any]]:
    """Give the numbers of each term by the name of their column."""
    natural = slopes.log_ratio if unit == RATE_RATIO else slopes.per_sd
    return numbers_of(slopes.coefficient, slopes.standardised, natural, unit)


def numbers_of(
    own: PooledEstimates, standardised: PooledEstimates, natural: PooledEstimates, unit: str
) -> list[dict[str, Any]]:
    """Give t estimates in three scales by the name of their column; `natural` is the log of a rate ratio."""
    said = (natural.estimate, *natural.intervals())
    columns = {
        "estimate": own.estimate,
        "std_error": own.std_error,
        "df": own.df,
        "statistic": own.statistic,
        "p_value": own.p_value,
        **dict(zip(("ci_low", "ci_high"), own.intervals())),
        "fmi": own.missing_information,
        "std_estimate": standardised.estimate,
        "std_std_error": standardised.std_error,
        **dict(zip(("std_ci_low", "std_ci_high"), standardised.intervals())),
        **dict(zip(("natural_estimate", "natural_ci_low", "natural_ci_high"), said)),
    }
    if unit == RATE_RATIO:
        columns |= {name: np.exp(values) for name, values in columns.items() if name.startswith("natural")}
    shared = {"imputations": own.imputations if own.imputations > 1 else 0, "natural_unit": unit}
    return [
        {**shared, **{name: float(values[term]) for name, values in columns.items()}}
        for term in range(len(own.estimate))
    ]


def fit_model(data: WaveData, outcome: str, model: Model, predictors: Predictors) -> FittedModel:
    """Fit one outcome's model to every imputation.

    With a design the variance is the stratified sandwich (R: survey::svyglm, svyolr), without one HC3 (R:
    sandwich::vcovHC), HC1 for an ordered logit. The p-value is that of the coefficient. The average marginal effect
    is that on the mean outcome: of a logit the probability, of a fractional logit the share times the width of the
    scale, of an ordered logit the mean of its levels as the scale counts them, of counts the expected count. With a
    design its error counts the rows as drawn too (Stata: vce(unconditional)), without one it holds them fixed.

    There is no estimate, but a reason, with fewer than 30 complete employers or 5 for each column; fewer than 10
    apart from the rest in the outcome or a term (`fewest_apart`); an outcome or term of one value; values that the
    model does not know; columns that foretell some outcomes without error; no convergence; terms that are not
    identified, or hang on one employer. One imputation of that kind is enough. Raises ValueError for a multinomial
    model.
    """
    if model == "multinomial":
        raise ValueError("a multinomial model has several coefficients for each term")
    values, unit, factor = _as_modelled(data, outcome, model)
    used = predictors.complete & ~np.isnan(values)
    varying = np.concatenate([values[:, np.newaxis], predictors.columns[:, : len(predictors.terms)]], axis=1)
    apart = fewest_apart(varying, used)
    slopes, rows, reason = None, None, _unfit(values, used, model, predictors, apart)
    if not reason:
        columns = predictors.columns if model != "ordered_logit" else predictors.columns[:, :-1]
        fit = fit_rows(data, columns, values, used, model, len(predictors.terms))
        rows = ModelRows(model, fit, columns, values, used)
        slopes, reason = _slopes(data, rows, predictors, factor)
    n, fewest = int(used.sum(axis=1).min()), tuple(np.minimum(apart[0], apart[1:]).astype(float).tolist())
    kept = None if slopes is None else rows
    terms, controls = predictors.terms, predictors.controls
    return FittedModel(outcome, model, terms, controls, unit, n, reason, slopes, fewest, kept)


def _as_modelled(data: WaveData, name: str, model: Slope) -> tuple[FloatArray, str, float]:
    """Give an outcome (m, n) as its model takes it, the unit of its effects, and how many of these are one there."""
    values = data.column(name)
    if model == "logit":
        no, yes = two_values_of(data.study, name) or (0.0, 1.0)
        return (values - no) / (yes - no), "percentage points", PERCENT
    if model == "fractional_logit":
        low, high = bounds_of(data.study, name) or (0.0, 1.0)
        if name in data.study.variables:  # cut at the ends of the declared range, as in an index
            values = np.clip(values, low, high)
        return (values - low) / (high - low), data.unit_of(name), high - low
    return values, RATE_RATIO if model in COUNTS else data.unit_of(name), 1.0


def _unfit(values: FloatArray, used: BoolArray, model: Slope, predictors: Predictors, apart: IntArray) -> str:
    """Say why an outcome (m, n) cannot be fitted, "" where it can; `apart` (1 + t,) as of `fewest_apart`."""
    n = used.sum(axis=1)
    if n.min() < max(MINIMUM_N, MINIMUM_PER_TERM * len(predictors.names)):
        return TOO_FEW
    if not apart.all():
        return NO_VARIANCE
    if apart.min() < MINIMUM_OF_EACH:
        return TOO_FEW_APART
    if model == "ordered_logit":
        levels = [np.unique(row[mask]).size for row, mask in zip(values, used)]
        return OUTSIDE_MODEL if max(levels) > MOST else ""
    if family_of(model).wrong_outcomes(values[used]):
        return OUTSIDE_MODEL
    return ""


def fit_rows(
    data: WaveData, columns: FloatArray, values: FloatArray, used: BoolArray, model: Slope, terms: int
) -> GeneralisedFit | OrdinalFit:
    """Regress values (m, n) on columns (m, k, n) over the rows used, with the variances of the first `terms`.

    An ordered logit has no intercept among its columns.
    """
    weighted, X = data.study.design is not None, columns.swapaxes(1, 2)
    if model == "ordered_logit":
        return fit_ordinal(
            X, values.T, data.test_design, covariance="design" if weighted else "HC1", included=used.T
        )
    robust: Covariance = "design" if weighted else "HC3"
    of = range(terms) if weighted else None  # effects that hold the rows fixed take the variances of all
    return fit_generalised(
        X, values.T, data.test_design, family=model, covariance=robust, included=used.T, variances_of=of
    )


def _slopes(
    data: WaveData, rows: ModelRows, predictors: Predictors, factor: float
) -> tuple[Slopes | None, str]:
    """Give the slopes of the terms in m data sets, or the reason why there are none."""
    weighted, design, fit = data.study.design is not None, data.test_design, rows.fit
    terms = range(len(predictors.terms))
    X, Y, included = rows.columns.swapaxes(1, 2), rows.values.T, rows.used.T
    effects: MarginalEffects | None = None
    if isinstance(fit, OrdinalFit):
        effects = mean_outcome_effects(fit, X, Y, design, terms=terms, included=included)
    elif rows.model != "linear":
        effects = average_marginal_effects(fit, X, Y, design, terms=terms, included=included)
    reason = _no_estimate(fit, predictors)
    if reason:
        return None, reason
    t = len(terms)
    sizes, errors = fit.coefficients[:, :t], fit.std_errors[:, :t]
    if effects is not None:
        sizes = effects.estimates
        errors = effects.unconditional_std_errors if weighted else effects.std_errors
    slopes = Slopes(
        coefficients=fit.coefficients[:, :t],
        covariance=fit.covariance[:, :t, :t],
        effects=factor * sizes,
        effect_errors=factor * errors,
        sd_x=fit.sd_x[:, :t],
        sd_y=factor * fit.sd_y,
        df=float(fit.df.min()),
    )
    return slopes, ""


def _no_estimate(fit: GeneralisedFit | OrdinalFit, predictors: Predictors) -> str:
    """Say why the terms of a fit have no estimate with a standard error, "" where they have."""
    if (fit.status == "separated").any():
        marked = np.flatnonzero(fit.separating.any(axis=0)) if isinstance(fit, GeneralisedFit) else ()
        names = dict.fromkeys(predictors.names[column] for column in marked if predictors.names[column])
        return f"{SEPARATED}: {', '.join(names)}" if names else SEPARATED
    if not fit.converged.all():
        return NO_RESULT
    if fit.df.min() <= 0:
        return TOO_FEW
    # without a p-value a term is redundant, the terms fit the outcome exactly, or one employer decides a coefficient
    return COLLINEAR if np.isnan(fit.p_values[:, : len(predictors.terms)]).any() else ""
