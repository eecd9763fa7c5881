"""The small version of the truth table, what its scenarios are made of, and controls that must fail."""

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from calibration import forms
from calibration.surveys import survey
from calibration.truths import World, changed, declared_truths, world
from calibration.verdict_table import table
from calibration.verdicts import Found, Rates, Replication, count, replicate, run

from inspraak.study.conditions import Condition
from inspraak.survey.simulation.population import read_strata

from .survey.complete_survey import effects, large_of, scored, slopes, standardised

SIZE = 5_000
MARGIN = 4.5 / np.sqrt(SIZE)
"""Slopes of standardised columns have a standard error of no more than this over 4.5."""
SURVEYS = 12
CHEAP = ("H1", "H7", "H12")
SLOPED = tuple(name for name in world("true").study.claims if name != "H10")
"""H10 is of a form and not of slopes."""


@cache
def frame(name: str) -> pd.DataFrame:
    here = world(name)
    model, drawn = large_of(here.study, here.truth, SIZE)
    return scored(model, here.wave, drawn[here.wave])


def effects_of(name: str, claim: str) -> list[float]:
    """Give the effects of the necessary parts of a claim in a large survey, positive as claimed."""
    parts = [
        part
        for part in world(name).study.claims[claim].parts.values()
        if part.necessary and part.kind != "within_employer"
    ]
    return [
        effect * (-1 if part.sign == "-" else 1) for part in parts for effect in effects(part, frame(name))
    ]


def rows_of(name: str, claim: str) -> float:
    """Give the share of employers that the smallest domain of a claim holds."""
    domains: list[Condition] = [
        part.domain for part in world(name).study.claims[claim].parts.values() if part.domain is not None
    ]
    columns = frame(name)
    return min(
        (float(one.holds({key: columns[key] for key in one.names}).mean()) for one in domains), default=1.0
    )


@pytest.mark.parametrize("claim", SLOPED)
def test_where_nothing_is_true_a_large_survey_finds_nothing(claim: str) -> None:
    assert world("null").holds[claim] == "nil"
    assert np.abs(effects_of("null", claim)).max() < MARGIN / np.sqrt(rows_of("null", claim))


@pytest.mark.parametrize("claim", SLOPED)
def test_where_the_declared_truth_holds_a_large_survey_finds_it(claim: str) -> None:
    found = effects_of("true", claim)
    holds = world("true").holds[claim]
    assert holds in ("true", "partly")
    if holds == "true":
        assert min(found) > 0.02
    else:  # some of what the claim needs is there, and some is not
        assert max(found) > MARGIN
        assert min(np.abs(found)) < 0.02


def test_products_are_nil_where_forms_add_up_and_slopes_are_not() -> None:
    for claim, holds in world("additive").holds.items():
        if claim in ("H6", "H9"):
            assert holds == "nil"
            assert np.abs(effects_of("additive", claim)).max() < MARGIN
    assert min(effects_of("additive", "H1") + effects_of("additive", "H12")) > 0.1
    assert max(np.abs(effects_of("true", "H6")).max(), np.abs(effects_of("true", "H9")).max()) > MARGIN


def explained(name: str) -> dict[str, float]:
    """Give the share of innovative behaviour that the sum and the weakest of the conditions explain."""
    conditions = frame(name)[["KUNNEN", "WILLEN", "MOGEN"]]
    columns = {"sum": conditions.mean(axis=1), "weakest": conditions.min(axis=1)}
    return {
        form: slopes(frame(name), "IWG", [standardised(values)])[0] ** 2 for form, values in columns.items()
    }


def test_able_willing_and_allowed_add_up_and_explain_as_much_or_nothing() -> None:
    truth, additive, nothing = explained("true"), explained("additive"), explained("null")
    assert truth["weakest"] > truth["sum"] + 0.01
    assert additive["sum"] > additive["weakest"] + 0.01
    assert additive["sum"] == pytest.approx(truth["weakest"], abs=0.06)
    assert max(nothing.values()) < MARGIN**2


def test_method_variance_joins_rated_answers_alone() -> None:
    """Shares of employees and facts lean with nobody's tone; half of what is rated on both sides does."""
    (performance, quality, relations) = effects_of("method_large", "H12")
    assert min(performance, relations) > MARGIN
    assert np.abs(effects_of("method_large", "H1")).max() < MARGIN
    assert quality < min(performance, relations)
    # the marker questions lean as all rated ones do
    assert np.corrcoef(frame("method_large")["m_mark1"], frame("method_large")["e_eer1"])[0, 1] > MARGIN
    assert abs(np.corrcoef(frame("null")["m_mark1"], frame("null")["e_eer1"])[0, 1]) < MARGIN


def test_a_scenario_of_an_unknown_equation_is_refused() -> None:
    declared = declared_truths()
    wrong = declared.model_copy(update={"practices": (*declared.practices, "talent")})
    with pytest.raises(ValueError, match="no equation of: talent"):
        changed(world("true").truth, wrong, declared.scenarios["null"])


@cache
def few(name: str, *claims: str) -> World:
    here = world(name)
    return replace(here, study=replace(here.study, claims={key: here.study.claims[key] for key in claims}))


def told(monkeypatch: pytest.MonkeyPatch, name: str, surveys: int) -> list[Replication]:
    """Judge the cheap claims alone."""
    monkeypatch.setattr("calibration.verdicts.world", lambda name: few(name, *CHEAP))
    return [replicate((name, number)) for number in range(surveys)]


def test_few_false_claims_are_supported_and_planted_ones_found(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = count("null", told(monkeypatch, "null", SURVEYS))
    for rates in nothing.rates:
        assert rates.holds == "nil"
        assert rates.words.total() == SURVEYS
        assert rates.missed == (), rates
        assert rates.words["not testable"] == 0
    planted = told(monkeypatch, "true", 4)
    for rates in count("true", planted).rates:
        assert rates.words["supported"] >= 3, rates
        assert rates.missed == ()
    # the same surveys under the name of a scenario in which nothing is true: found out
    for rates in count("null", planted).rates:
        assert rates.missed == ("supported",)
    assert min(value for key, value in count("true", planted).effects.items() if key[0] != "H2") > 0.1


def test_a_replication_depends_on_its_names_alone() -> None:
    """Not on what was drawn before it in the same process, nor on how many processes share the work."""
    alone = [replicate(("null", number)) for number in (1, 0)]
    (found,) = run(["null"], 2, 2)
    assert found == count("null", alone[::-1])
    assert alone[0].effects != alone[1].effects


def test_a_survey_is_that_of_the_study() -> None:
    data = survey(world("null"), 5)
    assert data.n == 493
    assert data.imputations == 5
    assert data.design.n == 493
    assert data.responses["stratum"].nunique() == 20
    assert data.responses["weight"].sum() == pytest.approx(read_strata(world("null").study).sizes.sum())
    assert 0.01 < data.responses["h_bev"].isna().mean() < 0.2
    not_applicable = (data.reasons["h_bev"] == "not_applicable").to_numpy()
    assert (np.isnan(data.column("BEVL")) == not_applicable).all()  # the other gaps are filled in
    assert 0 < not_applicable.sum() < data.responses["h_bev"].isna().sum()


def rates_of(holds: str, **words: int) -> Rates:
    counts = Counter({word.replace("_", " "): n for word, n in words.items()})
    return Rates("H1", "joint", holds, counts.total(), counts, counts["supported"])  # type: ignore[arg-type]


def test_a_bound_is_missed_where_the_whole_interval_lies_above_it() -> None:
    assert rates_of("nil", supported=16, inconclusive=184).missed == ()  # 4.6 % to 12.7 %
    assert rates_of("nil", supported=18, inconclusive=182).missed == ("supported",)  # 5.4 % to 13.9 %
    assert rates_of("true", supported=200).missed == ()
    assert rates_of("true", contradicted=18, supported=182).missed == ("contradicted",)
    assert rates_of("additive", contradicted=200).missed == ()
    assert rates_of("partly", supported=18, inconclusive=182).missed == ("supported",)


def test_the_table_names_what_is_missed() -> None:
    wrong = rates_of("nil", supported=40, contradicted=20, inconclusive=140)
    untried = rates_of("nil", not_testable=200)
    found = Found(
        "null",
        (wrong, untried),
        {("H1", "", "BEVL"): 0.2},
        {"H10": Counter({"additive": 50, "product": 150})},
    )
    text = table(
        [found, replace(found, name="method_large")],
        [forms.Named("product", 200, Counter(product=90), 0)],
        200,
    )
    assert "| H1 | joint | nil | 20.0% | 14.7% to 26.2% | 20.0% | 10.0% | 0.0% | 70.0% | 0.0% |" in text
    assert "supported too often and contradicted too often |" in text
    assert "| not tried |" in text
    assert "| not asked |" in text
    assert "| H1 |  | BEVL | +0.200 | +0.200 |" in text
    assert "| H10 | `null` | 25.0% |" in text
    assert "named too seldom" in text


def test_the_contest_names_most_true_forms() -> None:
    """Thirty samples of each true form; the sum is named less often than the weakest of them."""
    for form in ("additive", "weakest_link"):
        names, supported = zip(*(forms.replicate((form, number)) for number in range(30)))
        one = forms.Named(form, 30, Counter(names), sum(supported))
        assert one.missed == (), one
        assert one.named.most_common(1)[0][0] == form
    wrong = forms.Named("additive", 200, Counter(additive=140, product=60), 18)
    assert wrong.missed == ("supported",)
