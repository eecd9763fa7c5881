"""Latent class models of a wave: items as categories, models of one class after another, and which is chosen."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.latent_class_bootstrap import ClassLikelihoodRatio, compare_class_numbers
from inspraak.estimation.latent_class_stability import class_stability
from inspraak.estimation.latent_classes import ClassAnswers, LatentClasses, class_answers, fit_classes
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, MINIMUM_PER_TERM
from inspraak.hypotheses.result import NO_VARIANCE, ONE_CLASS, TOO_FEW
from inspraak.study.columns import as_typed, column_of
from inspraak.study.kinds import Typology

SMALLEST_SHARE = 0.05
"""A class of fewer is not chosen: it is rarely found again."""
DRAWS_PER_SAMPLE, FEWEST_SAMPLES = 250, 19
"""A sample of a bootstrap is a model fitted many times: one for every 250 draws of other tests, 19 at least."""


@dataclass(frozen=True, eq=False)
class ClassModels:
    """Models of one class and more of the items of a claim; `chosen` is the number of classes, `reason` why not.

    `tests` compare the chosen model with one class fewer, and one class more with the chosen one, by the number of
    classes of the larger. `labels` (j lists) name the answers of each item that occur.
    """

    models: tuple[LatentClasses, ...]
    labels: tuple[tuple[str, ...], ...]
    chosen: int
    tests: dict[int, ClassLikelihoodRatio]
    stability: float
    n: int
    reason: str

    @property
    def model(self) -> LatentClasses:
        """The model that is chosen."""
        return self.models[self.chosen - 1]


def class_models(data: WaveData, part: Typology) -> ClassModels:
    """Fit models of one to `part.classes` classes to the items as they were answered, and choose one.

    Answers are not imputed: the likelihood leaves out what is missing, which is right where answers are missing at
    random, and an imputation without classes in its model would blur them. Who is in the domain of the claim in every
    imputation counts. BIC chooses among models that are identified and whose smallest class has 5 % of the employers
    and 10 of them. There is none with fewer than 30 employers or 5 for each probability of a class, or where an item
    has one answer.
    """
    included = data.domain(part.domain).all(axis=0)
    columns, labels = zip(*(_as_categories(data, name) for name in part.items))
    answers = class_answers(np.column_stack(columns), data.test_design, included=included)
    reason = _unfit(answers)
    if reason:
        return ClassModels((), (), 0, {}, np.nan, answers.rows.n, reason)
    occurring = tuple(
        tuple(names[int(code)] for code in values) for names, values in zip(labels, answers.values)
    )
    models = tuple(
        fit_classes(answers, classes, data.stream(part, "classes", str(classes)))
        for classes in range(1, part.classes + 1)
        if classes == 1 or answers.parameters(classes) < min(answers.cells, answers.rows.n)
    )
    chosen = min((model for model in models if _large_enough(model)), key=lambda model: model.bic).classes
    tests, stability = _checked(data, part, models, chosen)
    reason = ONE_CLASS if chosen == 1 else ""
    return ClassModels(models, occurring, chosen, tests, stability, answers.rows.n, reason)


def samples_of(data: WaveData) -> int:
    """Count the samples of a bootstrap."""
    return max(data.repetitions.draws // DRAWS_PER_SAMPLE - 1, FEWEST_SAMPLES)


def more_than_one(data: WaveData, part: Typology, found: ClassModels) -> ClassLikelihoodRatio:
    """Test whether two classes fit better than one by more than chance."""
    if 2 in found.tests:
        return found.tests[2]
    one, two = found.models[:2]
    return compare_class_numbers(one, two, data.stream(part, "bootstrap", "2"), draws=samples_of(data))


def _as_categories(data: WaveData, name: str) -> tuple[FloatArray, list[str]]:
    """Give the answers as given, in the order of their scale: (n,) numbers of `labels`, NaN where missing."""
    given = data.responses[name]
    column = column_of(data.study, name)
    declared = list(column.values or ()) if column is not None else []
    if name in data.study.codebook and data.study.scale_of(name).ordered:
        counts = data.study.scale_of(name).code_values
        declared = [as_typed(code) for code in sorted(counts, key=lambda code: counts[code])]
    written = [None if pd.isna(value) else as_typed(value) for value in given.tolist()]
    labels = declared or sorted({value for value in written if value is not None})
    place = {label: float(number) for number, label in enumerate(labels)}
    return np.array([np.nan if value is None else place.get(value, np.nan) for value in written]), labels


def _unfit(answers: ClassAnswers) -> str:
    """Say why no model can be fitted, "" where one can."""
    if (answers.sizes < 2).any():
        return NO_VARIANCE if answers.rows.n else TOO_FEW
    enough = max(MINIMUM_N, MINIMUM_PER_TERM * answers.parameters(1))
    return TOO_FEW if answers.rows.n < enough else ""


def _large_enough(model: LatentClasses) -> bool:
    if model.classes == 1:
        return True
    return bool(
        model.converged and model.shares.min() >= SMALLEST_SHARE and model.counts.min() >= MINIMUM_OF_EACH
    )


def _checked(
    data: WaveData, part: Typology, models: tuple[LatentClasses, ...], chosen: int
) -> tuple[dict[int, ClassLikelihoodRatio], float]:
    """Test the chosen model against its neighbours, and how stable its classes are."""
    draws = samples_of(data)
    tests = {
        larger: compare_class_numbers(
            models[larger - 2], models[larger - 1], data.stream(part, "bootstrap", str(larger)), draws=draws
        )
        for larger in (chosen, chosen + 1)
        if 2 <= larger <= len(models)
    }
    if chosen == 1:
        return tests, np.nan
    stable = class_stability(models[chosen - 1], data.stream(part, "stability"), draws=draws)
    return tests, stable.mean
