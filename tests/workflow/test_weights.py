"""Weights, margins and the distance to the population, from the small study to what people read."""

import pandas as pd
import pytest

from inspraak.publishing.tables import read_tables

from .conftest import Project


@pytest.fixture(scope="module")
def tables(ran: Project) -> dict[str, pd.DataFrame]:
    return read_tables(ran.folder / "results/small/tables")


def test_every_wave_has_both_weights_and_they_add_up(tables: dict[str, pd.DataFrame]) -> None:
    weights = tables["weights"].set_index(["wave", "weight"])
    assert set(weights.index) == {
        (wave, name) for wave in ("2020", "2024") for name in ("establishment", "employee")
    }
    expected = [{"establishment": 68600, "employee": 4710000}[weight] for _, weight in weights.index]
    assert weights["sum"].tolist() == pytest.approx(expected)
    assert (weights["converged"] == "True").all()
    assert (weights["effective_n"] < weights["n"]).all()


def test_the_margins_are_met(tables: dict[str, pd.DataFrame]) -> None:
    margins = tables["margins"]
    assert (margins["after"] / margins["population"]).to_numpy() == pytest.approx(1, rel=1e-9)
    assert ((margins["before"] / margins["population"] - 1).abs() > 0.001).all()
    analysed = tables["sample"].query("step == 'analysed'").set_index("wave")["n"]
    n = margins.groupby(["wave", "weight", "margin"])["n"].sum()
    assert (n == analysed.reindex(n.index.get_level_values("wave")).to_numpy()).all()


def test_employee_estimates_never_stand_beside_others_in_a_table(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    """What the workbook of the study shows are the estimates by establishment."""
    from openpyxl import load_workbook

    found = tables["descriptives"].query("group_by == '' and statistic == 'mean' and measure == 'S_invloed'")
    means = found.set_index(["weight", "wave"])["estimate"]
    book = load_workbook(ran.folder / "results/small/tables_nl.xlsx", read_only=True)
    for sheet in book.worksheets:
        numbers = {
            cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, float)
        }
        by_weight = {
            name: any(abs(one - mean) < 1e-9 for one in numbers for mean in part)
            for name, part in means.groupby(level=0)
        }
        assert sum(by_weight.values()) <= 1, (sheet.title, by_weight)


def test_the_report_opens_with_what_is_far_from_the_population(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    flagged = tables["margins"].query("flag == 'gap'")
    distance = (flagged["response_share"] - flagged["population_share"]).abs()
    assert len(flagged) > 0
    assert (distance > 0.10).all()
    assert set(flagged["weight"]) == {"establishment"}
    page = (ran.folder / "results/small/report_nl.html").read_text(encoding="utf-8")
    head = page[: page.index('id="main"')]
    assert head.count('class="frame-warning"') == flagged["wave"].nunique()
    assert "10 tot en met 49 werkenden" in head
    log = (ran.folder / "logs/small/judge_frame.log").read_text(encoding="utf-8")
    assert "margin size2, category '10-49'" in log


def test_a_strict_run_stops_with_the_margin_and_the_category(
    copied: Project, tables: dict[str, pd.DataFrame]
) -> None:
    done = copied.snakemake(config="publish=strict")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "margin size2, category '10-49'" in said
    assert "expected a difference of at most 10 percentage points (frame.largest_gap in config.yaml)" in said
    assert "Traceback" not in said
    listed = (copied.folder / "logs/small/judge_frame.log").read_text(encoding="utf-8").count("category")
    assert listed == (tables["margins"]["flag"] == "gap").sum()


def test_a_change_of_a_margin_reruns_from_the_weights_on(copied: Project) -> None:
    for name, old, new in (("margins_size.csv", "52500", "52400"), ("margins_size.csv", "16100", "16200")):
        path = copied.folder / "studies/small" / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    planned = set(copied.planned())
    assert {"weigh_wave", "judge_frame", "describe_wave", "publish_tables"} <= planned
    assert not {"simulate_answers", "read_wave", "clean_wave"} & planned


def test_the_weights_are_drawn_and_described(ran: Project) -> None:
    figures = ran.folder / "results/small/figures"
    drawn = {path.name for path in figures.glob("weights_*")}
    assert drawn >= {"weights_nl.svg", "weights_en.png", "weights_nl_narrow.svg"}
    page = (ran.folder / "results/small/report_en.html").read_text(encoding="utf-8")
    methods = page[page.index('id="methods"') :]
    assert (
        "adjusted so that the distribution by sector and size class equals that of the population (raking)"
        in methods
    )
    assert "How far the weights differ" in methods
    bins = pd.concat(
        pd.read_parquet(path) for path in ran.folder.glob("data/processed/small/wave/*/weight_bins.parquet")
    )
    assert bins["n"].min() >= 10
