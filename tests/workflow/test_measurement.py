"""How the scales of the small study are measured, from its files to its tables."""

import pandas as pd
import pytest

from inspraak.publishing.tables import read_tables
from inspraak.study.study import load_study

from .conftest import Project


@pytest.fixture(scope="module")
def tables(ran: Project) -> dict[str, pd.DataFrame]:
    return read_tables(ran.folder / "results/small/tables")


def test_every_declared_model_is_fitted_in_every_wave_beside_its_rivals(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    study = load_study(ran.folder / "studies/small")
    expected = [
        (wave, name, structure)
        for wave in study.waves
        for name, model in study.models.items()
        for structure in (model.structure, *model.rivals)
    ]
    fit = tables["fit"]
    assert list(zip(fit["wave"], fit["model"], fit["structure"])) == expected
    assert set(fit.loc[fit["model"] == "others", "weight"]) == {"establishment"}
    assert (fit["reason"] == "").tolist() == (fit["status"] == "converged").tolist()


def test_one_factor_does_not_do_for_what_was_drawn_from_three(tables: dict[str, pd.DataFrame]) -> None:
    rivals = tables["fit"].query("declared == 'False'")
    assert (rivals["delta_cfi"] < -0.1).all()
    readiness = tables["fit"].query("model == 'readiness' and declared == 'True'")
    assert (readiness["cfi"] > 0.95).all()
    apart = tables["discriminant"].query("model == 'readiness'")
    assert len(apart) == 6
    assert (apart["htmt_high"] < 1).all()
    assert apart["correlation"].between(0, 0.9).all()


def test_what_may_not_be_used_is_shown_with_its_status_and_used_nowhere(
    tables: dict[str, pd.DataFrame],
) -> None:
    fit = tables["fit"].query("declared == 'True' and status != 'converged'")
    bad = pd.MultiIndex.from_frame(fit[["wave", "model"]])
    assert len(bad) > 0
    for name, used in (("discriminant", "correlation"), ("modification", "index")):
        rows = tables[name]
        mine = pd.MultiIndex.from_frame(rows[["wave", "model"]]).isin(bad)
        assert rows.loc[mine, used].isna().all()
    loadings = tables["loadings"]
    shown = pd.MultiIndex.from_frame(loadings[["wave", "model"]]).isin(bad)
    assert set(loadings.loc[shown & (loadings["structure"] == "correlated"), "status"]) == {"improper"}


def test_items_go_together_with_the_rest_of_their_scale(tables: dict[str, pd.DataFrame]) -> None:
    reliability = tables["reliability"].set_index(["wave", "index"])
    scales = reliability[reliability["type"] == "reflective"]
    assert (scales["alpha"] > 0.4).all()
    assert scales["note"].isin(["", "two items"]).all()
    assert (
        scales.loc[scales["note"] == "", ["omega", "omega_categorical", "ave", "vif"]].notna().all(axis=None)
    )
    assert reliability.loc[reliability["type"] == "formative", "overlap"].notna().all()
    assert (tables["item_statistics"]["item_rest"] > 0.2).all()
