"""The jobs that the engines are timed by: one entry of `JOBS` for each, with the seconds that were asked.

A job prepares its data for n employers and gives a function without arguments, which is what is timed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.survey import FACTORS, ITEMS, draw_survey
from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.imputation import impute
from inspraak.estimation.latent_classes import class_answers, fit_classes
from inspraak.estimation.mediation import mediate
from inspraak.estimation.necessity import analyse_necessity
from inspraak.estimation.ordinal_factor_analysis import fit_ordinal_model
from inspraak.estimation.ordinal_factor_declaration import ordinal_model
from inspraak.estimation.ordinal_factor_samples import ordinal_samples
from inspraak.estimation.polychoric import polychoric
from inspraak.estimation.pooling import pool
from inspraak.estimation.predictor_choice import design_covariates
from inspraak.estimation.shares import describe_shares

SIZES = (493, 5_000, 50_000)
"""Employers in the surveys; a job's asked seconds stand in this order, None where nothing is asked."""
MODELLED = np.repeat(np.arange(3), (8, 8, 6))
"""The factor of each item of the factor models; items of one factor of the survey are eight apart."""
SPARE = 997
"""Imputed answers drawn beforehand, so that drawing them is not timed."""
Work = Callable[[], object]


@dataclass(frozen=True)
class Job:
    """One thing that an engine does: what it is called, the most seconds it may take, and how to set it up."""

    title: str
    asked: tuple[float | None, float | None, float | None]
    prepare: Callable[[int], Work]


def descriptives(n: int) -> Work:
    """All items by all groups of a wave: mean, share of high answers, difference from the rest."""
    survey = draw_survey(n, "descriptives")
    high = np.where(np.isnan(survey.answers), np.nan, survey.answers >= 4)

    def work() -> object:
        return (
            describe_means(survey.answers, survey.groups, survey.design),
            describe_shares(high, survey.groups, survey.design),
            difference_from_rest(survey.answers, survey.groups, survey.design),
        )

    return work


def imputation(n: int) -> Work:
    """Sixty ordered items, imputed twenty times in five cycles; strata and weights predict."""
    survey = draw_survey(n, "imputation")
    known = np.column_stack([design_covariates(survey.design), survey.covariates[:, :3]])
    return lambda: impute(survey.answers, np.random.default_rng(1), covariates=known)


def imputation_mixed(n: int) -> Work:
    """The same, with three items whose codes are names and six that were not asked of everyone."""
    survey = draw_survey(n, "imputation")
    known = np.column_stack([design_covariates(survey.design), survey.covariates[:, :3]])
    structural = survey.structural
    answers = np.where(structural, np.nan, survey.answers)
    return lambda: impute(
        answers,
        np.random.default_rng(1),
        covariates=known,
        unordered=survey.unordered,
        structural=structural,
    )


def regressions(n: int, *, claims: int = 40, imputations: int = 20) -> Work:
    """Forty claims, each fitted to twenty imputed data sets: fifteen terms, stratified sandwich, pooled.

    As the claims do, with the variances of their own terms alone.
    """
    survey = draw_survey(n, "regressions")
    gap = np.isnan(survey.answers)
    fixed = np.column_stack(
        [np.ones(n), survey.covariates[:, :3], survey.groups[:, 1:6], survey.groups[:, 7:]]
    )
    # row-last, as the claims hand them over: controls first, then the terms of the claim
    terms = np.empty((imputations, 15, n))
    terms[:, : fixed.shape[1]] = fixed.T
    columns = survey.rng.permuted(np.tile(np.arange(ITEMS), (claims, 1)), axis=1)[
        :, : 1 + 15 - fixed.shape[1]
    ]
    drawn = survey.rng.integers(1, 6, (imputations, ITEMS, SPARE)).astype(np.float64)

    def item(place: int) -> NDArray[np.float64]:
        filled = np.tile(survey.whole[:, place], (imputations, 1))
        missing = np.flatnonzero(gap[:, place])
        filled[:, missing] = drawn[:, place, missing % SPARE]
        return filled

    def work() -> object:
        estimates, variances, df = [], [], []
        for y, *x in columns:
            terms[:, fixed.shape[1] :] = np.stack([item(place) for place in x], axis=1)
            fit = fit_generalised(
                terms.swapaxes(1, 2),
                item(y).T,
                survey.design,
                family="linear",
                variances_of=range(fixed.shape[1], 15),
            )
            estimates.append(fit.coefficients[:, fixed.shape[1] :])
            variances.append(np.square(fit.std_errors[:, fixed.shape[1] :]))
            df.append(fit.df[:1])
        return pool(np.stack(estimates, axis=1), np.stack(variances, axis=1), df=np.array(df))

    return work


def necessity(n: int) -> Work:
    """Three conditions of one outcome, scores of four items each: 10,000 permutations and 500 draws of a copula."""
    survey = draw_survey(n, "necessity")
    scores = survey.whole[:, :16].reshape(n, 4, 4).mean(axis=2).T
    return lambda: analyse_necessity(scores[:3], scores[3], survey.design, np.random.default_rng(1))


def latent_classes(n: int) -> Work:
    """Models of one to six classes of ten questions with two answers, each from 100 starts."""
    survey = draw_survey(n, "latent classes")
    items = (survey.whole[:, ~survey.unordered][:, :10] >= 4).astype(np.float64)

    def work() -> object:
        answers = class_answers(items, survey.design)
        return [fit_classes(answers, k, np.random.default_rng(k), starts=100) for k in range(1, 7)]

    return work


def mediation(n: int, *, imputations: int = 20) -> Work:
    """Two mediators and ten controls, five of which were imputed: 5,000 resamples of twenty imputed data sets."""
    survey = draw_survey(n, "mediation")
    gap = np.isnan(survey.answers[:, :9]).T
    drawn = survey.rng.integers(1, 6, (imputations, *gap.shape))
    answers = np.where(gap, drawn, survey.whole[:, :9].T)
    known = np.column_stack([survey.covariates[:, :3], survey.groups[:, 1:3]]).T
    controls = np.concatenate(
        [np.broadcast_to(known, (imputations, *known.shape)), answers[:, 4:]], axis=1, dtype=np.float64
    )
    return lambda: mediate(
        answers[:, 0],
        answers[:, 1:3],
        answers[:, 3],
        survey.design,
        rng=np.random.default_rng(1),
        controls=controls,
        draws=5_000,
    )


def correlations(n: int) -> Work:
    """All 990 polychoric correlations of 45 items of five answers, pairwise over the missing ones."""
    survey = draw_survey(n, "correlations")
    answers = survey.answers[:, ~survey.unordered][:, :45]
    return lambda: polychoric(answers)


def ordinal_factors(n: int) -> Work:
    """Three factors of 22 items by WLSMV, pairwise: sample statistics, search, standard errors, fit."""
    answers, member = modelled_items(n, "ordinal factors")

    def work() -> object:
        return fit_ordinal_model(ordinal_samples(answers), ordinal_model(member, np.full(MODELLED.size, 5)))

    return work


def factors_with_gaps(n: int) -> Work:
    """The same model by full-information maximum likelihood, with standard errors and fit."""
    answers, member = modelled_items(n, "factors with gaps")
    return lambda: fit_factor_model(answers, confirmatory_model(member)).estimates


def modelled_items(n: int, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the answers (n, 22) of which the survey has three factors, and which factor each item has, (22, 3)."""
    survey = draw_survey(n, name)
    ordered = np.flatnonzero(~survey.unordered)
    columns = [ordered[ordered % FACTORS == 1 + 2 * factor] for factor in range(3)]
    chosen = np.concatenate([part[:count] for part, count in zip(columns, np.bincount(MODELLED))])
    member = (chosen % FACTORS)[:, np.newaxis] == 1 + 2 * np.arange(3)
    return survey.answers[:, chosen], member


JOBS = {
    "descriptives": Job("items x groups of a wave", (0.02, 0.1, 1.0), descriptives),
    "imputation": Job("imputation, 60 items, m = 20", (1.0, 6.0, 60.0), imputation),
    "imputation_mixed": Job("the same, names and routing", (1.0, 6.0, 60.0), imputation_mixed),
    "regressions": Job("800 pooled regressions", (0.2, 1.0, 8.0), regressions),
    "necessity": Job("necessity, 3 x 10,000 permutations", (0.3, 0.6, 6.0), necessity),
    "latent_classes": Job("classes 1 to 6, 100 starts", (2.0, 12.0, None), latent_classes),
    "mediation": Job("mediation, 5,000 draws, m = 20", (1.5, 6.0, 60.0), mediation),
    "correlations": Job("990 polychoric correlations", (0.05, None, 0.2), correlations),
    "ordinal_factors": Job("WLSMV, 22 items, pairwise", (0.3, 1.0, 6.0), ordinal_factors),
    "factors_with_gaps": Job("FIML, 22 items, with SE", (0.5, None, None), factors_with_gaps),
}
