"""Fit the measurement models of one wave: the structure that each declares, and its rivals."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.ordinal_factor_analysis import OrdinalFit, fit_ordinal_model
from inspraak.estimation.ordinal_factor_samples import OrdinalSamples, ordinal_samples
from inspraak.measurement.model_items import ModelItems, gather_items, model_design, structured_model
from inspraak.measurement.sparse_categories import join_sparse
from inspraak.randomness import stream
from inspraak.study.factor_models import MeasurementModel, Structure
from inspraak.study.study import Study

FEWEST = 5
"""Answers that a category keeps at least where rare ones leave no polychoric correlation."""
STARTS = 4
"""Drawn starts of a search by maximum likelihood, beside the one from the answers."""
Solution = FactorFit | OrdinalFit


@dataclass(frozen=True, eq=False)
class ModelFits:
    """A measurement model fitted to the answers of one wave.

    `solutions` are by structure, the declared one first; none where no factor of two items is left. `joined` are the
    categories of ordered answers that were too rare, by item: the higher and the lower code of each pair joined.
    """

    model: MeasurementModel
    items: ModelItems
    solutions: Mapping[Structure, Solution]
    joined: Mapping[str, tuple[tuple[float, float], ...]]

    @property
    def declared(self) -> Solution | None:
        """The solution of the structure that the study declares."""
        return self.solutions.get(self.model.structure)

    @property
    def note(self) -> str:
        """What was left out and joined, in words; "" where all is used as declared."""
        left = [
            f"{reason}, {name}" if ":" in reason else f"{reason}: {name}"
            for name, reason in self.items.left_out.items()
        ]
        joined = [
            f"categories joined: {item} ({', '.join(f'{high:g} with {low:g}' for high, low in pairs)})"
            for item, pairs in self.joined.items()
        ]
        return "; ".join([*left, *joined])


def fit_models(study: Study, wave: str, responses: pd.DataFrame, *, seed: int) -> list[ModelFits]:
    """Fit every measurement model that is declared for a wave, and its rivals, to the answers of n employers.

    Ordered answers (WLSMV) lose rare categories only where these leave no polychoric correlation. Maximum likelihood is
    also searched from drawn starts, and the best solution counts; the drawn starts depend on `seed` and names alone.
    """
    models = [model for model in study.models.values() if wave in model.waves]
    return [fit_structures(study, wave, model, responses, seed=seed) for model in models]


def fit_structures(
    study: Study, wave: str, model: MeasurementModel, responses: pd.DataFrame, *, seed: int
) -> ModelFits:
    """Fit one measurement model, and its rivals, as `fit_models` does."""
    items = gather_items(study, model, responses, study.factors_of(model, wave))
    structures: tuple[Structure, ...] = (model.structure, *model.rivals) if items.factors else ()
    if not structures:
        return ModelFits(model, items, {}, {})
    if model.estimator == "WLSMV":
        samples, joined = ordered_samples(items)
        return ModelFits(
            model, items, {name: fit_ordered(items, samples, name) for name in structures}, joined
        )
    solutions: dict[Structure, Solution] = {}
    for name in structures:
        solutions[name] = fit_factor_model(
            items.values,
            structured_model(items, name),
            estimator=model.estimator,
            design=model_design(model, responses),
            missing="listwise" if model.missing == "listwise" else "fiml",
            random_starts=STARTS,
            generator=stream(seed, "factor_starts", wave, model.name, name),
        )
    return ModelFits(model, items, solutions, {})


def ordered_samples(items: ModelItems) -> tuple[OrdinalSamples, dict[str, tuple[tuple[float, float], ...]]]:
    """Give the polychoric correlations of the items, with rare categories joined where they leave none; and which."""
    samples = ordinal_samples(items.values)
    if samples.groups[0].fault != "redundant items":
        return samples, {}
    values, pairs = join_sparse(items.values, fewest=FEWEST)
    joined = ordinal_samples(values)
    if joined.groups[0].fault is not None:
        return samples, {}
    return joined, {item: found for item, found in zip(items.items, pairs) if found}


def fit_ordered(items: ModelItems, samples: OrdinalSamples, structure: Structure) -> OrdinalFit:
    """Fit a structure of the items to their thresholds and polychoric correlations."""
    categories = [max(len(chosen), 2) for chosen in samples.groups[0].categories]
    return fit_ordinal_model(samples, structured_model(items, structure, categories=categories))
