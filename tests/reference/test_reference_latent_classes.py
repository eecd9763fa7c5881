"""Latent classes against poLCA 1.6.0.2, and BCH against its definition in R; complete answers, no weights."""

import numpy as np
import pytest

from inspraak.estimation.design import simple_design
from inspraak.estimation.latent_class_bootstrap import compare_class_numbers
from inspraak.estimation.latent_class_correction import classification_table
from inspraak.estimation.latent_class_outcomes import class_means
from inspraak.estimation.latent_classes import LatentClasses, class_answers, fit_classes
from inspraak.randomness import stream

MOST = 6


@pytest.fixture(scope="module")
def models(reference) -> dict[int, LatentClasses]:
    """Models of one to six classes of the ten practices."""
    frame = reference.employers(full=True)
    answers = class_answers(frame[reference.practices].to_numpy(), simple_design(len(frame)))
    return {k: fit_classes(answers, k, stream(1, "classes", str(k))) for k in range(1, MOST + 1)}


def test_log_likelihoods_are_those_of_r_or_better(reference, models) -> None:
    theirs = reference.numbers("15_lca")
    for k, model in models.items():
        top = theirs[f"ll.{k}"]
        if k <= 3:
            assert model.log_likelihood == pytest.approx(top, rel=1e-9)
            assert model.bic == pytest.approx(theirs[f"bic.{k}"], rel=1e-9)
            assert sorted(model.shares) == pytest.approx(
                [theirs[f"P.{k}.{t + 1}"] for t in range(k)], rel=1e-5
            )
        else:
            assert model.log_likelihood >= top - 1e-6 * abs(top)
        assert model.converged
        assert model.aic == pytest.approx(theirs[f"aic.{k}"], abs=1e-3) or model.aic < theirs[f"aic.{k}"]


def test_three_classes_are_those_of_r(reference, models) -> None:
    theirs, model = reference.numbers("29_classes_more"), models[3]
    assert model.parameters == theirs["npar3"]
    assert model.adjusted_bic == pytest.approx(theirs["abic3"], rel=1e-9)
    assert model.entropy == pytest.approx(theirs["relentropy"], rel=1e-5)
    assert model.shares == pytest.approx([theirs[f"share.{t}"] for t in (1, 2, 3)], rel=1e-5)
    assert model.counts / model.n == pytest.approx([theirs[f"modalshare.{t}"] for t in (1, 2, 3)], rel=1e-12)
    for t, probabilities in enumerate(model.probabilities, start=1):
        expected = [theirs[f"pyes.c{t}.{name}"] for name in reference.practices]
        assert probabilities[1::2] == pytest.approx(expected, rel=1e-5)
    expected = [[theirs[f"post.{i}.{t}"] for t in (1, 2, 3)] for i in range(1, 21)]
    assert model.posterior[:20] == pytest.approx(np.array(expected), abs=1e-5)


def test_bivariate_residuals_are_those_of_r(reference, models) -> None:
    theirs, found = reference.numbers("29_classes_more"), models[3].bivariate_residuals
    assert np.nansum(found) / 2 == pytest.approx(theirs["bvr.sum"], rel=1e-5)
    places = {name: place for place, name in enumerate(reference.practices)}
    for name, value in theirs.items():
        if name.startswith("bvr.pr"):
            a, b = name.removeprefix("bvr.").split("_")
            assert found[places[a], places[b]] == pytest.approx(value, rel=1e-5)


def test_corrected_means_are_those_of_r(reference, models) -> None:
    theirs, model = reference.numbers("29_classes_more"), models[3]
    table = classification_table(model)
    assert table == pytest.approx(
        np.array([[theirs[f"D.{t}.{s}"] for s in (1, 2, 3)] for t in (1, 2, 3)]), abs=1e-6
    )
    frame = reference.employers(full=True)
    small_sample = np.sqrt((len(frame) - 1) / len(frame))  # the design's variance has n - 1 where R's has n
    for column in ("PF", "IB", "growth"):
        found = class_means(model, frame[column].to_numpy(dtype=float), known_classes=True)
        assert found.means.estimate == pytest.approx(
            [theirs[f"{column}.bch.{t}"] for t in (1, 2, 3)], rel=1e-5
        )
        assert found.means.std_error * small_sample == pytest.approx(
            [theirs[f"{column}.bch.se.{t}"] for t in (1, 2, 3)], rel=1e-5
        )
        chi2 = found.test.df1 * found.test.statistic / small_sample**2
        assert chi2 == pytest.approx(theirs[f"{column}.bch.wald.chi2"], rel=1e-4)


@pytest.mark.parametrize(("classes", "name", "draws"), [(3, "blrt", 50), (4, "blrt34", 30)])
def test_bootstrap_of_the_likelihood_ratio_agrees_with_that_of_r(
    reference, models, classes, name, draws
) -> None:
    """R's samples are few and searched from three starts, which miss some tops: its gains are a little small."""
    theirs = reference.numbers("29_classes_more")
    found = compare_class_numbers(models[classes - 1], models[classes], stream(1, name), draws=99)
    assert found.statistic == pytest.approx(theirs[f"lr{classes - 1}{classes}"], rel=1e-5)
    error, higher = (
        theirs[f"{name}.sd"] * np.sqrt(1 / draws + 1 / 99),
        found.drawn.mean() - theirs[f"{name}.mean"],
    )
    assert -3 * error < higher < 3 * error + theirs[f"{name}.sd"] / 2
    assert found.drawn.std() == pytest.approx(theirs[f"{name}.sd"], rel=0.5)
    p = theirs[f"{name}.p"]
    assert abs(found.p_value - p) < 3 * np.sqrt(max(p * (1 - p), 0.01) * (1 / draws + 1 / 99))
