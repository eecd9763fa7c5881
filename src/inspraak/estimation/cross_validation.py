"""Out-of-sample errors of many linear models in many resamples, from cross-products per fold.

A model is fitted to all folds but one, and its errors are taken in that one: both are functions of the folds'
cross-products, so that no row is touched again once these are summed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.resampled_grams import CrossProducts, take_out


@dataclass(frozen=True, eq=False)
class FoldErrors:
    """Weighted sums of squares over all folds, each fold judged by the others.

    `errors` (f, b) of f models in b resamples. `total` (b,) are the squares around the mean of all rows, and
    `total_training` (b,) those around the mean of the rows that the model was fitted to.
    """

    errors: FloatArray
    total: FloatArray
    total_training: FloatArray

    @property
    def r_squared(self) -> FloatArray:
        """Out-of-sample R2 (f, b), against the mean of all rows; NaN where the outcome does not vary."""
        return self._against(self.total)

    @property
    def r_squared_training(self) -> FloatArray:
        """Out-of-sample R2 (f, b), against the mean of the rows that the model was fitted to."""
        return self._against(self.total_training)

    def _against(self, total: FloatArray) -> FloatArray:
        return np.asarray(1 - self.errors / np.where(total > 0, total, np.nan))


def folds_of_units(design: SurveyDesign, folds: int, rng: np.random.Generator) -> IntArray:
    """Deal the sampling units of a design at random into folds of (nearly) the same size, (n,) numbers from 0."""
    units = design.layout.stratum_of_unit.size
    return np.asarray((rng.permutation(units) % folds)[design.layout.unit], dtype=np.int64)


def fold_products(columns: FloatArray, folds: IntArray, weights: FloatArray) -> FloatArray:
    """Give the Gram matrices (j, p, p, b) of columns (p, n) in each of j folds under weights (b, n)."""
    return np.stack(
        [
            next(CrossProducts(columns[np.newaxis][:, :, rows]).under(weights[:, rows]))
            for rows in (np.flatnonzero(folds == fold) for fold in range(int(folds.max()) + 1))
        ]
    )


def out_of_sample(products: FloatArray, held: int, models: Sequence[IntArray]) -> FoldErrors:
    """Judge every fold by the models that the other folds give.

    `products` (j, p, p, b) of the columns: `held` of them, the first the intercept, that every model has; those of
    the models; last the outcome. `models` are the columns (indices from 0, after those held) of each model.

    Source: Stone (1974), Journal of the Royal Statistical Society B 36, 111-147.
    """
    whole = products.sum(axis=0)
    b, last = whole.shape[2], whole.shape[0] - 1 - held
    errors, training = np.zeros((len(models), b)), np.zeros(b)
    for fold in products:
        train = whole - fold
        coefficients, left = take_out(train, held)
        aside = _residual_products(fold, coefficients)
        for place, columns in enumerate(models):
            part = np.append(columns, last)
            within = np.ix_(part, part)
            slopes, _ = take_out(left[within], part.size - 1)
            errors[place] += _residual_products(aside[within], slopes)[0, 0]
        training += _squares_around(fold, train)
    return FoldErrors(errors, _squares_around(whole, whole), training)


def _residual_products(gram: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Give the cross-products (r, r, b) of columns less what coefficients (c, r, b) of the first c foretell."""
    c = coefficients.shape[0]
    cross = np.einsum("crb,csb->rsb", coefficients, gram[:c, c:])
    inner = np.einsum("cdb,dsb->csb", gram[:c, :c], coefficients)
    squares = np.einsum("crb,csb->rsb", coefficients, inner)
    return np.asarray(gram[c:, c:] - cross - cross.swapaxes(0, 1) + squares)


def _squares_around(gram: FloatArray, of: FloatArray) -> FloatArray:
    """Give the squares (b,) of the last column around the mean that it has in other cross-products."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = of[0, -1] / of[0, 0]
    return np.asarray(gram[-1, -1] - 2 * mean * gram[0, -1] + np.square(mean) * gram[0, 0])
