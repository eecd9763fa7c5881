"""Latent classes: planted classes are found, errors and corrected means hold, and what cannot be told is not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign, effective_n, simple_design
from inspraak.estimation.latent_class_bootstrap import compare_class_numbers, drawn_answers
from inspraak.estimation.latent_class_correction import classification_table
from inspraak.estimation.latent_class_em import expectation, iterate, step
from inspraak.estimation.latent_class_errors import class_errors
from inspraak.estimation.latent_class_outcomes import class_means
from inspraak.estimation.latent_class_patterns import answered_rows, patterns_of
from inspraak.estimation.latent_class_stability import adjusted_rand, class_stability
from inspraak.estimation.latent_class_starts import best_of, finish, random_starts
from inspraak.estimation.latent_classes import class_answers, fit_classes
from inspraak.randomness import stream

SHARES = np.array([0.5, 0.3, 0.2])
YES = np.array([[0.15] * 8, [0.8] * 4 + [0.2] * 4, [0.9] * 8])


def planted(n, seed=1, *, gaps=0.0):
    """Eight yes-or-no answers of three classes, and who is in which."""
    rng = np.random.default_rng(seed)
    member = rng.choice(3, n, p=SHARES)
    answers = (rng.random((n, 8)) < YES[member]).astype(float)
    answers[rng.random(answers.shape) < gaps] = np.nan
    return answers, member


def fitted(answers, classes, *, design=None, starts=30, seed=1):
    design = design or simple_design(len(answers))
    return fit_classes(class_answers(answers, design), classes, stream(seed, "test"), starts=starts)


def brute_log_likelihood(model, answers, weights):
    """Sum over employers of the log of the sum over classes of shares times probabilities of what is answered."""
    total = 0.0
    for row, weight in zip(answers, weights):
        chance = model.shares.copy()
        for item, value in enumerate(row):
            if not np.isnan(value):
                chance = chance * model.probabilities[:, 2 * item + int(value)]
        total += weight * np.log(chance.sum())
    return total


@pytest.mark.parametrize("n", [60, 493, 5_000])
def test_likelihood_by_hand_with_weights_and_gaps(n):
    answers, _ = planted(n, gaps=0.1)
    weights = np.random.default_rng(2).uniform(0.5, 3, n)
    design = SurveyDesign(weights=weights, strata=np.zeros(n, dtype=int))
    model = fitted(answers, 2, design=design, starts=5)
    known = ~np.isnan(answers).all(axis=1)
    scaled = weights * effective_n(weights[known]) / weights[known].sum()
    assert model.log_likelihood == pytest.approx(brute_log_likelihood(model, answers[known], scaled[known]))
    assert model.effective_n == pytest.approx(effective_n(weights[known]))
    assert model.parameters == 1 + 2 * 8
    assert_allclose(model.posterior[known].sum(axis=1), 1)
    assert np.isnan(model.posterior[~known]).all()


def test_one_class_has_the_weighted_shares_of_answers():
    answers, _ = planted(200, gaps=0.2)
    weights = np.random.default_rng(2).uniform(0.5, 3, 200)
    design = SurveyDesign(weights=weights, strata=np.zeros(200, dtype=int))
    model = fitted(answers, 1, design=design)
    known = ~np.isnan(answers)
    expected = (np.where(known, answers, 0) * weights[:, None]).sum(axis=0) / (known * weights[:, None]).sum(
        axis=0
    )
    assert_allclose(model.probabilities[0, 1::2], expected, rtol=1e-8)
    assert (model.entropy, model.starts, model.found) == (1.0, 1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_planted_classes_are_found(seed):
    answers, member = planted(493, seed)
    models = [fitted(answers, classes) for classes in (1, 2, 3, 4)]
    assert int(np.argmin([model.bic for model in models])) == 2
    found = models[2]
    assert_allclose(found.shares, SHARES, atol=0.09)
    assert_allclose(found.probabilities[:, 1::2], YES, atol=0.18)
    assert (found.modal == member).mean() > 0.8
    assert found.found > 1


def test_independent_answers_are_one_class():
    for seed in range(5):
        answers = (np.random.default_rng(seed).random((493, 8)) < np.linspace(0.2, 0.8, 8)).astype(float)
        assert fitted(answers, 1).bic < fitted(answers, 2).bic


def test_likelihood_never_falls():
    answers, _ = planted(120, gaps=0.1)
    patterns = class_answers(answers, simple_design(120)).rows.patterns
    values = random_starts(patterns, 4, 10, np.random.default_rng(1))
    _, before = step(values, patterns)
    for cycles in range(1, 12):
        _, after, _ = iterate(values, patterns, cycles=cycles, tolerance=0.0)
        assert (after >= before - 1e-9).all()
        before = after


def test_runs_side_by_side_are_those_of_one_at_a_time():
    answers, _ = planted(80, gaps=0.1)
    patterns = class_answers(answers, simple_design(80)).rows.patterns
    values = random_starts(patterns, 3, 6, np.random.default_rng(1))
    together, likelihood, _ = iterate(values, patterns, cycles=60, tolerance=1e-9)
    for run in range(6):
        alone, level, _ = iterate(values[:, [run]], patterns, cycles=60, tolerance=1e-9)
        assert_allclose(alone[:, 0], together[:, run], atol=1e-7)
        assert level[0, 0] == pytest.approx(likelihood[0, run], abs=1e-8)


def test_data_sets_side_by_side_are_those_of_one_at_a_time():
    rows = class_answers(planted(90, gaps=0.1)[0], simple_design(90)).rows
    rng = np.random.default_rng(3)
    codes = np.stack([rows.codes[rng.permutation(90)[:70]] for _ in range(4)])
    together = patterns_of(codes, np.ones((1, 70)), rows.sizes)
    values = random_starts(together, 2, 5, rng)
    best = best_of(values, together, stages=((3, 0.4),))
    for data in range(4):
        alone = patterns_of(codes[[data]], np.ones((1, 70)), rows.sizes)
        one = best_of(values[[data]], alone, stages=((3, 0.4),))
        assert one.log_likelihood[0] == pytest.approx(best.log_likelihood[data], abs=1e-6)


def test_order_of_rows_changes_nothing():
    answers, _ = planted(300, gaps=0.1)
    rng = np.random.default_rng(4)
    weights = rng.uniform(0.5, 3, 300)
    order = rng.permutation(300)
    designs = [SurveyDesign(weights=w, strata=np.zeros(300, dtype=int)) for w in (weights, weights[order])]
    one, other = (fitted(rows, 3, design=design) for rows, design in zip((answers, answers[order]), designs))
    assert_array_equal(one.shares, other.shares)
    assert_array_equal(one.posterior[order], other.posterior)
    fewer = [fitted(rows, 2, design=design) for rows, design in zip((answers, answers[order]), designs)]
    drawn = [
        compare_class_numbers(
            small, fit_classes(small.answers, 3, stream(1, "a")), stream(1, "b"), draws=9
        ).drawn
        for small in fewer
    ]
    assert_array_equal(*drawn)


def test_seeds_give_the_same_classes():
    answers, _ = planted(493)
    one, other = fitted(answers, 3, seed=1), fitted(answers, 3, seed=2)
    assert_allclose(one.shares, other.shares, atol=1e-6)
    assert_array_equal(one.modal, other.modal)


def test_gaps_at_random_leave_the_classes_where_they_are():
    """Those who say yes to the first item skip the second more often: leaving them out would move its probability."""
    answers, _ = planted(5_000)
    skipped = np.random.default_rng(5).random(5_000) < np.where(answers[:, 0] == 1, 0.6, 0.05)
    answers[skipped, 1] = np.nan
    model = fitted(answers, 3)
    assert_allclose(model.probabilities[:, 3], YES[:, 1], atol=0.06)
    naive = np.nanmean(answers[:, 1])
    assert naive < SHARES @ YES[:, 1] - 0.08


def test_weights_lead_to_the_population():
    """A class drawn three times as often as it should be is weighted back."""
    rng = np.random.default_rng(6)
    member = rng.choice(3, 6_000, p=SHARES)
    kept = rng.random(6_000) < np.where(member == 2, 0.9, 0.3)
    answers = (rng.random((6_000, 8)) < YES[member]).astype(float)[kept]
    weights = np.where(member == 2, 1 / 0.9, 1 / 0.3)[kept]
    design = SurveyDesign(weights=weights, strata=np.zeros(kept.sum(), dtype=int))
    assert_allclose(fitted(answers, 3, design=design).shares, SHARES, atol=0.04)
    assert fitted(answers, 3).shares[2] > 0.3


def test_answers_nobody_gives_and_long_questionnaires():
    rng = np.random.default_rng(7)
    member = rng.integers(0, 2, 400)
    answers = rng.choice([1.0, 3.0, 7.0], (400, 60), p=[0.3, 0.4, 0.3])
    answers[member == 1] = rng.choice([1.0, 3.0, 7.0], (int(member.sum()), 60), p=[0.1, 0.2, 0.7])
    model = fitted(answers, 2, starts=5)
    assert model.answers.sizes.tolist() == [3] * 60
    assert np.isfinite(model.log_likelihood)
    assert (model.modal == member).mean() > 0.99


def test_numbers_of_patterns_hold_beyond_whole_numbers():
    codes = np.random.default_rng(8).integers(0, 9, (50, 40))
    rows = answered_rows(np.concatenate([codes, codes]), np.ones(100))
    assert rows.patterns.weights.shape == (1, 50)
    assert_array_equal(rows.patterns.weights, 2)


def models_of(answers, *numbers):
    known = class_answers(answers, simple_design(len(answers)))
    return [fit_classes(known, k, stream(1, str(k)), starts=20) for k in numbers]


def test_bootstrap_finds_that_one_or_two_classes_are_too_few():
    one, two, three = models_of(planted(493)[0], 1, 2, 3)
    assert compare_class_numbers(one, two, stream(1, "a"), draws=19).p_value == 1 / 20
    assert compare_class_numbers(two, three, stream(1, "a"), draws=19).p_value == 1 / 20
    with pytest.raises(ValueError, match="one class apart"):
        compare_class_numbers(one, three, stream(1, "a"))


def test_bootstrap_seldom_asks_for_more_classes_than_there_are():
    """Of ten samples more than two would have a p of .05 once in ninety times."""
    rejected = 0
    for seed in range(10):
        three, four = models_of(planted(300, 100 + seed)[0], 3, 4)
        rejected += compare_class_numbers(three, four, stream(seed, "a"), draws=19).p_value <= 0.05
    assert rejected <= 2


def test_samples_are_searched_well_enough():
    """The gains of the bootstrap against those of four times as many starts, to a quarter of their SD."""
    answers, _ = planted(493)
    two = fitted(answers, 2)
    rows = two.answers.rows
    found = compare_class_numbers(
        two, fit_classes(two.answers, 3, stream(1, "c"), starts=30), stream(2, "a"), draws=30
    )
    patterns = patterns_of(drawn_answers(two, 30, stream(2, "a")), rows.weights[np.newaxis], rows.sizes)
    rng = np.random.default_rng(1)
    small, large = (best_of(random_starts(patterns, k, 80, rng), patterns) for k in (2, 3))
    gains = 2 * (large.log_likelihood - small.log_likelihood)
    assert abs(gains.mean() - found.drawn.mean()) < gains.std() / 4


def test_drawn_answers_follow_the_model_and_keep_the_gaps():
    answers, _ = planted(493, gaps=0.1)
    model = fitted(answers, 3)
    codes = drawn_answers(model, 200, np.random.default_rng(9))
    assert_array_equal(codes < 0, np.broadcast_to(model.answers.rows.codes < 0, codes.shape))
    known = model.answers.rows.codes >= 0
    share = np.array([codes[:, known[:, item], item].mean() for item in range(8)])
    assert_allclose(share, model.shares @ model.probabilities[:, 1::2], atol=0.01)


def test_adjusted_rand_index_by_hand():
    """Hubert & Arabie's index is 1 for the same partition under other names, and 0 on average by chance."""
    assert adjusted_rand(np.array([[[0.0, 5], [4, 0]]])) == pytest.approx(1)
    # 2 2 / 1 1 of six: pairs together in both 2, in each 7 and 6, of 15
    table = np.array([[[2.0, 2], [1, 1]]])
    both, one, other, everyone = 2, 7, 6, 15
    expected = one * other / everyone
    assert adjusted_rand(table) == pytest.approx((both - expected) / ((one + other) / 2 - expected))


def test_stability_is_high_for_planted_classes_and_low_for_invented_ones():
    answers, _ = planted(493)
    assert class_stability(fitted(answers, 3), stream(1, "s"), draws=20).mean > 0.7
    noise = np.random.default_rng(10).integers(0, 2, (493, 8)).astype(float)
    assert class_stability(fitted(noise, 3), stream(1, "s"), draws=20).mean < 0.4


def test_curve_of_the_likelihood_is_that_of_its_differences():
    """Errors rest on the second derivatives of the likelihood: against finite differences."""
    answers, _ = planted(400, gaps=0.05)
    model = fitted(answers, 2)
    errors = class_errors(model)
    rows = model.answers.rows

    def values(eta):
        yes = 1 / (1 + np.exp(-eta[1:].reshape(2, 8)))
        both = np.stack([1 - yes, yes], axis=2).reshape(2, 16)
        share = 1 / (1 + np.exp(-eta[0]))
        return np.column_stack([[1 - share, share], both])[np.newaxis, np.newaxis]

    def of_rows(eta):
        each = patterns_of(rows.codes[:, np.newaxis], np.ones((rows.n, 1)), rows.sizes)
        return expectation(np.broadcast_to(values(eta), (rows.n, 1, 2, 17)), each)[1][:, 0]

    p = model.probabilities[:, 1::2]
    top = np.concatenate([[np.log(model.shares[1] / model.shares[0])], np.log(p / (1 - p)).ravel()])
    steps = 1e-4 * np.eye(17)
    scores = np.stack([(of_rows(top + h) - of_rows(top - h)) / 2e-4 for h in steps], axis=1)
    assert_allclose(scores.sum(axis=0), 0, atol=1e-3)
    curve = -np.array(
        [
            [
                (
                    of_rows(top + a + b) - of_rows(top + a - b) - of_rows(top - a + b) + of_rows(top - a - b)
                ).sum()
                / 4e-8
                for a in steps
            ]
            for b in steps
        ]
    )
    bread = np.linalg.inv(curve)
    variance = np.diag(bread @ scores.T @ scores @ bread) * rows.n / (rows.n - 1)
    assert_allclose(
        errors.probability_error[:, 1::2].ravel(), np.sqrt(variance[1:]) * (p * (1 - p)).ravel(), rtol=2e-3
    )
    assert errors.share_error[1] == pytest.approx(np.sqrt(variance[0]) * np.prod(model.shares), rel=2e-3)


def test_a_probability_at_its_border_has_no_interval():
    answers, member = planted(493)
    answers[member == 2, 0] = 1.0
    answers[member != 2, 0] = 0.0
    errors, model = class_errors(fitted(answers, 3)), fitted(answers, 3)
    border = (model.probabilities < 1e-5) | (model.probabilities > 1 - 1e-5)
    assert border.any()
    assert np.isnan(errors.probability_low[border]).all()
    assert np.isfinite(errors.probability_low[~border]).all()
    assert (errors.probability_low[~border] < model.probabilities[~border]).all()


def outcomes_of_classes(samples, n):
    """Class means of an outcome that rises by one a class: corrected, their intervals, and by the likeliest class."""
    corrected, low, high, modal = [], [], [], []
    yes = np.array([[0.2] * 8, [0.7] * 4 + [0.3] * 4, [0.8] * 8])
    for seed in range(samples):
        rng = np.random.default_rng(seed)
        member = rng.choice(3, n, p=[0.4, 0.3, 0.3])
        answers = (rng.random((n, 8)) < yes[member]).astype(float)
        y = member + rng.normal(size=n)
        model = fit_classes(class_answers(answers, simple_design(n)), 3, stream(seed, "bch"), starts=10)
        found = class_means(model, y)
        corrected.append(found.means.estimate)
        for bounds, side in zip((low, high), found.means.intervals()):
            bounds.append(side)
        modal.append([y[model.modal == place].mean() for place in range(3)])
    return np.array(corrected), np.array(low), np.array(high), np.array(modal)


def test_corrected_means_are_right_where_the_likeliest_class_draws_them_together():
    corrected, low, high, modal = outcomes_of_classes(60, 1_000)
    truth = np.arange(3)
    assert_allclose(corrected.mean(axis=0), truth, atol=0.08)
    assert np.ptp(modal.mean(axis=0)) < 1.7
    assert abs(modal.mean(axis=0)[1] - 1) < 0.2
    covered = ((low <= truth) & (truth <= high)).mean(axis=0)
    assert (covered > 0.87).all()  # of 60 samples, at a coverage of 95 % once in sixty for the three


def test_intervals_hold_that_the_classes_were_estimated():
    answers, member = planted(493)
    y = member + np.random.default_rng(16).normal(size=493)
    model = fitted(answers, 3)
    known, estimated = (class_means(model, y, known_classes=known) for known in (True, False))
    assert_array_equal(known.means.estimate, estimated.means.estimate)
    assert estimated.means.std_error.sum() > known.means.std_error.sum()


def test_influence_of_an_employer_is_what_the_mean_loses_without_it():
    """The variance by linearisation against the jackknife: every mean fitted again without one employer."""
    answers, member = planted(150)
    rng = np.random.default_rng(17)
    y = member + rng.normal(size=150)
    model = fitted(answers, 2)
    start = np.column_stack([model.shares, model.probabilities])[np.newaxis, np.newaxis]
    means = []
    for left in range(150):
        kept = np.arange(150) != left
        known = class_answers(answers[kept], simple_design(149))
        values = finish(
            iterate(start, known.rows.patterns, cycles=500, tolerance=1e-14)[0][0, 0], known.rows.patterns
        )[0]
        joint = expectation(values[np.newaxis, np.newaxis], known.rows.patterns)[0][0, 0]
        posterior = np.empty((149, 2))
        posterior[known.rows.rows] = (joint / joint.sum(axis=0))[:, known.rows.pattern].T
        again = replace(
            model, answers=known, shares=values[:, 0], probabilities=values[:, 1:], posterior=posterior
        )
        means.append(class_means(again, y[kept]).means.estimate)
    jackknife = np.sqrt(149 / 150 * np.square(np.array(means) - np.mean(means, axis=0)).sum(axis=0))
    assert_allclose(class_means(model, y).means.std_error, jackknife, rtol=0.12)


def test_imputations_widen_the_intervals_of_means_by_rubins_rules():
    answers, member = planted(493)
    rng = np.random.default_rng(11)
    y = member + rng.normal(size=493)
    model = fitted(answers, 3)
    one = class_means(model, y)
    same = class_means(model, np.tile(y, (5, 1)))
    assert_allclose(same.means.estimate, one.means.estimate)
    assert_allclose(same.means.std_error, one.means.std_error)
    apart = class_means(model, y + rng.normal(size=(5, 493)) * (rng.random(493) < 0.3))
    assert (apart.means.std_error > one.means.std_error).all()
    assert apart.imputations == 5


def test_differences_ratio_and_test_are_those_of_the_means():
    answers, member = planted(493)
    y = member + np.random.default_rng(12).normal(size=493)
    y[:40] = np.nan
    model = fitted(answers, 3)
    found = class_means(model, y)
    for (high, low), difference in zip(found.pairs, found.differences.estimate):
        assert difference == pytest.approx(found.means.estimate[high] - found.means.estimate[low])
    assert found.n == 453
    assert found.test.p_value < 1e-6
    assert 0.4 < found.correlation_ratio < 0.8
    assert found.deviation == pytest.approx(np.nanstd(y, ddof=1))
    nothing = class_means(model, np.random.default_rng(13).normal(size=493))
    assert nothing.test.p_value > 0.001
    assert nothing.correlation_ratio < 0.2


def test_domains_count_those_inside_and_keep_the_design():
    answers, member = planted(493)
    y = np.random.default_rng(14).normal(size=493)
    inside = np.arange(493) % 3 > 0
    known = class_answers(answers, simple_design(493), included=inside)
    model = fit_classes(known, 2, stream(1, "d"), starts=10)
    assert model.n == inside.sum()
    assert (model.modal[~inside] == -1).all()
    assert class_means(model, y).n == inside.sum()
    assert class_means(model, y, included=member < 2).n == (inside & (member < 2)).sum()


def test_equal_classes_cannot_be_told_apart():
    answers, _ = planted(200)
    model = fitted(answers, 3)
    same = replace(model, posterior=np.tile(model.shares, (200, 1)))
    found = class_means(same, np.random.default_rng(15).normal(size=200))
    assert np.isnan(found.means.estimate).all()
    assert np.isnan(found.test.p_value)


def test_an_outcome_without_variance_has_no_test():
    answers, _ = planted(200)
    found = class_means(fitted(answers, 2), np.ones(200))
    assert np.isnan(found.test.p_value)
    assert np.isnan(found.correlation_ratio)


def test_classification_table_adds_up():
    table = classification_table(fitted(planted(493)[0], 3))
    assert_allclose(table.sum(axis=1), 1)
    assert (np.diag(table) > 0.7).all()


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (np.ones((20, 1)), "two items or more"),
        (np.ones((19, 2)), "two items"),
        (np.ones((20, 2)), "fewer than two answers"),
    ],
)
def test_items_that_carry_no_classes_are_refused(items, message):
    with pytest.raises(ValueError, match=message):
        fit_classes(class_answers(items, simple_design(20)), 2, stream(1, "x"))


def test_fewer_than_one_class_is_refused():
    answers = class_answers(planted(50)[0], simple_design(50))
    with pytest.raises(ValueError, match="one at least"):
        fit_classes(answers, 0, stream(1, "x"))
