"""Test of kind `typology`: are there types of employers, and do they differ in an outcome."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from inspraak.estimation.latent_class_errors import class_errors
from inspraak.estimation.latent_class_outcomes import ClassMeans, class_means
from inspraak.estimation.latent_classes import LatentClasses
from inspraak.hypotheses.class_models import ClassModels, class_models, more_than_one
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, numbers_of
from inspraak.hypotheses.result import NO_RESULT, NO_VARIANCE, TOO_FEW, Detail, Estimate
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Typology
from inspraak.study.parts import Part

MODEL = "latent_classes"
PERCENT = 100.0
EQUAL = 1e-12
"""An outcome whose SD is smaller does not vary."""


def test_typology(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give for each outcome whether its mean differs between latent classes of the items; classes and profiles beside.

    What decides is Wald's test that the means of all classes are equal, the error of classification taken out (BCH);
    its `std_estimate` is the correlation ratio, the SD of the class means in SD of the outcome, as of groups. Nothing
    is held constant. The difference of each pair of classes stands beside it, and the share of each class. Without an
    outcome the test that one class is enough decides, and `std_estimate` is the relative entropy. Classes come from
    the answers as given, outcomes from every imputation. Where one class fits best there is nothing to compare.
    """
    assert isinstance(part, Typology)
    outcomes, reason = part.outcomes or ("",), not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, outcome, "classes", reason=reason) for outcome in outcomes]
    found = class_models(data, part)
    rows: list[Estimate | Detail] = []
    if found.reason:
        rows += [
            Estimate(label, part.kind, outcome, "classes", MODEL, n=found.n, reason=found.reason)
            for outcome in outcomes
        ]
    else:
        rows += _shares(label, found.model)
        if not part.outcomes:
            rows.append(_are_there_types(data, label, part, found))
        compared = {outcome: _compared(data, part, found.model, outcome) for outcome in part.outcomes}
        for outcome, means in compared.items():
            rows += _of_outcome(data, label, outcome, found.model, means)
        rows += _profiles(label, part, found, compared)
    return [*rows, *_models(label, found)]


def _compared(data: WaveData, part: Typology, model: LatentClasses, outcome: str) -> ClassMeans | str:
    """Compare an outcome between the classes, or say why that cannot be done."""
    values = data.column(outcome)
    counted = data.domain(part.domain) & ~np.isnan(values)
    fewest = min(int((counted & (model.modal == place)).sum(axis=1).min()) for place in range(model.classes))
    if fewest < MINIMUM_OF_EACH or counted.sum(axis=1).min() < MINIMUM_N:
        return TOO_FEW
    means = class_means(model, values, included=counted)
    if not means.deviation > EQUAL:
        return NO_VARIANCE
    return NO_RESULT if np.isnan(means.test.p_value) else means


def _of_outcome(
    data: WaveData, label: str, outcome: str, model: LatentClasses, means: ClassMeans | str
) -> Iterator[Estimate]:
    shared: dict[str, Any] = {
        "part": label, "kind": "typology", "outcome": outcome, "model": MODEL, "n": model.n,
    }  # fmt: skip
    if isinstance(means, str):
        yield Estimate(**shared, term=f"{model.classes} classes", reason=means)
        return
    shared |= {"n": means.n}
    yield Estimate(
        **shared,
        term=f"{model.classes} classes",
        imputations=data.imputations if data.imputations > 1 else 0,
        statistic=means.test.statistic,
        df=means.test.df2,
        p_value=means.test.p_value,
        std_estimate=means.correlation_ratio,
    )
    standardised = means.differences.times(1 / means.deviation)
    numbers = numbers_of(means.differences, standardised, means.differences, data.unit_of(outcome))
    for (high, low), row in zip(means.pairs.tolist(), numbers):
        yield Estimate(**shared, term=f"class {high + 1} vs class {low + 1}", decides=False, **row)


def _are_there_types(data: WaveData, label: str, part: Typology, found: ClassModels) -> Estimate:
    """Test that one class is enough."""
    test = more_than_one(data, part, found)
    return Estimate(
        label, part.kind, "", f"{found.chosen} classes", MODEL,
        n=found.n, statistic=test.statistic, p_value=test.p_value, std_estimate=found.model.entropy,
    )  # fmt: skip


def _shares(label: str, model: LatentClasses) -> Iterator[Estimate]:
    """Give the share of each class, in percentage points."""
    errors = class_errors(model)
    for place, share in enumerate(model.shares):
        low, high = PERCENT * errors.share_low[place], PERCENT * errors.share_high[place]
        yield Estimate(
            label, "typology", "", f"class {place + 1}", MODEL, n=model.n, decides=False,
            estimate=float(share), std_error=float(errors.share_error[place]),
            ci_low=float(errors.share_low[place]), ci_high=float(errors.share_high[place]),
            natural_estimate=float(PERCENT * share), natural_ci_low=float(low), natural_ci_high=float(high),
            natural_unit="percentage points",
        )  # fmt: skip


def _models(label: str, found: ClassModels) -> Iterator[Detail]:
    """Give a row of the table `classes` for every model."""
    for model in found.models:
        test, chosen = found.tests.get(model.classes), model.classes == found.chosen
        yield Detail(
            label,
            "classes",
            {
                "classes": model.classes, "n": model.n, "effective_n": model.effective_n,
                "log_likelihood": model.log_likelihood, "parameters": model.parameters,
                "df": model.degrees_of_freedom, "bic": model.bic, "adjusted_bic": model.adjusted_bic,
                "entropy": model.entropy, "smallest_class": float(model.shares.min()),
                "smallest_n": int(model.counts.min()),
                "largest_residual": float(np.nanmax(model.bivariate_residuals)),
                "starts": model.starts, "carried": model.carried, "found": model.found,
                "p_bootstrap": np.nan if test is None else test.p_value,
                "samples": 0 if test is None else test.drawn.size,
                "stability": found.stability if chosen else np.nan, "chosen": chosen,
            },
        )  # fmt: skip


def _profiles(
    label: str, part: Typology, found: ClassModels, compared: dict[str, ClassMeans | str]
) -> Iterator[Detail]:
    """Give a row of `class_profiles` for every class and answer, and for every class and outcome."""
    model, errors = found.model, class_errors(found.model)
    first = model.answers.rows.patterns.first
    for place in range(model.classes):
        about = {"class": place + 1, "n": int(model.counts[place]), "share": float(model.shares[place])}
        for item, names, start in zip(part.items, found.labels, first):
            for offset, name in enumerate(names):
                at = (place, int(start) + offset)
                numbers = {
                    "probability": float(model.probabilities[at]), "mean": np.nan,
                    "ci_low": float(errors.probability_low[at]), "ci_high": float(errors.probability_high[at]),
                }  # fmt: skip
                row = {"role": "item", "measure": item, "category": name, "imputations": 0}
                yield Detail(label, "class_profiles", about | row | numbers)
        for outcome, means in compared.items():
            if isinstance(means, str):
                continue
            low, high = means.means.intervals()
            numbers = {
                "probability": np.nan, "mean": float(means.means.estimate[place]),
                "ci_low": float(low[place]), "ci_high": float(high[place]),
            }  # fmt: skip
            imputations = means.imputations if means.imputations > 1 else 0
            row = {"role": "outcome", "measure": outcome, "category": "", "imputations": imputations}
            yield Detail(label, "class_profiles", about | row | numbers)
