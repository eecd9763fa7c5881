"""The scenarios of the truth table: the declared truth of a study with some paths changed, and what then holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from inspraak.study.declarations import Declared, Names, parse, read_yaml
from inspraak.study.study import Study, load_study
from inspraak.survey.simulation.equations import Equation, Term
from inspraak.survey.simulation.simulate import load_truth
from inspraak.survey.simulation.truth import Truth

FILE = Path(__file__).parent / "truths.yaml"
STUDIES = FILE.parents[1] / "studies"
Holds = Literal["true", "nil", "additive", "partly"]
"""As in truth.yaml: only a claim that is true may be supported; of one that is additive the contrary is true."""
Left = TypeVar("Left", bound=Equation)


class Scenario(Declared):
    """What one scenario changes, and what then holds of the confirmatory claims."""

    title: str
    """What it is called in the table."""
    tells: str
    """What is true in it, in a sentence."""
    unrelated: bool = False
    """Whether every term of a practice is taken out of the equations of outcomes."""
    method: float | None = None
    """Loading of rated answers on the tone of the respondent, 0 for none; by default as declared."""
    joined: dict[str, Literal["sum", "nil"]] = Field(default_factory=dict)
    """Equations whose products and weakest links of practices become their sum, or nothing."""
    holds: dict[str, Holds] = Field(default_factory=dict)
    """What then holds of a claim, where that is not as declared."""
    otherwise: Holds | None = None
    """What holds of all other claims; by default as declared."""
    asked: bool = True
    """Whether bounds are asked of its rates; others are told beside them."""


class Truths(Declared):
    """Everything that truths.yaml declares."""

    study: str
    """The simulated study whose truth is changed."""
    wave: str
    """The wave that is drawn."""
    practices: Names
    """Latents and items that claims hold for a cause."""
    outcomes: Names
    """Latents and items that claims hold for a consequence."""
    scenarios: dict[str, Scenario]
    """By name."""


@dataclass(frozen=True, eq=False)
class World:
    """One scenario at work: the study with one wave and its confirmatory claims, the truth, and what holds of each."""

    name: str
    scenario: Scenario
    study: Study
    wave: str
    truth: Truth
    holds: Mapping[str, Holds]


@cache
def declared_truths() -> Truths:
    """Read truths.yaml; raises `UserError` with every problem."""
    document = read_yaml(FILE)
    return parse(Truths, document, document.data)


@cache
def world(name: str) -> World:
    """Give a scenario by its name: its truth draws one wave of clean files, 493 employers in the default study.

    Raises ValueError where a name in truths.yaml is no equation, and where a claim has no truth that can hold or fail.
    """
    declared = declared_truths()
    scenario = declared.scenarios[name]
    study = load_study(STUDIES / declared.study)
    truth = changed(load_truth(study), declared, scenario)
    claims = {key: claim for key, claim in study.claims.items() if claim.family == "confirmatory"}
    survey = study.survey.model_copy(update={"waves": {declared.wave: study.waves[declared.wave]}})
    return World(
        name,
        scenario,
        replace(study, survey=survey, claims=claims),
        declared.wave,
        truth,
        {key: _holds(key, truth, scenario) for key in claims},
    )


def changed(truth: Truth, declared: Truths, scenario: Scenario) -> Truth:
    """Give the truth of a scenario; the share of variance that a term explained goes to the noise of its equation."""
    known = {*truth.facts, *truth.latents, *truth.items}
    unknown = {*declared.practices, *declared.outcomes, *scenario.joined} - known
    if unknown:
        raise ValueError(
            f"truths.yaml names what truth.yaml has no equation of: {', '.join(sorted(unknown))}"
        )

    def of(equations: Mapping[str, Left]) -> dict[str, Left]:
        return {name: _changed(name, equation, declared, scenario) for name, equation in equations.items()}

    loading = {} if scenario.method is None else {"loading": scenario.method}
    methods = tuple(method.model_copy(update=loading) for method in truth.methods)
    update = {"latents": of(truth.latents), "items": of(truth.items), "methods": methods, "mess": {}}
    return truth.model_copy(update=update)


def _changed(name: str, equation: Left, declared: Truths, scenario: Scenario) -> Left:
    terms = equation.terms
    if scenario.unrelated and name in declared.outcomes:
        terms = tuple(term for term in terms if not set(term.of) & set(declared.practices))
    joined = scenario.joined.get(name)
    if joined is not None:
        terms = tuple(_joined(term, joined) for term in terms if joined == "sum" or term.form is None)
    return equation.model_copy(update={"terms": terms})


def _joined(term: Term, form: str) -> Term:
    return term if term.form is None else term.model_copy(update={"form": form})


def _holds(claim: str, truth: Truth, scenario: Scenario) -> Holds:
    declared = truth.claims[claim].holds
    found = scenario.holds.get(claim, scenario.otherwise or ("true" if declared is True else declared))
    if found not in ("true", "nil", "additive", "partly"):
        raise ValueError(f"truth.yaml says of {claim} '{found}': neither true nor false")
    return found
