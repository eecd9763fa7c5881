"""The calibrated model: every equation of the truth with the moments and cut points of the reference draw."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from inspraak.randomness import stream
from inspraak.study.study import Study
from inspraak.survey.simulation import answering
from inspraak.survey.simulation.answering import Cutting
from inspraak.survey.simulation.equations import Answer, Equation, Term
from inspraak.survey.simulation.frame import Definition, definitions
from inspraak.survey.simulation.population import Strata, read_strata
from inspraak.survey.simulation.structure import (
    Fit,
    Numbers,
    Surroundings,
    calibrate,
    explained,
    moments,
    noises,
    trend,
)
from inspraak.survey.simulation.truth import Truth

REFERENCE = 0
"""Seed of the reference draw: the truth is the same whatever the seed of the survey."""
Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Model:
    """A study, its truth, its strata, and what the reference draw fixed of each equation.

    `equations` holds the equation of each fact, latent and item (method latents included), in the order of
    drawing; `tendency` the moments of the terms of response and gaps, by name.
    """

    study: Study
    truth: Truth
    strata: Strata
    definitions: dict[str, Definition]
    equations: dict[str, Equation]
    fits: dict[str, Fit] = field(default_factory=dict)
    cuts: dict[str, Cutting] = field(default_factory=dict)
    tendency: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)

    @property
    def burn_in(self) -> int:
        """Waves before the first that are drawn so that lagged terms have something to look back at."""
        return 2 * any(term.lag for equation in self.equations.values() for term in equation.terms)

    def direction(self, name: str) -> int:
        """Give -1 for a reversed item, else 1."""
        item = self.study.codebook.get(name)
        return -1 if item is not None and item.reversed else 1

    def stability(self, name: str) -> float:
        """Give the correlation of an equation's noise between successive waves."""
        own, default = self.equations[name].stability, self.truth.stability
        if own is not None:
            return own
        if name in self.truth.latents:
            return default.latents
        return default.facts if name in self.truth.facts else default.items

    def around(
        self, stratum: npt.NDArray[np.int64], state: dict[str, Values], before: dict[str, Values]
    ) -> Surroundings:
        """Bring together what an equation may look at."""
        return Surroundings(self.strata.groups(stratum), state, before, len(stratum))

    def liability(
        self, name: str, around: Surroundings, noise: Numbers, *, wave: str | None = None
    ) -> Numbers:
        """Give the left side of an equation: mean 0 and SD 1 in the reference draw, plus the wave's trend."""
        value = explained(self.equations[name], self.fits[name], around)
        if wave is not None:
            value = value + trend(self.equations[name], wave, around.groups, around.size)
        return self.direction(name) * value + self.fits[name].noise * noise

    def respond(
        self, name: str, liability: Numbers, around: Surroundings, generator: np.random.Generator
    ) -> Values:
        """Give the answers to an item, on the codebook's scale; latents are their own answer."""
        answer = self.truth.answers.get(name)
        if answer is None:
            return liability
        if name in self.definitions:
            return self._frame(name, answer, liability, around)
        if answer.number is not None:
            scale = self.study.scale_of(name)
            return answering.number(answer.number, scale, liability, around.state, generator)
        if answer.texts is not None:
            return answering.text(answer.texts, liability)
        if answer.points is not None:
            return answering.part(answer.points, liability)
        return self.cuts[name].answers(liability, around.groups) if name in self.cuts else liability

    def _frame(self, name: str, answer: Answer, liability: Numbers, around: Surroundings) -> Values:
        definition = self.definitions[name]
        categories = around.groups[definition.variable]
        if answer.number is not None:
            _, highest = answering.bounds(self.study.scale_of(name), answer.number)
            low, high = definition.bounds(categories, highest)
            values = answering.pareto(ndtr(liability), low, high, answer.number.spread)
            return np.clip(np.floor(values), low, high - 1)
        placed = answering.placed(definition, self.truth.options_of(answer), categories, liability)
        return placed if answer.texts is not None else placed.astype(np.float64)


def calibrated(study: Study, truth: Truth) -> Model:
    """Draw the reference population and fix every mean, variance and cut point.

    The reference employers fall in the strata in proportion to the population, with noise of a seed of its
    own. Raises `UserError` where slopes explain more variance than there is.
    """
    strata = read_strata(study)
    equations: dict[str, Equation] = {**truth.facts, **truth.latents}
    model = Model(study, truth, strata, definitions(study, strata), equations)
    model = replace(model, equations=equations | {name: _measured(model, name) for name in truth.items})
    size, key = truth.reference, (study.name, "reference")
    shares = strata.sizes / strata.sizes.sum()
    stratum = stream(REFERENCE, *key, "strata").choice(len(shares), size=size, p=shares)
    steps = model.burn_in + 1
    noise = {
        name: noises(REFERENCE, (*key, name), size=size, waves=steps, stability=model.stability(name))
        for name in equations
    }
    before: dict[str, Values] = {}
    state: dict[str, Values] = {}
    for _ in range(steps):
        before, state = state, {}
        for name in equations:
            _fix(model, name, model.around(stratum, state, before), state, next(noise[name]))
    for name in truth.items:
        _fix(
            model,
            name,
            model.around(stratum, state, before),
            state,
            stream(REFERENCE, *key, name).standard_normal(size),
        )
    around = model.around(stratum, state, before)
    for name, terms in _tendencies(truth).items():
        model.tendency[name] = moments(terms, around)
    return model


def _measured(model: Model, name: str) -> Equation:
    """Give the equation of an item with its loadings on method latents, in the construct's direction."""
    answer = model.truth.items[name]
    item = model.study.codebook[name]
    extra = tuple(
        Term(
            of=(method.latent,),
            slope=(answer.method if answer.method is not None else method.loading)
            * (1 if method.turned else model.direction(name)),
        )
        for method in model.truth.methods
        if item.scale in method.scales and answer.fill is None
    )
    return answer.model_copy(update={"terms": answer.terms + extra})


def _fix(model: Model, name: str, around: Surroundings, state: dict[str, Values], noise: Numbers) -> None:
    model.fits[name] = calibrate(name, model.equations[name], around)
    liability = model.liability(name, around, noise)
    answer = model.truth.answers.get(name)
    shares = model.truth.shares_of(answer) if answer is not None else None
    if answer is not None and shares is not None and name not in model.definitions:
        model.cuts[name] = answering.cutting(shares, answer, liability, around.groups)
    state[name] = model.respond(
        name, liability, around, stream(REFERENCE, model.study.name, "reference", name, "count")
    )


def _tendencies(truth: Truth) -> dict[str, tuple[Term, ...]]:
    gaps = {reason: getattr(truth.gaps, reason).terms for reason in GAPS}
    return {"selection": truth.sample.selection, **gaps}


GAPS = ("dont_know", "refused", "not_applicable", "no_answer")
"""Reasons of missing answers that employers give themselves."""
