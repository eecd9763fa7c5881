"""Random streams hang on the seed and on names, and on nothing else."""

import numpy as np

from inspraak.randomness import stream


def test_a_stream_hangs_on_seed_and_names_only() -> None:
    first = stream(1, "study", "2018", "bootstrap").random(5)
    stream(1, "study", "2014", "bootstrap").random(100)
    assert np.array_equal(first, stream(1, "study", "2018", "bootstrap").random(5))


def test_other_seeds_and_names_give_other_numbers() -> None:
    draws = {
        tuple(stream(seed, *names).random(3))
        for seed in (1, 2)
        for names in ((), ("a",), ("b",), ("a", "b"), ("ab",), ("b", "a"))
    }
    assert len(draws) == 12


def test_streams_are_the_same_on_every_machine() -> None:
    assert stream(20140206, "werkgevers").integers(0, 1000, 4).tolist() == EXPECTED


def test_streams_do_not_go_together() -> None:
    draws = np.array([stream(7, "job", str(number)).normal(size=400) for number in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.2
    assert abs(draws.mean()) < 0.04


EXPECTED = [18, 16, 704, 493]
