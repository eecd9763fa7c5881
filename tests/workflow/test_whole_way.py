"""The small study runs the whole way, from drawn files to what people read."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import escape

from inspraak.cli import check_results
from inspraak.errors import UserError
from inspraak.hypotheses.testing import TESTS
from inspraak.publishing.figures.cards.registry import FIGURES
from inspraak.publishing.tables import TABLES, read_tables
from inspraak.study.kinds import KINDS, OVER_WAVES
from inspraak.study.study import load_study

from .conftest import Project


@pytest.fixture(scope="module")
def tables(ran: Project) -> dict[str, pd.DataFrame]:
    return read_tables(ran.folder / "results/small/tables")


def test_every_published_file_is_there(ran: Project) -> None:
    files = set(ran.results())
    expected = {f"tables/{name}.csv" for name in TABLES}
    for language in ("nl", "en"):
        expected |= {f"report_{language}.html", f"report_{language}.pdf", f"tables_{language}.xlsx"}
        expected |= {f"figures/captions_{language}.json"}
    assert expected <= files
    assert sum(path.endswith(".svg") for path in files) > 20


def test_every_delivered_row_is_analysed_or_removed_for_one_reason(tables: dict[str, pd.DataFrame]) -> None:
    sample = tables["sample"]
    for wave, rows in sample.groupby("wave"):
        n = rows.groupby("step")["n"].sum()
        assert n["delivered"] == n["removed"] + n["analysed"], wave
        assert n["analysed"] > 150
        assert n["removed"] > 5
        assert rows.duplicated(["step", "reason"]).sum() == 0


def test_missing_answers_are_counted_under_one_reason(tables: dict[str, pd.DataFrame]) -> None:
    missing = tables["missing"].set_index(["wave", "item"])
    reasons = [column for column in missing if column not in ("n_asked", "n_not_asked")]
    assert (missing[reasons].sum(axis=1) == missing["n_asked"]).all()
    analysed = tables["sample"].query("step == 'analysed'").set_index("wave")["n"]
    total = missing["n_asked"] + missing["n_not_asked"]
    assert (total == analysed.reindex(total.index.get_level_values("wave")).to_numpy()).all()
    assert (missing["n_not_asked"] > 0).any()


def test_the_account_finds_what_was_declared(ran: Project, tables: dict[str, pd.DataFrame]) -> None:
    from inspraak.survey.simulation.simulate import load_truth

    study = load_study(ran.folder / "studies/small")
    truth = load_truth(study)
    removed = tables["sample"].query("step == 'removed'").set_index(["wave", "reason"])["n"]
    for wave, mess in truth.mess.items():
        assert removed[wave, "straight_lining"] == mess.straight_liners
        assert removed[wave, "failed_attention"] == mess.failed_attention


def test_every_claim_has_a_verdict_in_every_wave_or_over_all(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    study = load_study(ran.folder / "studies/small")
    verdicts = tables["verdicts"]
    declared = {
        (name, wave)
        for name, claim in study.claims.items()
        for wave in (["all"] if claim.kind in OVER_WAVES else study.waves)
        if claim.waves is None or wave in claim.waves
    }
    assert set(zip(verdicts["hypothesis"], verdicts["wave"])) == declared
    assert {claim.kind for claim in study.claims.values()} == set(KINDS)
    assert verdicts["sentence_nl"].str.len().gt(10).all()
    assert verdicts["sentence_en"].str.len().gt(10).all()


def test_claims_of_kinds_without_a_test_say_so(tables: dict[str, pd.DataFrame]) -> None:
    verdicts = tables["verdicts"]
    waiting = verdicts["reason"].str.startswith("kind not available")
    assert set(verdicts.loc[waiting, "kind"]) == set(KINDS) - {*TESTS, *OVER_WAVES, "untested"}
    assert (verdicts.loc[waiting, "sentence_nl"] == "Deze toets is nog niet beschikbaar.").all()
    tested = verdicts["kind"].isin([*TESTS, *OVER_WAVES])
    assert (verdicts.loc[tested, "verdict"] != "not testable").all()


def test_what_compares_waves_is_told_of_the_same_employers(tables: dict[str, pd.DataFrame]) -> None:
    estimates = tables["estimates"].query("wave == 'all'").set_index("hypothesis")
    returning = tables["trends"].query("measure == 'S_eerlijk' and group_by == ''")["n_overlap"].iloc[0]
    assert estimates.loc["trend", "term"] == "2020 to 2024"
    assert 30 <= estimates.loc["within_employer", "n"] <= returning
    assert estimates.loc["within_employer", "n"] < estimates.loc["trend", "n"]
    said = tables["verdicts"].query("wave == 'all'").set_index("hypothesis")["sentence_nl"]
    assert "dezelfde vestigingen" in said["within_employer"]
    assert "van 2020 naar 2024" in said["trend"]


def test_estimates_hold_weighted_and_unweighted_numbers(tables: dict[str, pd.DataFrame]) -> None:
    descriptives = tables["descriptives"]
    everyone = descriptives.query("group_by == '' and statistic == 'mean'")
    means = everyone.pivot_table(index=["wave", "measure"], columns="weight", values="estimate")
    assert set(means.columns) == {"establishment", "employee", "none"}
    for one, other in (("establishment", "none"), ("establishment", "employee")):
        assert (means[one] - means[other]).abs().max() > 0.1
    assert descriptives.query("group_by != ''")["group"].nunique() == 4


def test_every_interval_says_how_it_was_made(tables: dict[str, pd.DataFrame]) -> None:
    """In so small a survey a share of a group mostly rests on few cases."""
    descriptives = tables["descriptives"]
    shown = descriptives["ci_low"].notna()
    assert set(descriptives.loc[~shown, "interval"]) == {""}
    named = descriptives[shown].groupby("statistic")["interval"].agg(set)
    assert named.to_dict() == {"mean": {"t"}, "share": {"logit", "korn_graubard"}, "quantile": {"woodruff"}}


def test_no_small_group_is_published(tables: dict[str, pd.DataFrame]) -> None:
    descriptives = tables["descriptives"]
    shown = descriptives.query("flag != 'suppressed'")
    hidden = descriptives.query("flag == 'suppressed'")
    assert shown["n"].min() >= 10
    assert hidden["estimate"].isna().all()
    listed = tables["disclosure"].query("file == 'tables/descriptives.csv'")["cell"].str.split("|")
    assert len(hidden) == (listed.str.len() == 7).sum()
    # an interval, or a difference from the rest, that is hidden alone is named behind its cell
    keys = ["wave", "measure", "statistic", "category", "group_by", "weight", "group"]
    cells = descriptives.set_index(keys).sort_index()
    alone = listed[listed.str.len() == 8]
    assert len(alone) > 0
    for *cell, part in alone:
        columns = {"interval": ["std_error", "ci_low", "ci_high"]}.get(part, [part, "p_value", "cohens_d"])
        assert cells.loc[[tuple(cell)], columns].isna().all(axis=None)


def test_the_chains_of_the_imputation_are_drawn(ran: Project, tables: dict[str, pd.DataFrame]) -> None:
    figures = ran.folder / "results/small/figures"
    ends = ("nl.svg", "nl.png", "nl_narrow.svg", "en.svg", "en.png", "en_narrow.svg")
    assert {path.name for path in figures.glob("chains_*")} == {f"chains_{end}" for end in ends}
    page = (ran.folder / "results/small/report_nl.html").read_text(encoding="utf-8")
    methods = page[page.index('id="methods"') :]
    latest = tables["imputation"].query("wave == '2024' and difference == difference")
    most = latest.sort_values("n_imputed", ascending=False).iloc[0]
    assert "Gegeven en ingevulde antwoorden" in methods
    assert most["item"] == "i_verz"


def test_every_claim_that_is_tested_by_a_kind_with_a_figure_has_one_on_its_card(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    study = load_study(ran.folder / "studies/small")
    tested = set(tables["verdicts"].query("verdict != 'not testable'")["hypothesis"])
    kinds = {name: {part.kind for part in study.claims[name].parts.values()} for name in tested}
    expected = {name for name, found in kinds.items() if found <= set(FIGURES)}
    assert len(expected) > 10
    for language in ("nl", "en"):
        folder = ran.folder / "results/small"
        captions = json.loads((folder / f"figures/captions_{language}.json").read_text("utf-8"))
        cards = (folder / f"report_{language}.html").read_text("utf-8").split('<article class="card')[1:]
        of_claims = {name: caption for name, caption in captions.items() if caption["claim"]}
        without = expected - {caption["claim"] for caption in of_claims.values()}
        assert without <= {"necessity"}, "a condition that bounds nothing has no figure"
        for caption in of_claims.values():
            (card,) = [card for card in cards if f'id="claim-{caption["claim"]}"' in card]
            assert f'alt="{escape(caption["alternative"])}"' in card


def test_the_run_ends_with_its_audit_and_a_breach_stops_it(copied: Project) -> None:
    folder = copied.folder / "results/small"
    said = (folder / "provenance/audit.txt").read_text(encoding="utf-8")
    assert "tables, 2 workbooks, 2 reports, 2 PDFs" in said
    assert "identifiers of employers were looked for" in said
    (folder / "rows.csv").write_text("resp_id,answer\nKP1,4\n", encoding="utf-8")
    done = copied.snakemake("--forcerun", "audit_results")
    assert done.returncode != 0
    assert "a file 'rows.csv'" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (folder / "provenance/audit.txt").exists()


def test_models_are_tried_with_what_the_way_of_asking_adds(tables: dict[str, pd.DataFrame]) -> None:
    method = tables["method"]
    by_markers = ["marker", "baseline", "marker_constrained", "marker_unconstrained", "restricted"]
    for (_, model), rows in method.groupby(["wave", "model"]):
        own = by_markers if model == "readiness" else []
        assert rows["step"].tolist() == ["harman", *own, "method_factor"]
    assert method.loc[method["step"].isin(by_markers), "status"].eq("converged").all()
    assert tables["discriminant"].query("model == 'readiness'")["correlation_marker"].notna().all()


def test_scales_are_judged_and_their_verdicts_stand_beside_what_rests_on_them(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    models = load_study(ran.folder / "studies/small").models
    judged = tables["invariance"]
    wanted = {
        (name, scale, by) for name, model in models.items() for scale in model.factors for by in model.compare
    }
    verdicts = judged.groupby(["model", "index", "grouping"])["comparable"].agg(set)
    assert set(verdicts.index) == wanted
    assert verdicts.map(len).eq(1).all()
    assert judged.loc[judged["model"] == "others", "employers"].eq("clustered").all()
    assert judged.loc[judged["model"] == "readiness", "employers"].eq("one wave each").all()
    tested = judged[judged["status"] == "converged"]
    assert tested[["cfi", "chi2", "n"]].notna().all(axis=None)
    assert len(tested) > 30
    groups = tables["descriptives"].query("measure == 'KUNNEN' and group_by == 'size2'")["comparable"]
    assert {*groups} == verdicts["readiness", "KUNNEN", "size2"]
    changes = tables["trends"].query("measure == 'S_invloed'")["invariance"]
    assert {*changes} == verdicts["others", "S_invloed", "wave"]


def test_the_results_pass_the_audit(ran: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ran.folder)
    said = check_results(Path("config.yaml"), folder="results/small")
    assert any("tables" in line for line in said)
    copy = tmp_path / "small"  # the run itself stays as it is, dates of its files included
    shutil.copytree(ran.folder / "results/small", copy)
    table = copy / "tables/descriptives.csv"
    rows = table.read_text(encoding="utf-8")
    table.write_text(rows.replace(",suppressed,", ",,", 1), encoding="utf-8")
    with pytest.raises(UserError, match="descriptives"):
        check_results(Path("config.yaml"), folder=str(copy))


def test_imputed_are_missing_answers_alone_and_all_that_claims_rest_on(
    ran: Project, tables: dict[str, pd.DataFrame]
) -> None:
    account = tables["imputation"].set_index(["wave", "item"])
    for wave in ("2020", "2024"):
        folder = ran.folder / "data/processed/small/wave" / wave
        names = ("responses", "reasons", "imputed")
        responses, reasons, cells = (pd.read_parquet(folder / f"{name}.parquet") for name in names)
        for item, rows in cells.groupby("item")["row"]:
            said = reasons[item].iloc[rows]
            assert responses[item].iloc[rows].isna().all()
            assert not said.isin(["", "not_asked", "not_applicable"]).any()
            assert len(rows) == account.loc[(wave, item), "n_imputed"]
        assert len(cells) == account.loc[wave, "n_imputed"].sum() > 50
    estimates = tables["estimates"].dropna(subset="estimate")
    kinds, types = estimates["kind"], estimates["term"].str.startswith("class ")
    of_answers = (kinds == "measurement") | ((kinds == "typology") & types)  # models of the answers as given
    assert (estimates.loc[~of_answers, "imputations"] == 20).all()
    pooled = estimates["kind"].isin(["regression", "joint", "association", "contrast", "moderation"])
    assert estimates.loc[pooled, "fmi"].between(0, 1).all()
    indices = tables["descriptives"].query("group_by == '' and flag == '' and fmi > 0")
    assert len(indices) > 10


def test_simulated_data_are_marked_everywhere(ran: Project) -> None:
    from openpyxl import load_workbook

    folder = ran.folder / "results/small"
    for language, mark in (("nl", "Gesimuleerde gegevens"), ("en", "Simulated data")):
        assert mark in (folder / f"report_{language}.html").read_text(encoding="utf-8")
        book = load_workbook(folder / f"tables_{language}.xlsx", read_only=True)
        for sheet in book.worksheets:
            cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
            assert any(mark in cell for cell in cells), sheet.title


def test_raw_files_are_not_written(ran: Project) -> None:
    raw = ran.folder / "data/raw/small"
    log = ran.folder / "logs/small"
    newest = max(path.stat().st_mtime_ns for path in raw.iterdir())
    assert newest < min(path.stat().st_mtime_ns for path in Path(log).glob("*/read_wave.log"))
