"""A design with clusters, from study.yaml to the tables: every standard error is that of sums over clusters."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.predictors import predictors_of
from inspraak.publishing.tables import read_tables
from inspraak.study.study import load_study

from .conftest import Project

FloatArray = np.ndarray
WAVES = ("2020", "2024")
PARTS = ("responses", "reasons", "scores", "imputed", "imputed_scores")


@pytest.fixture(scope="module")
def clustered(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give the small study as if employers of one size had been drawn together, without margins, run to its tables."""
    project = Project.copy(tmp_path_factory.mktemp("clustered") / "project")
    path = project.folder / "studies/small/study.yaml"
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "margins:" not in line]
    text = "\n".join(kept).replace("  employees: workers", "  employees: workers\n  clusters: a_nwerk")
    path.write_text(text, encoding="utf-8")
    project.run("results/small/tables/estimates.csv", config="precision=quick")
    return project


@pytest.fixture(scope="module")
def tables(clustered: Project) -> dict[str, pd.DataFrame]:
    return read_tables(clustered.folder / "results/small/tables")


@pytest.fixture(scope="module")
def data_of(clustered: Project) -> Callable[[str], WaveData]:
    study = load_study(clustered.folder / "studies/small")

    def read(wave: str) -> WaveData:
        folder = clustered.folder / "data/processed/small/wave" / wave
        return WaveData(study, wave, *(pd.read_parquet(folder / f"{part}.parquet") for part in PARTS))

    return read


def covariance(scores: FloatArray, responses: pd.DataFrame) -> FloatArray:
    """Sums of scores (n, k) over clusters, spread within strata: n / (n - 1) times the squared deviations."""
    total = np.zeros((scores.shape[1],) * 2)
    for _, stratum in responses.reset_index(drop=True).groupby("stratum"):
        sums = pd.DataFrame(scores[stratum.index]).groupby(stratum["cluster"].to_numpy()).sum().to_numpy()
        centred = sums - sums.mean(axis=0)
        total += len(sums) / (len(sums) - 1) * centred.T @ centred
    return total


def sampling_df(responses: pd.DataFrame) -> int:
    """Clusters less strata."""
    return len(responses[["stratum", "cluster"]].drop_duplicates()) - responses["stratum"].nunique()


@pytest.mark.parametrize("wave", WAVES)
def test_means_have_the_errors_of_clusters(
    wave: str, tables: dict[str, pd.DataFrame], data_of: Callable[[str], WaveData]
) -> None:
    responses = data_of(wave).responses
    assert responses["cluster"].nunique() < len(responses)
    found = tables["descriptives"].query(
        "wave == @wave and measure == 'i_verz' and statistic == 'mean' and weight == 'establishment'"
    )
    for group_by, group in (("", ""), ("size2", "10-49"), ("sector2", "services")):
        inside = np.ones(len(responses), bool) if not group_by else (responses[group_by] == group).to_numpy()
        y, weight = responses["i_verz"].to_numpy(dtype=float), responses["weight"].to_numpy(dtype=float)
        weight = np.where(inside & ~np.isnan(y), weight, 0.0)
        mean = np.nansum(weight * y) / weight.sum()
        scores = (weight * np.nan_to_num(y - mean) / weight.sum())[:, np.newaxis]
        row = found[(found["group_by"] == group_by) & (found["group"] == group)].iloc[0]
        assert row["estimate"] == pytest.approx(mean, rel=1e-9)
        assert row["std_error"] == pytest.approx(np.sqrt(covariance(scores, responses)[0, 0]), rel=1e-9)
        met = responses[weight > 0]
        assert row["df"] == sampling_df(met)


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("outcome", ["h_bev", "h_betr"])
def test_slopes_have_the_errors_of_clusters_pooled_over_imputations(
    wave: str, outcome: str, tables: dict[str, pd.DataFrame], data_of: Callable[[str], WaveData]
) -> None:
    data = data_of(wave)
    terms = {"S_invloed": data.column("S_invloed")}
    predictors = predictors_of(data, terms, ("log_size", "sector2"))
    weight = data.responses["weight"].to_numpy(dtype=float)
    slopes, variances = [], []
    for X, y, complete in zip(predictors.columns, data.column(outcome), predictors.complete):
        used = np.where(complete & ~np.isnan(y), weight, 0.0)
        bread = np.linalg.inv((X * used) @ X.T)
        coefficients = bread @ ((X * used) @ np.nan_to_num(y))
        scores = (X * used * (np.nan_to_num(y) - coefficients @ X)).T
        slopes.append(coefficients[0])
        variances.append((bread @ covariance(scores, data.responses) @ bread)[0, 0])
    m = len(slopes)
    assert m == 5
    pooled = np.mean(variances) + (1 + 1 / m) * np.var(slopes, ddof=1)
    row = tables["estimates"].query("wave == @wave and hypothesis == 'joint' and outcome == @outcome").iloc[0]
    assert row["estimate"] == pytest.approx(np.mean(slopes), rel=1e-8)
    assert row["std_error"] == pytest.approx(np.sqrt(pooled), rel=1e-8)


def test_weights_and_changes_know_the_clusters(
    tables: dict[str, pd.DataFrame], data_of: Callable[[str], WaveData]
) -> None:
    for wave in WAVES:
        responses = data_of(wave).responses
        row = tables["weights"].query("wave == @wave and weight == 'establishment'").iloc[0]
        assert row["sampling_units"] == sampling_df(responses) + responses["stratum"].nunique()
        assert row["sampling_units"] < row["n"]
    changes = tables["trends"].query("group_by == '' and errors == 'shared employers'")
    assert len(changes) > 0
    assert (changes["df"] < tables["weights"]["sampling_units"].sum()).all()


def test_the_study_is_as_declared(clustered: Project) -> None:
    text = (Path(clustered.folder) / "studies/small/study.yaml").read_text(encoding="utf-8")
    assert "clusters: a_nwerk" in text
    assert "margins" not in text
