"""One regression over m imputed data sets: the rows, what is held constant and y, for several sets of terms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.families import FamilyName
from inspraak.estimation.generalised import GeneralisedFit, fit_generalised
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import ImputedTerms, imputed, imputed_block, imputed_terms


@dataclass(frozen=True, eq=False)
class ImputedRegression:
    """What the regressions of one analysis share.

    `columns` (m, c, n) are those that terms are made of, `held` (m, h, n) the controls and the intercept, last, and
    `y` (m, n); all are 0 in rows that are not used.
    """

    rows: ImputedTerms
    design: SurveyDesign
    columns: FloatArray
    held: FloatArray
    y: FloatArray
    family: FamilyName
    covariance: Covariance

    @property
    def weights(self) -> FloatArray:
        """Design weights, 0 in rows that are not used, (m, n)."""
        return np.asarray(self.design.weights * self.rows.complete)

    @property
    def means(self) -> FloatArray:
        """Weighted means of the columns, averaged over data sets, (c,)."""
        return np.array(
            [self.rows.means(column, self.design).mean() for column in self.columns.swapaxes(0, 1)]
        )

    @property
    def deviations(self) -> FloatArray:
        """Weighted SDs of the columns, averaged over data sets, (c,)."""
        return np.array([self.rows.deviation(column, self.design) for column in self.columns.swapaxes(0, 1)])

    @property
    def sd_y(self) -> float:
        """Weighted SD of y, averaged over data sets."""
        return self.rows.deviation(self.y, self.design)

    def regress(self, terms: FloatArray, *, every_variance: bool = False) -> GeneralisedFit:
        """Regress y on terms (m, t, n), first, and what is held; variances of the terms, or of every column."""
        columns = np.concatenate([terms, self.held], axis=1)
        wanted = columns.shape[1] if every_variance else terms.shape[1]
        return fit_generalised(
            columns.swapaxes(1, 2), self.y.T, self.design, family=self.family, covariance=self.covariance,
            included=self.rows.complete.T, variances_of=range(wanted),
        )  # fmt: skip

    def for_products(self, place: int, terms: FloatArray) -> FloatArray:
        """Give one data set's columns in the order in which cross-products are taken, (1 + h + t, n).

        The intercept, the controls, `terms` (t, n) and y, all but the first from their weighted means, so that
        products keep their digits; 0 in rows that are not used.
        """
        complete = self.rows.complete[place]
        columns = np.concatenate([self.held[place, ::-1], terms, self.y[place, np.newaxis]])
        share = self.weights[place] / self.weights[place].sum()
        means = columns @ share
        means[0] = 0
        return np.asarray((columns - means[:, np.newaxis]) * complete)

    def fit(self, terms: FloatArray) -> CombinedTerms:
        """Give the coefficients of terms (m, t, n) in the regression of y on them and what is held."""
        fit, t = self.regress(terms), terms.shape[1]
        return CombinedTerms(fit.coefficients[:, :t], fit.covariance[:, :t, :t], float(fit.df.min()))


def imputed_regression(
    columns: dict[str, ArrayLike],
    y: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
    family: FamilyName = "linear",
    covariance: Covariance = "design",
) -> ImputedRegression:
    """Gather columns by their name in messages, each (m, n) or (n,), with y alike and `controls` (m, c, n) or (c, n).

    An intercept is added. NaN = missing: a data set uses the rows where all of these are there, the weight is positive
    and `included` ((n,) or (m, n) booleans) holds. `family` and `covariance` as in `generalised.fit_generalised`.
    Raises ValueError for wrong shapes, infinite values and numbers of data sets that differ.
    """
    parts = [imputed(values, design, name=name)[:, np.newaxis] for name, values in columns.items()]
    held = imputed_block(controls, design, name="controls")
    outcome = imputed(y, design, name="y")[:, np.newaxis]
    rows = imputed_terms(*parts, held, outcome, design=design, included=included)
    *found, held, outcome = rows.blocks
    intercept = rows.complete[:, np.newaxis].astype(np.float64)
    return ImputedRegression(
        rows,
        design,
        np.concatenate(found, axis=1),
        np.concatenate([held, intercept], axis=1),
        outcome[:, 0],
        family,
        covariance,
    )
