"""A wave whose answers jump: the report opens with it, and a strict run stops before anything is published."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from inspraak.publishing.tables import read_tables

from .conftest import Project

FRAME = 'frame={"largest_gap":1,"largest_break":0.5}'
TURNED = ("f_kan2", "f_wil2", "f_mag2", "e_eer2")
RAISED = ("f_kan1", "f_wil1", "f_mag1", "e_eer1", *TURNED)


@pytest.fixture(scope="module")
def jumping(ran: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """Give a project that has not run, and the setting of delivered files whose last wave answers far higher."""
    folder = tmp_path_factory.mktemp("jumping")
    raw = folder / "raw"
    shutil.copytree(ran.folder / "data/raw/small", raw)
    path = raw / "small2024.csv"
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("cp1252"), newline=""), delimiter=";"))
    for name in RAISED:
        place, step = rows[1].index(name), -2 if name in TURNED else 2
        for row in rows[2:]:
            if row[place] in tuple("12345"):
                row[place] = str(min(max(int(row[place]) + step, 1), 5))
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows)
    path.write_bytes(stream.getvalue().encode("cp1252"))
    return Project.copy(folder / "project"), f"raw={raw} {FRAME}"


@pytest.fixture(scope="module")
def strict(jumping: tuple[Project, str]) -> tuple[Project, str, set[Path]]:
    """Run it strictly; gives the project, what it said, and the files that were published."""
    project, config = jumping
    done = project.snakemake(config=f"{config} publish=strict")
    assert done.returncode != 0
    published = {path for path in (project.folder / "results").rglob("*") if path.is_file()}
    return project, done.stdout + done.stderr, published


def test_a_strict_run_stops_with_the_wave_and_its_indices(strict: tuple[Project, str, set[Path]]) -> None:
    project, said, published = strict
    assert published == set()
    assert "wave 2024: trends: found 5 of " in said
    assert "wave 2024: index KUNNEN: found a change of +" in said
    assert "standard deviations (frame.largest_break in config.yaml), or publish: warn." in said
    assert "Traceback" not in said
    log = (project.folder / "logs/small/judge_trends.log").read_text(encoding="utf-8")
    assert log.count("wave 2024: index") == 5  # the weakest of able, willing and allowed is one too


def test_otherwise_the_report_opens_with_it(
    jumping: tuple[Project, str], strict: tuple[Project, str, set[Path]]
) -> None:
    project, config = jumping
    project.run(config=f"{config} publish=warn")
    trends = read_tables(project.folder / "results/small/tables")["trends"]
    judged = trends.query("group_by == '' and plausibility != ''")
    assert set(judged["measure"]) == {"KUNNEN", "WILLEN", "MOGEN", "S_eerlijk", "ZWAKSTE"}
    assert set(judged["implausible_wave"]) == {"2024"}
    assert (judged["standardised"] > 0.5).all()
    for language, said in (("nl", "Let op: tussen 2020 en 2024"), ("en", "Note: between 2020 and 2024")):
        page = (project.folder / f"results/small/report_{language}.html").read_text(encoding="utf-8")
        head = page[: page.index('id="main"')]
        assert head.count('class="frame-warning"') == 1
        assert said in head


def test_every_mean_has_its_change(ran: Project) -> None:
    tables = read_tables(ran.folder / "results/small/tables")
    trends, descriptives = tables["trends"], tables["descriptives"]
    means = descriptives.query("statistic == 'mean' and weight == 'establishment' and flag != 'suppressed'")
    keys = ["measure", "group_by", "group"]
    by_wave = means.pivot_table(index=keys, columns="wave", values="estimate")
    change = (by_wave["2024"] - by_wave["2020"]).dropna()
    shown = trends[trends["flag"] != "suppressed"].set_index(keys)
    assert set(shown.index) == set(change.index)
    assert shown["estimate"].to_numpy() == pytest.approx(change.reindex(shown.index).to_numpy(), abs=1e-9)
    assert set(trends["plausibility"]) == {""}
    # a third of the employers of the small study return
    everyone = trends.query("group_by == ''")
    assert set(everyone["errors"]) == {"shared employers"}
    assert 40 < everyone["n_overlap"].max() < 80
    assert (trends["n_overlap"].dropna() >= 10).all()
    reasons = trends.query("comparable == 'False' and group_by == ''").set_index("measure")["reason"]
    assert reasons["S_invloed"] == "other scale: d_inv1, d_inv2, d_inv3"
