"""Which form joins several conditions: a contest of models of one outcome, in the sample and out of it.

A three-way interaction that is not significant proves nothing; models with as many parameters can be told apart.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.condition_forms import CONJUNCTIVE, FORMS, SINGLE, FormName, columns_of_forms
from inspraak.estimation.cross_validation import FoldErrors, fold_products, folds_of_units, out_of_sample
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import normal_p_value
from inspraak.estimation.generalised import GeneralisedFit
from inspraak.estimation.imputed_regression import ImputedRegression, imputed_regression
from inspraak.estimation.pooling import PooledEstimates, combine, combine_wald
from inspraak.estimation.resampled_effects import stretched_draws
from inspraak.estimation.resampling import resampled_weights
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import imputed_block

FOLDS = 10
SAME = 1e-9  # standard error of a gain in R2, below which a form is the additive one in other words


@dataclass(frozen=True, eq=False)
class FormContest:
    """Ten forms of k conditions over m imputations; arrays are (10,) in the order of `forms`.

    `bic`, `r_squared`, `adjusted_r_squared`, `out_of_sample_r_squared` (against the mean of all rows) and
    `out_of_sample_r_squared_training` (against that of the rows fitted to) are means over the imputations, NaN where
    the outcome does not vary; `parameters` counts coefficients. `slope` (6,) holds the coefficients of the forms of one
    column, `single`, from the lowest to the highest value that a form can have, in units of the outcome. `vuong` (6,)
    is the mean difference of their log-likelihood from the additive form's, per row. A form that does not vary has no
    slope and wins nothing. `interactions` tests that all products in the full form are zero; that they are not
    significant proves nothing.

    `best` is the single form of least BIC, `best_conjunctive` that of those that let nothing make good a lack;
    `bic_difference` the BIC of the additive form less that of the best conjunctive one. `gain` is the largest
    out-of-sample R2 of a conjunctive form less that of the additive one, `gain_low` to `gain_high` its interval,
    `gain_error` its bootstrap error and `gain_p` the p-value, one-sided, of the largest gain among all conjunctive
    forms: NaN where they do not differ. `loss_p` is that of the other side, that the additive form predicts better than
    every conjunctive one.
    """

    null_hypothesis: ClassVar[str] = "no conjunctive form predicts better than the additive one"
    forms: ClassVar[tuple[FormName, ...]] = FORMS
    single: ClassVar[tuple[FormName, ...]] = SINGLE

    n: int
    imputations: int
    parameters: IntArray
    bic: FloatArray
    r_squared: FloatArray
    adjusted_r_squared: FloatArray
    out_of_sample_r_squared: FloatArray
    out_of_sample_r_squared_training: FloatArray
    slope: PooledEstimates
    vuong: PooledEstimates
    interactions: WaldTest
    best: FormName
    best_conjunctive: FormName
    bic_difference: float
    gain: float
    gain_error: float
    gain_low: float
    gain_high: float
    gain_p: float
    loss_p: float


@dataclass(frozen=True, eq=False)
class _Entries:
    """The regression that every form enters, and the columns (m, t, n) of each, 0 in rows that are not used."""

    regression: ImputedRegression
    forms: dict[FormName, FloatArray]

    @property
    def design(self) -> SurveyDesign:
        return self.regression.design

    @property
    def m(self) -> int:
        return int(self.regression.y.shape[0])

    def weights(self) -> FloatArray:
        """Weights of the rows used, mean one in each data set, (m, n)."""
        weights, n = self.regression.weights, self.regression.rows.complete.sum(axis=1)
        return np.asarray(weights * (n / weights.sum(axis=1))[:, np.newaxis])


def contest_forms(
    conditions: ArrayLike,
    outcome: ArrayLike,
    design: SurveyDesign,
    rng: np.random.Generator,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
    threshold: float = 0.5,
    folds: ArrayLike | None = None,
    covariance: Covariance = "design",
    draws: int = 2_000,
    level: float = 0.95,
) -> FormContest:
    """Let ten forms of k conditions foretell one outcome, each with the same controls.

    `conditions` (m, k, n) or (k, n) in 0..1, k at least 2; `outcome` (m, n) or (n,); `controls` (m, c, n) or (c, n), to
    which an intercept is added; NaN = missing. A data set uses the rows where all columns are there, the weight is
    positive and `included` ((n,) or (m, n) booleans) holds. The forms are those of `condition_forms`. `folds` (n,) are
    numbers from 0; default: sampling units dealt at random into ten. `covariance` (as in
    `generalised.fit_generalised`) is that of `slope`.

    BIC has sum(log w) / 2 in its log-likelihood, as R's lm with weights, so that the scale of the weights does not
    matter. The gain is tested by resampling sampling units within strata: p is how often the largest gain, each taken
    from its own estimate and over its bootstrap error, is at least the largest found (White 2000, Econometrica 68,
    1097-1126; over errors: Hansen 2005, Journal of Business & Economic Statistics 23, 365-380), so that the choice of
    the best form is paid for. The other side is an intersection-union test: the largest p of all forms. `draws`
    resamples in all are spread over the data sets and pooled as in `resampled_effects.stretched_draws`. The interval is
    the basic bootstrap one (Davison & Hinkley 1997, 5.2).

    Source of `vuong`: Vuong (1989), Econometrica 57, 307-333, here with the design's variance, times (n - 1) / n.
    R: BIC(lm(weights = w)); statistics.md and 28_form_contest of the reference. Raises ValueError for wrong shapes,
    fewer than two conditions, conditions outside 0..1, and data sets without a row.
    """
    block = imputed_block(conditions, design, name="conditions")
    if block.shape[1] < 2:
        raise ValueError(f"conditions are {block.shape[1]}; expected two at least")
    regression = imputed_regression(
        {f"conditions[{place}]": block[:, place] for place in range(block.shape[1])},
        outcome,
        design,
        controls=controls,
        included=included,
        covariance=covariance,
    )
    if not regression.rows.n:
        raise ValueError("no row has all conditions, controls and the outcome")
    used = regression.rows.complete[:, np.newaxis]
    forms = columns_of_forms(regression.columns, threshold=threshold)
    entries = _Entries(regression, {name: columns * used for name, columns in forms.items()})
    dealt = folds_of_units(design, FOLDS, rng) if folds is None else np.asarray(folds, dtype=np.int64)
    if dealt.shape != (design.n,):
        raise ValueError(f"folds have shape {dealt.shape}; expected ({design.n},)")
    fits = {name: regression.regress(columns) for name, columns in entries.forms.items()}
    return _result(entries, fits, dealt, rng, draws=draws, level=level)


def _result(
    entries: _Entries,
    fits: dict[FormName, GeneralisedFit],
    folds: IntArray,
    rng: np.random.Generator,
    *,
    draws: int,
    level: float,
) -> FormContest:
    within = np.array([_in_sample(entries, fits[name]) for name in FORMS])  # (10, 3, m)
    bic, r_squared, adjusted = within.mean(axis=2).T
    found = [_errors(entries, place, folds, FORMS, entries.design.weights) for place in range(entries.m)]
    outside = np.concatenate([one.r_squared for one in found], axis=1)
    outside_training = np.concatenate([one.r_squared_training for one in found], axis=1)
    first = [fits[name] for name in SINGLE]
    slope = combine(
        np.stack([fit.coefficients[:, 0] for fit in first], axis=1),
        np.stack([fit.covariance[:, 0, 0] for fit in first], axis=1),
        df=np.array([fit.df.min() for fit in first]),
    )
    by_name: dict[FormName, float] = dict(zip(FORMS, bic.tolist()))
    identified = [name for name, estimate in zip(SINGLE, slope.estimate) if not np.isnan(estimate)]
    conjunctive = _least(by_name, [name for name in CONJUNCTIVE if name in identified])
    gains = _gains(outside[[FORMS.index(name) for name in ("additive", *CONJUNCTIVE)]])
    tested = _test_gains(entries, folds, gains, rng, draws=draws, level=level)
    return FormContest(
        n=entries.regression.rows.n,
        imputations=entries.m,
        parameters=np.array([fits[name].rank.max() for name in FORMS]),
        bic=bic,
        r_squared=r_squared,
        adjusted_r_squared=adjusted,
        out_of_sample_r_squared=outside.mean(axis=1),
        out_of_sample_r_squared_training=outside_training.mean(axis=1),
        slope=slope,
        vuong=_vuong(entries, fits),
        interactions=_interactions(entries, fits["full"]),
        best=_least(by_name, identified),
        best_conjunctive=conjunctive,
        bic_difference=by_name["additive"] - by_name[conjunctive] if conjunctive != "none" else float("nan"),
        gain=float(gains.mean(axis=1).max()),
        gain_error=tested[4],
        gain_low=tested[0],
        gain_high=tested[1],
        gain_p=tested[2],
        loss_p=tested[3],
    )


def _least(values: dict[FormName, float], among: list[FormName]) -> FormName:
    """Give the form of least value; `none` where there is none to choose from."""
    return min(among, key=lambda name: values[name], default="none")


def _in_sample(entries: _Entries, fit: GeneralisedFit) -> FloatArray:
    """Give BIC, R2 and adjusted R2 in every data set, (3, m)."""
    n, rank = fit.n.astype(np.float64), fit.rank
    left = fit.dispersion * (n - rank)
    whole = np.square(fit.sd_y) * (n - 1)
    weights = entries.weights()
    logs = np.log(np.where(weights > 0, weights, 1.0)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = (logs - n * (np.log(2 * np.pi * left / n) + 1)) / 2
        share = left / np.where(whole > 0, whole, np.nan)
        return np.stack(
            [(rank + 1) * np.log(n) - 2 * likelihood, 1 - share, 1 - share * (n - 1) / (n - rank)]
        )


def _errors(
    entries: _Entries, place: int, folds: IntArray, names: tuple[FormName, ...], weights: FloatArray
) -> FoldErrors:
    """Judge forms out of sample in one data set, under weights (n,) or (b, n)."""
    parts = [entries.forms[name][place] for name in names]
    columns = entries.regression.for_products(place, np.concatenate(parts))
    ends = np.cumsum([len(part) for part in parts])
    models = [np.arange(end - len(part), end) for end, part in zip(ends, parts)]
    products = fold_products(columns, folds, np.atleast_2d(weights))
    return out_of_sample(products, entries.regression.held.shape[1], models)


def _vuong(entries: _Entries, fits: dict[FormName, GeneralisedFit]) -> PooledEstimates:
    """Compare the likelihood of the single forms with that of the additive one, row by row."""
    weights, n = entries.weights(), entries.regression.rows.complete.sum(axis=1)
    logs = []
    for name in SINGLE:
        columns = np.concatenate([entries.forms[name], entries.regression.held], axis=1)
        residual = entries.regression.y - (fits[name].solution[:, np.newaxis] @ columns)[:, 0]
        variance = ((weights * residual**2).sum(axis=1) / n)[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            logs.append(-(np.log(variance) + residual**2 / variance) / 2)
    differences = np.array([one - logs[0] for one in logs])  # (6, m, n)
    means = (weights * differences).sum(axis=2) / n
    scores = weights * (differences - means[:, :, np.newaxis]) / n[:, np.newaxis]
    variances = [entries.design.variance_of_totals(part.T) for part in scores.swapaxes(0, 1)]
    # by maximum likelihood, as Vuong's, the variance of the mean divides by n twice
    return combine(means.T, np.array(variances) * (1 - 1 / entries.design.n))


def _interactions(entries: _Entries, fit: GeneralisedFit) -> WaldTest:
    """Test the products of the full form: its columns beyond those of the separate form."""
    single = {1 << place for place in range(entries.regression.columns.shape[1])}
    products = [column for column in range(entries.forms["full"].shape[1]) if column + 1 not in single]
    covariance = fit.covariance[:, products][:, :, products]
    return combine_wald(fit.coefficients[:, products], covariance, df=float(fit.df.min()))


def vuong_p_values(vuong: PooledEstimates) -> FloatArray:
    """Give the two-sided p-values of log-likelihood differences, by the normal distribution."""
    return normal_p_value(vuong.statistic)


def _gains(r_squared: FloatArray) -> FloatArray:
    """Give how much more all but the first of (f, b) forms explain than the first."""
    return np.asarray(r_squared[1:] - r_squared[0])


def _test_gains(
    entries: _Entries,
    folds: IntArray,
    gains: FloatArray,
    rng: np.random.Generator,
    *,
    draws: int,
    level: float,
) -> tuple[float, float, float, float, float]:
    """Give interval, both one-sided p-values and error of the largest of the gains (f, m), by resampling."""
    each = -(-draws // entries.m)
    resampled = np.empty((*gains.shape, each))
    for place in range(entries.m):
        done = 0
        for weights in resampled_weights(entries.design, each, rng):
            found = _errors(entries, place, folds, ("additive", *CONJUNCTIVE), weights)
            resampled[:, place, done : done + len(weights)] = _gains(found.r_squared)
            done += len(weights)
    estimate = gains.mean(axis=1)
    centred = (stretched_draws(gains, resampled) - estimate[:, np.newaxis, np.newaxis]).reshape(
        len(gains), -1
    )
    centred = centred[:, ~np.isnan(centred).any(axis=0)]
    best = int(np.argmax(estimate)) if not np.isnan(estimate).any() else -1
    if best < 0 or not centred.size:
        return (float("nan"),) * 5
    low, high = np.quantile(centred[best], [(1 - level) / 2, (1 + level) / 2])
    error = centred.std(axis=1)
    apart = error > SAME
    above, below = float("nan"), float("nan")
    if apart.any():
        largest = (centred[apart] / error[apart, np.newaxis]).max(axis=0)
        above = float((1 + (largest >= (estimate[apart] / error[apart]).max()).sum()) / (1 + largest.size))
        fewer = (centred[apart] <= estimate[apart, np.newaxis]).sum(axis=1)
        below = float((1 + fewer.max()) / (1 + largest.size))
    return float(estimate[best] - high), float(estimate[best] - low), above, below, float(error[best])
