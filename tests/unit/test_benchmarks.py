"""Every benchmark job runs, at a tiny size; nothing is timed."""

import numpy as np
import pytest
from benchmarks.engines import JOBS, SIZES
from benchmarks.measuring import measure


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
@pytest.mark.parametrize("name", JOBS)
def test_a_job_runs_and_has_a_number_asked_for_each_size(name: str) -> None:
    assert JOBS[name].prepare(150)() is not None
    assert len(JOBS[name].asked) == len(SIZES)


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_a_measurement_names_its_job_and_has_seconds_and_memory() -> None:
    row = measure("descriptives", 150, 1)
    assert (row.job, row.n) == ("descriptives", 150)
    assert row.wall > 0
    assert row.machine > 0


def test_the_factor_models_and_the_correlations_are_what_their_titles_say() -> None:
    found = JOBS["correlations"].prepare(493)()
    assert np.tril(found.usable, -1).sum() == 990
    ordinal = JOBS["ordinal_factors"].prepare(493)()
    assert ordinal.usable
    assert (ordinal.model.items, ordinal.model.factors) == (22, 3)
    errors = JOBS["factors_with_gaps"].prepare(493)().std_errors
    assert (errors > 0).sum() == 2 * 22 - 3 + 6 + 22
