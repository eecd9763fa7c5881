"""How latent classes differ in an outcome, with the error of classification taken out (BCH).

The likeliest class of an employer is not always its class, which draws the means of classes towards each other. BCH
weights undo that: on average they count an employer in its own class alone.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.latent_class_correction import corrected_weights, influence_of_classes
from inspraak.estimation.latent_classes import LatentClasses
from inspraak.estimation.pooling import PooledEstimates, combine, combine_wald
from inspraak.estimation.terms import imputed


@dataclass(frozen=True, eq=False)
class ClassMeans:
    """Means of an outcome in k classes, pooled over m imputations.

    `means` (k,); `differences` those of the pairs of `pairs` (q, 2), the first less the second; `test` that all means
    are equal. `deviation` is the SD of the outcome, `correlation_ratio` the SD of the class means in that, both means
    over the imputations; `n` the employers in the imputation with the fewest. NaN where the classes cannot be told
    apart or an outcome does not vary.
    """

    null_hypothesis: ClassVar[str] = "the mean of the outcome is the same in all classes"

    n: int
    imputations: int
    means: PooledEstimates
    pairs: IntArray
    differences: PooledEstimates
    test: WaldTest
    deviation: float
    correlation_ratio: float


def class_means(
    model: LatentClasses,
    outcome: ArrayLike,
    *,
    included: ArrayLike | None = None,
    known_classes: bool = False,
) -> ClassMeans:
    """Compare an outcome, (m, n) of m imputations or (n,), NaN = missing, between the classes of a model.

    Employers are counted in their likeliest class; the weights of Bolck, Croon & Hagenaars, the inverse of the table of
    classification (`classification_table`), take out that this is not always theirs. Some of these weights are
    negative. The variance is that of totals under the design. It holds that the classes were estimated too, by
    linearisation, without which intervals of classes that look alike are too narrow; `known_classes` leaves that out,
    as Mplus and Latent GOLD do. `included` (n,) or (m, n) marks who counts. Imputations are pooled by Rubin's rules,
    the test as D1.

    Source: Bolck, Croon & Hagenaars (2004), Political Analysis 12, 3-27; Vermunt (2010), same journal 18, 450-469,
    modal assignment; error of the first step: Bakk, Oberski & Vermunt (2014), same journal 22, 520-540.
    """
    design, rows = model.answers.design, model.answers.rows.rows
    values = imputed(outcome, design, name="outcome")[:, rows]
    counted = ~np.isnan(values)
    if included is not None:
        counted = counted & np.atleast_2d(np.asarray(included, dtype=np.bool_))[:, rows]
    values = np.where(counted, values, 0.0)
    k = model.classes
    corrected = corrected_weights(model)  # (r, k)
    totals = counted @ corrected  # (m, k)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = values @ corrected / totals
        distance = np.where(counted[:, np.newaxis], values[:, np.newaxis] - means[:, :, np.newaxis], 0.0)
        scores = distance * corrected.T / totals[:, :, np.newaxis]
        if not known_classes:
            modal = np.eye(k)[model.modal[rows]] * model.answers.rows.weights[:, np.newaxis]
            scores = scores + influence_of_classes(model, (distance @ modal) / totals[:, :, np.newaxis])
    covariances = design.covariances_of_totals(scores, rows=rows, present=counted.T)
    df = float(design.degrees_of_freedom(counted.T, rows=rows).min()) + 1 - k
    deviation, ratio = _spread(values, counted, design.weights[rows], means, totals)
    return _compared(int(counted.sum(axis=1).min()), means, covariances, df, deviation, ratio)


def _compared(
    n: int, means: FloatArray, covariances: FloatArray, df: float, deviation: float, ratio: float
) -> ClassMeans:
    """Pool means (m, k) and their covariances (m, k, k), and compare them."""
    m, k = means.shape
    high, low = np.tril_indices(k, -1)
    of_pairs = np.eye(k)[high] - np.eye(k)[low]
    from_first = np.eye(k)[1:] - np.eye(k)[0]
    return ClassMeans(
        n=n,
        imputations=m,
        means=combine(means, np.diagonal(covariances, axis1=1, axis2=2), df=df),
        pairs=np.column_stack([high, low]).astype(np.int64),
        differences=combine(
            means @ of_pairs.T, np.einsum("qk,mkl,ql->mq", of_pairs, covariances, of_pairs), df=df
        ),
        test=combine_wald(means @ from_first.T, from_first @ covariances @ from_first.T, df=df),
        deviation=deviation,
        correlation_ratio=ratio,
    )


def _spread(
    values: FloatArray, counted: BoolArray, weights: FloatArray, means: FloatArray, totals: FloatArray
) -> tuple[float, float]:
    """Give the weighted SD of an outcome and that of the class means in it, means over m data sets."""
    weight = counted * weights
    total, n = weight.sum(axis=1), counted.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight * values).sum(axis=1) / total
        square = (weight * np.square(values - mean[:, np.newaxis])).sum(axis=1) / total * n / (n - 1)
        share = totals / totals.sum(axis=1, keepdims=True)
        between = (share * np.square(means - (share * means).sum(axis=1, keepdims=True))).sum(axis=1)
        deviation = np.sqrt(square)
        ratio = np.where(deviation > 0, np.sqrt(np.maximum(between, 0.0)) / deviation, np.nan)
    return float(deviation.mean()), float(ratio.mean())
