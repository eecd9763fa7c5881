"""The simulated survey obeys its declared truth: marginals, slopes, panel, routing, gaps."""

import numpy as np
import pandas as pd
import pytest

from inspraak.survey.simulation.drawing import draw
from inspraak.survey.simulation.equations import Term
from inspraak.survey.simulation.gaps import fill_in, rate
from inspraak.survey.simulation.model import GAPS, calibrated
from inspraak.survey.simulation.simulate import load_truth

from .complete_survey import large, study_of

SIZE = 20_000
STUDIES = ("small", "werkgevers")
MOST_ERRORS = 4.5
"""Standard errors that an estimate may lie from the truth: missed once in 150,000 times."""


@pytest.mark.parametrize("name", STUDIES)
def test_the_shares_of_codes_are_those_declared(name: str) -> None:
    model, drawn = large(name, SIZE)
    wave = next(iter(drawn))
    settled = {*model.truth.exclusive, *model.truth.first_choice, *model.definitions}
    checked = 0
    for item, answer in model.truth.answers.items():
        shares = model.truth.shares_of(answer)
        if shares is None or item in settled or answer.shares_by:
            continue
        values = drawn[wave].answers[item]
        checked += 1
        for code, share in shares.items():
            error = np.sqrt(share * (1 - share) * (1 / len(values) + 1 / model.truth.reference))
            assert np.mean(values == code) == pytest.approx(share, abs=MOST_ERRORS * error), (item, code)
    assert checked > 15


def test_shares_by_category_hold_in_the_category() -> None:
    model, drawn = large("werkgevers", SIZE)
    first = next(iter(drawn.values()))
    groups = model.strata.groups(first.stratum)
    for item in ("a_or", "a_publiek"):
        ((variable, by),) = model.truth.answers[item].shares_by.items()
        for category, shares in by.items():
            values = first.answers[item][groups[variable] == category]
            for code, share in shares.items():
                error = np.sqrt(share * (1 - share) / len(values)) * np.sqrt(2)
                assert np.mean(values == code) == pytest.approx(share, abs=MOST_ERRORS * error + 1e-3)


@pytest.mark.parametrize("name", STUDIES)
def test_latents_have_mean_zero_and_variance_one_in_the_first_wave(name: str) -> None:
    _, drawn = large(name, SIZE)
    for latent, values in next(iter(drawn.values())).latents.items():
        # The outcomes with products have heavier tails than the normal: a wider margin for the variance.
        assert np.mean(values) == pytest.approx(0, abs=0.05), latent
        assert np.std(values) == pytest.approx(1, abs=0.05), latent


def _column(term: Term, state: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> np.ndarray:
    parts = [(before if term.lag else state)[name] for name in term.of]
    if term.form == "product":
        return np.asarray(parts[0] * parts[1])
    if term.form == "min":
        return np.asarray(np.minimum.reduce(parts))
    if term.equals is not None:
        return np.isin(parts[0], term.equals).astype(float)
    return np.log(parts[0]) if term.log else np.asarray(parts[0])


@pytest.mark.parametrize("name", STUDIES)
def test_declared_slopes_are_recovered(name: str) -> None:
    """Regress each latent on its terms among employers that were there in the wave before too."""
    model, drawn = large(name, SIZE)
    (_, former), (_, latter) = list(drawn.items())[:2]
    both, now, then = np.intersect1d(latter.employer, former.employer, return_indices=True)
    state = {key: values[now] for key, values in {**latter.latents, **latter.answers}.items()}
    before = {key: values[then] for key, values in former.latents.items()}
    first = {**former.latents, **former.answers}
    groups = {key: values[now] for key, values in model.strata.groups(latter.stratum).items()}
    checked = 0
    for latent, equation in model.truth.latents.items():
        columns, declared = [], []
        for term in equation.terms:
            # In SD of the first wave, which has no trend.
            spread = 1.0 if term.equals is not None else np.std(_column(term, first, former.latents))
            values = _column(term, state, before) / spread
            categories = dict(next(iter(term.by.values()), {}))
            variable = next(iter(term.by), "")
            others = ~np.isin(groups[variable], list(categories)) if variable else np.ones(len(both), bool)
            for rows, slope in [(others, term.slope)] + [
                (groups[variable] == category, slope) for category, slope in categories.items()
            ]:
                if rows.any():
                    columns.append(values * rows)
                    declared.append(slope)
        if not columns:
            continue
        dummies = [np.ones(len(both))] + [
            (values == category).astype(float)
            for values in groups.values()
            for category in np.unique(values)[1:]
        ]
        matrix = np.column_stack(columns + dummies)
        estimate, *_ = np.linalg.lstsq(matrix, state[latent], rcond=None)
        left = state[latent] - matrix @ estimate
        spread = np.linalg.inv(matrix.T @ matrix).diagonal() * (left @ left) / (len(both) - matrix.shape[1])
        for slope, found, error in zip(declared, estimate, np.sqrt(spread)):
            # 0.02: the reference draw has its own Monte Carlo error.
            assert found == pytest.approx(slope, abs=MOST_ERRORS * error + 0.02 * abs(slope)), latent
            checked += 1
    assert checked > 15


def test_noise_is_as_stable_as_declared() -> None:
    model, drawn = large("small", SIZE)
    former, latter = drawn.values()
    _, then, now = np.intersect1d(former.employer, latter.employer, return_indices=True)
    found = np.corrcoef(former.latents["tone"][then], latter.latents["tone"][now])[0, 1]
    assert found == pytest.approx(model.truth.stability.latents, abs=0.04)
    assert (former.answers["a_sbi"][then] == latter.answers["a_sbi"][now]).all()


def test_a_third_of_the_analysable_employers_returns() -> None:
    study = study_of("werkgevers")
    truth = load_truth(study)
    drawn = draw(calibrated(study, truth), seed=1)
    for (former, before), (_, after) in zip(list(drawn.items())[:-1], list(drawn.items())[1:]):
        assert np.sum(before.role == "") == truth.sample.employers[former]
        back = np.intersect1d(before.employer, after.employer)
        assert len(back) == round(truth.sample.employers[former] / 3)
        assert np.isin(back, before.employer[before.role == ""]).all()
        assert len(np.unique(after.employer)) == len(after.employer)


def test_who_answers_is_likelier_where_selection_says_so() -> None:
    study = study_of("small")
    truth = load_truth(study)
    sample = truth.sample.model_copy(
        update={"selection": (Term(of=("influence",), slope=1.0),), "employers": {"2020": 200, "2024": 6000}}
    )
    model = calibrated(study, truth.model_copy(update={"sample": sample}))
    plain = calibrated(
        study,
        truth.model_copy(update={"sample": sample.model_copy(update={"selection": ()})}),
    )
    with_selection, without = (np.mean(draw(m, seed=2)["2024"].latents["influence"]) for m in (model, plain))
    assert with_selection - without > 0.4


def test_routing_is_respected() -> None:
    model, drawn = large("werkgevers", SIZE)
    wave = "2022"
    reasons = fill_in(model, wave, drawn[wave], seed=3).reasons
    answers = drawn[wave].answers
    known = {name: reasons[name] == "" for name in ("b_orgver", "b_techorg", "c_sijaren", "k_succ_geen")}
    changed = (known["b_orgver"] & (answers["b_orgver"] == 1)) | (
        known["b_techorg"] & (answers["b_techorg"] >= 1)
    )
    for name in ("d_ontw", "d_impl", "d_lg", "d_init"):
        reached = reasons[name] != "break_off"
        assert ((reasons[name] == "not_asked") == ~changed)[reached].all()
        assert not np.any(changed & (reasons[name] == "not_asked"))
    years = known["c_sijaren"] & (answers["c_sijaren"] > 0)
    reached = reasons["k_succ_top"] != "break_off"
    helped = years & known["k_succ_geen"] & (answers["k_succ_geen"] == 0)
    assert ((reasons["k_succ_top"] == "not_asked") == ~helped)[reached].all()
    assert 0.2 < np.mean(reasons["d_ontw"] == "not_asked") < 0.6
    assert not any((reasons[name] == "not_asked").any() for name in ("b_orgver", "d_inv1", "h_bev"))


def test_gaps_occur_as_often_as_declared() -> None:
    model, drawn = large("werkgevers", SIZE)
    wave = "2022"
    reasons = fill_in(model, wave, drawn[wave], seed=3).reasons
    gaps = {reason: getattr(model.truth.gaps, reason) for reason in GAPS}
    for name in ("i_omz", "f_waarde", "i_prod", "e_eer1", "a_nwerk", "i_verz"):
        # What does not come before breaking off, and then what another reason does not take.
        left = np.mean(reasons[name] != "break_off")
        for reason, gap in gaps.items():
            share = rate(gap, model, wave, name, reason) * left
            error = np.sqrt(share * (1 - share) / SIZE)
            tolerance = MOST_ERRORS * error + 0.06 * share
            assert np.mean(reasons[name] == reason) == pytest.approx(share, abs=tolerance), (name, reason)
            left -= share
    assert np.mean(reasons["k_cult_regels"] == "break_off") == pytest.approx(0.035, abs=0.005)
    assert not any((reasons[name] != "").any() for name in ("a_nwerk", "m_aand", "resp_id"))


def test_points_add_up_and_answers_that_exclude_each_other_do() -> None:
    model, drawn = large("werkgevers", SIZE)
    answers = drawn["2022"].answers
    for allocation in model.truth.allocations:
        parts = np.column_stack([answers[name] for name in allocation.items])
        assert (parts.sum(axis=1) == allocation.total).all()
        assert (parts % allocation.step == 0).all()
        assert parts.min() >= 0
    for name, others in model.truth.exclusive.items():
        none = np.all([answers[other] == 0 for other in others], axis=0)
        assert (answers[name] == none).all()
    for name, options in model.truth.first_choice.items():
        chosen = pd.Series(answers[name])
        for code, other in options.items():
            assert (answers[other][chosen == code] == 1).all()
        assert chosen.notna().mean() > 0.5


def test_numbers_keep_to_their_distribution() -> None:
    _, drawn = large("werkgevers", SIZE)
    answers = drawn["2014"].answers
    assert np.mean(answers["i_verz"]) == pytest.approx(4.3, abs=0.1)
    assert np.std(answers["i_verz"]) == pytest.approx(2.4, abs=0.15)
    assert np.mean(answers["c_sijaren"] == 0) == pytest.approx(0.36, abs=0.03)
    assert np.median(answers["c_hier"]) == 3
    assert np.mean(answers["f_waarde"]) / np.mean(answers["a_nwerk"]) == pytest.approx(0.07, abs=0.01)
    assert np.median(answers["i_omz"] / answers["a_nwerk"]) == pytest.approx(170, rel=0.25)
    assert 2014 - np.median(answers["a_oprjaar"]) == pytest.approx(21, abs=1.5)
    growth = np.log(answers["i_fte0"] / answers["i_fte2"])
    assert np.corrcoef(growth, drawn["2014"].latents["growing"])[0, 1] > 0.6
