"""Donors of predictive mean matching, against every distance written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from inspraak.estimation.donors import nearest_donors, nearest_vectors

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)


def five_nearest(offered, wanted):
    """The places of the five nearest donors, all distances being different."""
    return np.argsort(np.abs(offered - wanted))[:5]


@PROPERTY
@given(
    seed=SEEDS, b=st.integers(1, 4), o=st.sampled_from([5, 6, 40, 300]), scale=st.sampled_from([1e-9, 1, 1e9])
)
def test_a_donor_is_one_of_the_nearest(seed, b, o, scale):
    rng = np.random.default_rng(seed)
    offered = scale * (rng.normal(size=(b, o)) + rng.normal(size=(b, 1)) * 100)
    # recipients beyond either end of the donors too
    wanted = offered.mean(axis=1, keepdims=True) + scale * 3 * rng.normal(size=(b, 60))
    chosen = nearest_donors(offered, wanted, rng.random((b, 60)), donors=5)
    for i in range(b):
        for t in range(60):
            assert chosen[i, t] in five_nearest(offered[i], wanted[i, t])


def test_each_of_the_nearest_is_chosen_equally_often():
    rng = np.random.default_rng(1)
    offered = rng.normal(size=(1, 200))
    chosen = nearest_donors(offered, np.full((1, 20_000), 0.3), rng.random((1, 20_000)), donors=5)
    places, counts = np.unique(chosen, return_counts=True)
    assert set(places) == set(five_nearest(offered[0], 0.3))
    assert np.abs(counts / 20_000 - 0.2).max() < 0.015


def test_equal_predictions_are_chosen_among_at_random():
    """300 donors share one prediction, 2 lie nearer: these get 1 in 5 each, all others equal parts of the rest."""
    rng = np.random.default_rng(2)
    offered = np.r_[np.full(300, 1.0), 0.5, 0.4, np.full(50, 9.0)][np.newaxis]
    chosen = nearest_donors(offered, np.full((1, 90_000), 0.45), rng.random((1, 90_000)), donors=5)
    share = np.bincount(chosen[0], minlength=352) / 90_000
    assert share[300:302] == pytest.approx(0.2, abs=0.005)
    assert share[302:].sum() == 0
    assert share[:300].min() > 0.6 * 0.6 / 300
    assert share[:300].max() < 1.4 * 0.6 / 300


def test_all_predictions_the_same():
    rng = np.random.default_rng(3)
    chosen = nearest_donors(np.zeros((2, 30)), np.zeros((2, 9000)), rng.random((2, 9000)), donors=5)
    share = np.bincount(chosen.ravel(), minlength=30) / 18_000
    assert np.abs(share - 1 / 30).max() < 0.006


@PROPERTY
@given(seed=SEEDS, places=st.sampled_from([1, 7]))
def test_an_imputation_does_not_depend_on_its_batch(seed, places):
    rng = np.random.default_rng(seed)
    offered, wanted, uniform = rng.normal(size=(6, 50)), rng.normal(size=(6, 9)), rng.random((6, 9))
    wanted[2] *= 1e6
    whole = nearest_donors(offered, wanted, uniform, donors=places)
    single = [nearest_donors(*(x[[i]] for x in (offered, wanted, uniform)), donors=places) for i in range(6)]
    assert_array_equal(whole, np.concatenate(single))


def test_fewer_donors_than_asked_for():
    rng = np.random.default_rng(4)
    chosen = nearest_donors(np.array([[0.0, 1.0]]), rng.normal(size=(1, 500)), rng.random((1, 500)), donors=5)
    assert set(chosen.ravel()) == {0, 1}


@PROPERTY
@given(seed=SEEDS)
def test_donors_of_vectors_are_among_the_nearest(seed):
    rng = np.random.default_rng(seed)
    offered, wanted = rng.normal(size=(2, 80, 3)), rng.normal(size=(2, 40, 3))
    chosen = nearest_vectors(offered, wanted, rng.random((2, 40)), rng.random((2, 80)), donors=5)
    for i in range(2):
        distance = np.linalg.norm(offered[i] - wanted[i][:, np.newaxis], axis=2)
        for t in range(40):
            assert chosen[i, t] in np.argsort(distance[t])[:5]


def test_equal_vectors_are_chosen_among_at_random():
    rng = np.random.default_rng(5)
    offered, wanted = np.zeros((1, 100, 2)), np.zeros((1, 20_000, 2))
    chosen = nearest_vectors(offered, wanted, rng.random((1, 20_000)), rng.random((1, 100)), donors=5)
    assert np.bincount(chosen[0], minlength=100).max() < 5 * 20_000 / 100
    assert np.unique(chosen).size > 90
