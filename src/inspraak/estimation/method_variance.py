"""What the way of asking adds to all answers alike: marker variables, a factor of method, and Harman's share.

A marker has nothing to do with the subject; what it shares with the other items is taken for the way of asking.
Sources: Williams, Hartman & Cavazotte (2010), Organizational Research Methods 13, 477-514; Podsakoff et al. (2003),
Journal of Applied Psychology 88, 879-903. Everything is fitted by maximum likelihood to answers taken as continuous:
the models compare variances and correlations, for which a few ordered answers do little harm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, as_mask
from inspraak.estimation.factor_analysis import fit_to_rows
from inspraak.estimation.factor_comparison import nested_test
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_indices import Chi2Test
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_samples import Missing, factor_samples
from inspraak.estimation.factor_saturated import FreeMoments

Step = Literal["marker", "baseline", "marker_constrained", "marker_unconstrained", "restricted"]
SIGNIFICANT = 0.05  # below it the loadings on the marker differ from item to item


@dataclass(frozen=True, eq=False)
class MarkerModels:
    """The marker models that could be fitted, in their order; nothing follows on one that is not usable.

    `marker`: all factors correlate, that of the markers too. `baseline`: the marker factor as it was found there,
    unrelated to the others. `marker_constrained`: it acts on all items alike; `marker_unconstrained`: on each in its
    own way. `restricted`: the `chosen` of these two, with the correlations of the baseline. The marker factor is the
    last one.
    """

    fits: dict[Step, FactorFit]
    chosen: Step | None

    def difference(self, step: Step) -> Chi2Test | None:
        """Test a step against the one that it adds to or takes from; None without both, or without a difference."""
        before: dict[Step, Step | None] = {
            "marker_constrained": "baseline",
            "marker_unconstrained": "marker_constrained",
            "restricted": self.chosen,
        }
        return likelihood_ratio(self.fits.get(step), self.fits.get(before.get(step) or step))


def marker_models(
    items: ArrayLike,
    loadings: ArrayLike,
    markers: ArrayLike,
    *,
    residual_pairs: Iterable[tuple[int, int]] = (),
    missing: Missing = "fiml",
) -> MarkerModels:
    """Fit the marker models of Williams, Hartman & Cavazotte (2010).

    `items` (n, p) in one unit, NaN = no answer; `loadings` (p, f) booleans, which item belongs to which factor;
    `markers` (p,) booleans, items of no factor. Of two markers the loadings are equal, and one is taken to be free of
    error: what they share with the other items would not tell more. Raises ValueError for other shapes and no marker.
    """
    member = np.asarray(loadings, dtype=np.bool_)
    own = as_mask(markers, rows=len(member), name="markers")[:, 0]
    if not own.any():
        raise ValueError("no item is a marker")
    rows = FreeMoments(factor_samples(items, missing=missing))
    model = confirmatory_model(
        np.column_stack([member, own]), identification="standardised", residual_pairs=residual_pairs
    )
    last = np.arange(model.factors) == model.factors - 1
    if own.sum() == 2:
        equal = own[:, np.newaxis] & last
        model = replace(model, loadings=model.loadings.labelled(equal, model.new_label))
    if own.sum() == 1:
        exact = model.residual_covariances.fixed_at(np.diag(own), 0.0)
        model = replace(model, residual_covariances=exact)
    fits: dict[Step, FactorFit] = {"marker": fit_to_rows(rows, model)}
    if fits["marker"].usable:
        fits["baseline"] = fit_to_rows(rows, _baseline(fits["marker"], own, last))
    if "baseline" not in fits or not fits["baseline"].usable:
        return MarkerModels(fits, None)
    base = fits["baseline"].model
    method = ~own[:, np.newaxis] & last
    each = base.new_label + np.arange(len(member))[:, np.newaxis]
    fits["marker_constrained"] = fit_to_rows(rows, _acting(base, method, base.new_label))
    fits["marker_unconstrained"] = fit_to_rows(rows, _acting(base, method, each))
    chosen = _chosen(fits)
    if chosen is not None and member.shape[1] > 1:
        fits["restricted"] = fit_to_rows(rows, _restricted(fits[chosen], fits["baseline"]))
    return MarkerModels(fits, chosen)


def _baseline(marker: FactorFit, own: BoolArray, last: BoolArray) -> FactorModel:
    """Fix what was found of the markers, and part their factor from the others."""
    model = marker.model
    apart = last ^ last[:, np.newaxis]
    return replace(
        model,
        loadings=model.loadings.fixed_at(own[:, np.newaxis] & last, marker.matrix("loadings")),
        residual_covariances=model.residual_covariances.fixed_at(
            np.diag(own), marker.matrix("residual_covariances")
        ),
        factor_covariances=model.factor_covariances.fixed_at(apart, 0.0),
    )


def _acting(base: FactorModel, method: BoolArray, labels: ArrayLike) -> FactorModel:
    return replace(base, loadings=base.loadings.labelled(method, labels))


def _chosen(fits: dict[Step, FactorFit]) -> Step | None:
    """Choose the equal loadings on the marker, unless they are refused for loadings of their own."""
    equal, free = fits["marker_constrained"], fits["marker_unconstrained"]
    if not equal.usable:
        return "marker_unconstrained" if free.usable else None
    test = likelihood_ratio(free, equal)
    refused = free.usable and test is not None and test.p_value < SIGNIFICANT
    return "marker_unconstrained" if refused else "marker_constrained"


def _restricted(chosen: FactorFit, baseline: FactorFit) -> FactorModel:
    model = chosen.model
    off = ~np.eye(model.factors, dtype=np.bool_)
    values = baseline.matrix("factor_covariances")
    return replace(model, factor_covariances=model.factor_covariances.fixed_at(off, values))


@dataclass(frozen=True, eq=False)
class MethodFactor:
    """A model of correlated factors without and with a factor of method, the last, that acts on all items alike.

    Its loadings are 1 and its variance is free: one of below zero is improper, a sign that there is no such factor.
    `harman` is the share of the first principal component in the variance of all items (NaN without moments): a
    large one proves no bias of method, a small one no absence of it.
    """

    without: FactorFit
    fit: FactorFit
    harman: float

    @property
    def difference(self) -> Chi2Test | None:
        """Test that the factor of method has no variance; None without both fits."""
        return likelihood_ratio(self.fit, self.without)


def method_factor(
    items: ArrayLike,
    loadings: ArrayLike,
    *,
    residual_pairs: Iterable[tuple[int, int]] = (),
    missing: Missing = "fiml",
) -> MethodFactor:
    """Fit a factor of method that no marker measures; `items` (n, p) in one unit, `loadings` (p, f) booleans.

    A free loading for all items would stand still at 0, where its slope is nil. Raises ValueError for other shapes.
    """
    member = np.asarray(loadings, dtype=np.bool_)
    pairs = list(residual_pairs)
    rows = FreeMoments(factor_samples(items, missing=missing))
    alone = confirmatory_model(member, identification="standardised", residual_pairs=pairs)
    every = np.column_stack([member, np.ones(len(member), dtype=np.bool_)])
    last = np.arange(every.shape[1]) == every.shape[1] - 1
    both = confirmatory_model(
        every, identification="standardised", residual_pairs=pairs, correlated=~(last | last[:, np.newaxis])
    )
    model = replace(
        both,
        loadings=both.loadings.fixed_at(last, 1.0),
        factor_covariances=both.factor_covariances.labelled(np.diag(last), both.new_label),
    )
    moments = rows.groups[0]
    harman = float("nan") if moments is None else first_component_share(moments.covariance)
    return MethodFactor(fit_to_rows(rows, alone), fit_to_rows(rows, model), harman)


def first_component_share(covariance: ArrayLike) -> float:
    """Give the share of the first principal component in the variance of standardised items (Harman's test).

    `covariance` (p, p). R: eigen(cor(x))$values[1] / ncol(x).
    """
    matrix = np.asarray(covariance, dtype=np.float64)
    scale = np.sqrt(np.diagonal(matrix))
    return float(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[-1] / len(matrix))


def method_share(fit: FactorFit) -> float:
    """Give the share of the variance of the items that the last factor, of method, explains: markers left out.

    The mean of squared standardised loadings; NaN without a solution, or where the variance of the factor is none.
    """
    present = fit.model.loadings.present[0]
    measured = present[:, :-1].any(axis=1)
    loadings = fit.matrix("loadings", standardised=True)[0, measured, -1]
    return float(np.square(loadings).mean())


def likelihood_ratio(one: FactorFit | None, other: FactorFit | None) -> Chi2Test | None:
    """Test one of two nested models against the other, whichever has fewer parameters; None without both."""
    if one is None or other is None or one.fit is None or other.fit is None:
        return None
    few, many = sorted((one, other), key=lambda fit: fit.model.parameters)
    if few.model.parameters == many.model.parameters:
        return None
    return nested_test(few, many, method="likelihood ratio")


def factor_correlations(fit: FactorFit, factors: int) -> FloatArray:
    """Give the correlations of the first `factors` factors, (f, f); NaN where the fit is not to be used."""
    if not fit.usable:
        return np.full((factors, factors), np.nan)
    return fit.matrix("factor_covariances", standardised=True)[0, :factors, :factors]
