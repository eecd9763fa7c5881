"""Factor models of the management practices of 11,702 firms (World Management Survey)."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model

DATA = os.environ.get("INSPRAAK_DATA")
pytestmark = pytest.mark.skipif(
    not DATA, reason="INSPRAAK_DATA is not set: the real survey files are not here"
)
PARTS = {"lean": 2, "perf": 10, "talent": 6}
FACTORS = {1: [0, 0, 0], 2: [0, 0, 1], 3: [0, 1, 2]}


@pytest.fixture(scope="module")
def practices():
    names = [f"{part}{number}" for part, size in PARTS.items() for number in range(1, size + 1)]
    path = Path(str(DATA)) / "world-management" / "wmsdata_2004_2015.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return np.array([[float(row[name] or "nan") for name in names] for row in csv.DictReader(file)])


@pytest.mark.parametrize("missing", ["fiml", "listwise"])
@pytest.mark.parametrize("factors", FACTORS)
def test_converges_to_the_same_fit_from_every_start(practices, factors, missing):
    of_item = np.repeat(FACTORS[factors], list(PARTS.values()))
    model = confirmatory_model(of_item[:, np.newaxis] == np.arange(factors))
    own = fit_factor_model(practices, model, estimator="MLR", missing=missing)
    generator = np.random.default_rng(factors)
    fit = fit_factor_model(
        practices, model, estimator="MLR", missing=missing, random_starts=4, generator=generator
    )
    assert practices.shape == (11_702, 18)
    assert own.usable
    assert fit.usable
    assert_allclose(fit.search_values, own.fit.log_likelihood, rtol=1e-12)
    for version in ("standard", "scaled", "robust"):
        found, expected = getattr(fit.fit, version), getattr(own.fit, version)
        for index in ("cfi", "tli", "rmsea", "rmsea_low", "rmsea_high"):
            assert_allclose(getattr(found, index), getattr(expected, index), atol=1e-9)
    assert_allclose(fit.fit.srmr, own.fit.srmr, atol=1e-9)


def test_more_factors_fit_better(practices):
    fits = []
    for factors, places in FACTORS.items():
        of_item = np.repeat(places, list(PARTS.values()))
        fits.append(
            fit_factor_model(practices, confirmatory_model(of_item[:, np.newaxis] == np.arange(factors)))
        )
    assert [fit.fit.test.df for fit in fits] == [135, 134, 132]
    assert fits[0].fit.bic > fits[1].fit.bic > fits[2].fit.bic
    assert fits[0].fit.standard.cfi < fits[1].fit.standard.cfi < fits[2].fit.standard.cfi
