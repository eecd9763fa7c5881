"""Change between two waves that share employers, against R (18_panel)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.panel import estimate_trends, mcnemar, paired_changes, panel_design

WITHIN = {"rtol": 1e-6}


@pytest.fixture(scope="module")
def panel(reference):
    return reference.numbers("18_panel")


@pytest.fixture(scope="module")
def waves(reference):
    rows = pd.read_csv(reference.folder / "data" / "panel_493.csv")
    return [rows[rows["wave"] == wave].set_index("id") for wave in (1, 2)]


def test_paired_t_test(panel, waves):
    shared = waves[0].index.intersection(waves[1].index)
    found = paired_changes(*(wave.loc[shared, ["pa", "pf"]] for wave in waves))
    ours = [found.statistic[0], found.p_value[0], found.ci_low[0]]
    assert_allclose(ours, [panel[f"paired.{name}"] for name in ("t", "p", "lo")], **WITHIN)
    assert found.n.tolist() == [len(shared)] * 2


def test_mcnemar(panel, waves):
    shared = waves[0].index.intersection(waves[1].index)
    assert_allclose(
        mcnemar(*(wave.loc[shared, "prac"] for wave in waves)).statistic, panel["mcnemar"], **WITHIN
    )


def test_a_trend_with_employers_as_clusters(panel, waves):
    designs = [SurveyDesign(wave["w"].to_numpy(), wave["stratum"].to_numpy()) for wave in waves]
    design = panel_design(designs, [wave.index for wave in waves], [wave["stratum"] for wave in waves])
    rows = pd.concat(waves)
    everyone, later = np.ones(design.n, dtype=bool), (rows["wave"] == 2).to_numpy()
    found = estimate_trends(rows["pa"], everyone, later, rows.index.to_numpy(), design)
    row = found.changes.row(0, 0)
    expected = [panel["trend.b"], panel["trend.se"], panel["svyt"]]
    assert_allclose([row["estimate"], row["std_error"], row["statistic"]], expected, **WITHIN)
    assert found.n_overlap[0, 0] == len(waves[0].index.intersection(waves[1].index))
