"""The columns of a mediation model over m imputed data sets, in the order in which its regressions take them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.mediation_paths import Order, PathModel, Stage
from inspraak.estimation.resampled_grams import CrossProducts
from inspraak.estimation.terms import ImputedTerms, imputed, imputed_block, imputed_terms


@dataclass(frozen=True, eq=False)
class PathData:
    """Columns of m data sets, (m, c, n) each; rows that are not used hold 0.

    `held` are the controls, with the moderator where there is one and the intercept, `treatments` x and its product
    with the moderator, `products` those of the mediators. The moderator is taken from `centre`, its mean; `at` (v,) are
    the values of it at which effects are told, in its own unit, one of NaN where there is none.
    """

    model: PathModel
    design: SurveyDesign
    terms: ImputedTerms
    held: FloatArray
    treatments: FloatArray
    mediators: FloatArray
    products: FloatArray
    y: FloatArray  # (m, n)
    centre: float
    at: FloatArray

    @property
    def from_centre(self) -> FloatArray:
        """The values `at` as distances from the centre, 0 without a moderator."""
        return self.at - self.centre if self.model.moderated else np.zeros(1)

    def predictors(self, mediator: int | None) -> FloatArray:
        """Give the terms (m, p, n) of the regression of a mediator, or of y (None)."""
        if mediator is None:
            return np.concatenate([self.treatments, self.mediators, self.products, self.held], axis=1)
        earlier = self.mediators[:, : mediator if self.model.order == "serial" else 0]
        return np.concatenate([self.treatments, earlier, self.held], axis=1)

    def cross_products(self) -> tuple[CrossProducts, int]:
        """Give the columns as cross-products are taken of them, from their means, and how many are held."""
        columns = np.concatenate(
            [self.held[:, ::-1], self.treatments, self.mediators, self.products, self.y[:, np.newaxis]],
            axis=1,
        )
        weights = self.design.weights * self.terms.complete
        share = weights / np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        means = columns @ share[:, :, np.newaxis]
        means[:, 0] = 0  # the intercept
        columns -= means
        columns *= self.terms.complete[:, np.newaxis]
        return CrossProducts(columns), self.held.shape[1]


def path_data(
    design: SurveyDesign,
    *,
    x: ArrayLike,
    mediators: ArrayLike,
    y: ArrayLike,
    controls: ArrayLike | None,
    moderator: ArrayLike | None,
    at: ArrayLike | None,
    included: ArrayLike | None,
    order: Order,
    stage: Stage | None,
) -> PathData:
    """Check and order the columns of `mediation.mediate`; `stage` None is a model without a moderator.

    Raises ValueError for wrong shapes and words, and for fewer than two values of a moderator.
    """
    w = None if moderator is None else imputed(moderator, design, name="moderator")
    given = {
        "x": imputed(x, design, name="x")[:, np.newaxis],
        "mediators": imputed_block(mediators, design, name="mediators"),
        "y": imputed(y, design, name="y")[:, np.newaxis],
        "controls": imputed_block(controls, design, name="controls"),
        "moderator": np.empty((1, 0, design.n)) if w is None else w[:, np.newaxis],
    }
    model = PathModel(given["mediators"].shape[1], order, stage if moderator is not None else None)
    terms = imputed_terms(*given.values(), design=design, included=included)
    treatment, through, outcome, held, by = terms.blocks
    centre, values, distance = np.nan, np.array([np.nan]), by
    if w is not None:
        centre = float(terms.means(by[:, 0], design).mean())
        values = _values(at, centre, terms.deviation(by[:, 0], design))
        distance = (by - centre) * terms.complete[:, np.newaxis]
    return PathData(
        model=model,
        design=design,
        terms=terms,
        held=np.concatenate([held, distance, terms.complete[:, np.newaxis]], axis=1, dtype=np.float64),
        treatments=np.concatenate([treatment, treatment * distance], axis=1)
        if model.first_stage
        else treatment,
        mediators=through,
        products=through * distance if model.second_stage else through[:, :0],
        y=outcome[:, 0],
        centre=centre,
        at=values,
    )


def _values(at: ArrayLike | None, centre: float, sd: float) -> FloatArray:
    """Give the values of the moderator at which effects are told."""
    values = np.array([centre - sd, centre, centre + sd]) if at is None else np.asarray(at, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all() or values[0] == values[-1]:
        raise ValueError(f"at is {values.tolist()}; expected two different values of the moderator, or more")
    return values
