"""The audit passes what is published, and finds every breach that is planted in it."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from inspraak.cli import main
from inspraak.errors import UserError
from inspraak.publishing.audit.auditing import audit_results
from inspraak.publishing.audit.contract import RULES
from inspraak.publishing.audit.drawings import KINDS, drawn
from inspraak.publishing.audit.results import Numbers
from inspraak.publishing.disclosure import NUMBERS
from inspraak.publishing.tables import TABLES, read_table, write_table
from inspraak.study.configuration import Disclosure

from .audited import SECTORS, copied, publish_study


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_study(tmp_path_factory.mktemp("published"))


@pytest.fixture
def results(published: Path, tmp_path: Path) -> Path:
    """A copy of the results, to plant a breach in."""
    return copied(published, tmp_path)


def breaches(results: Path, **limits: float) -> str:
    with pytest.raises(UserError) as caught:
        audit_results(results, limits=Disclosure(**limits))
    return str(caught.value).replace(f"{results}/", "")


def change(results: Path, name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a table of the results."""
    write_table(name, edit(read_table(name, results / "tables")), results / "tables")


def row_of(table: pd.DataFrame, **cell: str) -> int:
    """Give the place of one row of the descriptives: of the first weight where none is asked for."""
    wanted = {"wave": "2020", "statistic": "mean", "category": "", "weight": "establishment", **cell}
    found = table.index[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    return int(found[0])


def test_what_compares_waves_is_published_where_both_have_enough_employers(published: Path) -> None:
    rows = read_table("estimates", published / "tables").query("wave == 'all'").set_index("hypothesis")
    assert rows.loc["H3", ["term", "n"]].tolist() == ["2020 to 2024", 2 * sum(SECTORS.values())]
    assert np.isfinite(rows.loc["H3", "estimate"])
    assert rows.loc["H4", "reason"] == "too few employers"
    assert rows.loc["H4", ["n", "n_fewest", "estimate"]].isna().all()  # 16 employers, of whom 8 in one wave
    assert rows.loc["H5", "reason"] == "too few employers in several waves"


def test_what_is_published_passes(published: Path) -> None:
    lines = audit_results(published, limits=Disclosure())
    assert f"{published}: {len(TABLES)} tables, 1 workbooks, 1 reports, 0 PDFs" in lines[0]
    table = read_table("descriptives", published / "tables")
    assert set(table.loc[table["flag"] == "suppressed", "group"]) >= {"logistics", "services"}
    hidden = (table["flag"] == "suppressed").sum()
    assert lines[1] == f"descriptives: {len(table) - hidden} cells shown, {hidden} suppressed"
    assert "456 identifiers of employers were looked for" in lines[2]


def test_higher_limits_are_breached(published: Path) -> None:
    told = breaches(published, minimum_n=65)
    assert "tables/descriptives.csv" in told
    assert "expected 65 employers or more" in told


def test_results_without_their_data_say_so(results: Path) -> None:
    results.parents[1].joinpath("data").rename(results.parents[1] / "elsewhere")
    assert audit_results(results, limits=Disclosure())[2].startswith(
        "the processed data do not lie beside it"
    )


Plant = Callable[[Path], None]
PLANTS: dict[str, tuple[Plant, str]] = {}


def plant(expected: str) -> Callable[[Plant], Plant]:
    """Declare a breach, and what the audit says of it."""

    def keep(function: Plant) -> Plant:
        PLANTS[function.__name__] = (function, expected)
        return function

    return keep


@plant(
    "tables/descriptives.csv: row 3, 2020|q9|mean||sector|establishment|industry: found n 9; expected 10 employers"
)
def a_small_cell(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        one = table.iloc[[row_of(table, measure="A", group="industry")]]
        small = one.assign(measure="q9", n=9.0, flag="small")
        return pd.concat([table.iloc[:1], small, table.iloc[1:]], ignore_index=True)

    change(results, "descriptives", edit)


@plant("found n 54, flag ''; expected the flag 'small' below 61 employers")
def an_unflagged_cell(results: Path) -> None:
    """Audited by a higher limit."""


@plant("expected estimate empty in a suppressed cell")
def a_filled_suppressed_cell(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[row_of(table, measure="A", group="logistics"), "estimate"] = 61.2
        return table

    change(results, "descriptives", edit)


@plant("(row 2 of disclosure.csv); expected a suppressed cell")
def a_cell_shown_that_is_listed(results: Path) -> None:
    listed = read_table("disclosure", results / "tables")
    file, cell = listed.loc[0, "file"], listed.loc[0, "cell"].split("|")
    name = Path(file).stem

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        keys = RULES[name].keys
        place = table.index[np.logical_and.reduce([table[key] == part for key, part in zip(keys, cell)])][0]
        table.loc[place, cell[-1]] = 5.0
        return table

    change(results, name, edit)


@plant("mean 3.25; expected an empty cell, as the unweighted mean of the item is")
def an_item_described_where_its_mean_is_hidden(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(mean=3.25)

    change(results, "item_statistics", edit)


@plant("tables/fit.csv: row 2, 2020|scales|correlated: found n 9; expected 10 employers")
def a_model_of_few_employers(results: Path) -> None:
    change(results, "fit", lambda table: table.assign(n=[9.0, *table["n"].iloc[1:]]))


def _suppressed(table: pd.DataFrame, rows: "pd.Series[bool]") -> pd.DataFrame:
    hidden = {name: table[name].mask(rows) for name in NUMBERS}
    return table.assign(**hidden, flag=table["flag"].mask(rows, "suppressed"))


@plant("2020|A|size2|establishment: found one hidden group ('50+'), which the total less the others tells")
def a_single_hidden_group(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        return _suppressed(
            table, (table["group"] == "50+") & (table["measure"] == "A") & (table["wave"] == "2020")
        )

    cells = [f"2020|A|mean||size2|{weight}|50+" for weight in ("establishment", "employee", "none")]
    rows = pd.DataFrame({"file": "tables/descriptives.csv", "cell": cells, "rule": "primary"})
    change(results, "descriptives", edit)
    change(results, "disclosure", lambda table: pd.concat([table, rows]).drop_duplicates("cell"))


@plant("found 8 employers left when the groups are subtracted from the total; expected none, or 10 at least")
def employers_of_no_group(results: Path) -> None:
    seen = {"n": 60.0, "estimate": 50.0, "flag": ""}

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table = table[table["group"] != "logistics"]
        services = (table["group"] == "services") & (table["weight"] == "establishment")
        return table.assign(**{name: table[name].mask(services, value) for name, value in seen.items()})

    change(results, "descriptives", edit)


@plant(
    "by weight 'none', where a group is hidden by weight 'establishment'; expected weight 'establishment' alone"
)
def another_weight_of_a_measure_with_a_hidden_group(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        place = row_of(table, measure="A", group="", weight="none")
        table.loc[place, ["n", "estimate", "flag"]] = [228.0, 55.0, ""]
        return table

    change(results, "descriptives", edit)


@plant("found flag '', n 70; expected a suppressed cell, as other numbers of this measure in this group are")
def a_category_of_a_hidden_cell(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        place = row_of(table, measure="q1", statistic="mean", group="trade")
        table.loc[place, "flag"] = "suppressed"
        return table

    change(results, "descriptives", edit)


@plant(
    "tables/descriptives.csv: 2020|A: found a sum of the answers of 8 employers, which follows from everyone"
)
def a_sum_that_follows_from_several_tables(results: Path) -> None:
    """Both hidden groups are shown as one: everyone less all groups is logistics."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table["group"] = table["group"].where(table["flag"] != "suppressed", "gone")
        table = table[(table["group"] != "gone") | (table["weight"] != "establishment")]
        one = table.iloc[[row_of(table, measure="A", group="industry")]]
        return pd.concat([table, one.assign(group="services", n=60.0)], ignore_index=True)

    change(results, "descriptives", edit)


@plant("found n 29, estimate 1, std_error 0.01; expected a share between 0 and 1")
def a_share_of_all(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        place = row_of(table, measure="q1", statistic="share", category="5", group="trade")
        table.loc[place, ["n", "estimate", "std_error", "flag"]] = [29.0, 1.0, 0.01, "small"]
        return table

    change(results, "descriptives", edit)


@plant("tables/descriptives.csv: row 2, 2020|A|maximum|||establishment|: found statistic 'maximum'")
def a_statistic_of_one_employer(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[0, "statistic"] = "maximum"
        return table.assign(group=table["group"])

    change(results, "descriptives", edit)


@plant(
    "tables/responses.csv: found the table 'responses'; expected a table that publishing/tables.py declares"
)
def a_table_of_rows(results: Path) -> None:
    (results / "tables" / "responses.csv").write_text("employer,q1\nx,3\n", encoding="utf-8")


@plant("tables/sample.csv: column employer: found a column that is not declared")
def a_column_of_employers(results: Path) -> None:
    path = results / "tables" / "sample.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},employer", *(f"{line},1" for line in lines[1:])]) + "\n")


@plant("tables/sample.csv: wave 2020: found 229 delivered rows; expected 228, removed and analysed together")
def a_delivered_row_that_is_lost(results: Path) -> None:
    change(
        results,
        "sample",
        lambda table: table.assign(
            n=table["n"] + ((table["step"] == "delivered") & (table["wave"] == "2020"))
        ),
    )


@plant(
    "tables/missing.csv: row 3, 2020|a_sbi: found n_asked 229; expected the answers and the reasons together"
)
def an_answer_that_is_lost(results: Path) -> None:
    change(results, "missing", lambda table: table.assign(n_asked=table["n_asked"] + (table.index == 1)))


@plant(
    "tables/weights.csv: row 3, 2020|employee: found n 228, p99 900; expected an empty cell: fewer than 10 employers"
)
def the_largest_employee_weight(results: Path) -> None:
    change(results, "weights", lambda table: table.assign(p99=table["p99"].mask(table.index == 1, 900.0)))


@plant("tables/verdicts.csv: row 3, H2|2020: found verdict 'supported'; expected not testable")
def a_verdict_on_nothing(results: Path) -> None:
    change(results, "estimates", lambda table: table[table["hypothesis"] != "H2"])
    change(results, "verdicts", lambda table: table.assign(verdict="supported"))


@plant("found estimate 1.5; expected an empty cell, as the mean of one of both waves is")
def a_change_beside_a_hidden_mean(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        hidden = table["flag"] == "suppressed"
        seen = {"n_from": 60.0, "n_to": 60.0, "estimate": 1.5, "flag": ""}
        return table.assign(**{name: table[name].mask(hidden, value) for name, value in seen.items()})

    change(results, "trends", edit)
    change(results, "disclosure", lambda table: table[table["file"] != "tables/trends.csv"])


@plant("n_fewest 3, estimate 0.4; expected 10 employers or more on either side, or an empty row")
def an_estimate_of_a_rare_answer(results: Path) -> None:
    change(results, "estimates", lambda table: table.assign(n_fewest=3.0, estimate=0.4))


@plant("found n_overlap 4; expected none, 10 at least, or an empty cell")
def a_few_who_returned(results: Path) -> None:
    change(results, "trends", lambda table: table.assign(n_overlap=4.0))


@plant("n_imputed 0, difference 0.3; expected an empty cell: fewer than 10 answers given or imputed")
def a_mean_of_few_imputed_answers(results: Path) -> None:
    change(results, "imputation", lambda table: table.assign(difference=0.3))


@plant("expected quantile_n other employers on each side")
def a_quantile_of_ten(results: Path) -> None:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        place = row_of(table, measure="n_ideas", statistic="quantile", category="0.5", group="trade")
        table.loc[place, ["n", "estimate", "flag"]] = [10.0, 3.0, "small"]
        return table

    change(results, "descriptives", edit)


@plant("answers.parquet: found a file 'answers.parquet'; expected tables/*.csv")
def answers(results: Path) -> None:
    (results / "answers.parquet").write_bytes(b"PAR1")


@plant("report_en.pdf: found an entry /EmbeddedFile; expected pages alone")
def a_file_in_a_page(results: Path) -> None:
    (results / "report_en.pdf").write_bytes(b"%PDF-1.7\n1 0 obj <</Type /EmbeddedFile>> endobj\n")


def _in_workbook(results: Path, edit: Callable[[object], None]) -> None:
    from openpyxl import load_workbook

    path = results / "tables_en.xlsx"
    book = load_workbook(path)
    edit(book)
    book.save(path)


@plant(
    "sheet 'Work', row 7: found the numbers 61.2, 55, 67, 7; expected a row that the published tables hold"
)
def a_row_more_in_a_sheet(results: Path) -> None:
    def edit(book) -> None:  # type: ignore[no-untyped-def]
        for place, value in enumerate(["WG", "2020", "-", 61.2, 55, 67, 7], 1):
            book["Work"].cell(7, place).value = value

    _in_workbook(results, edit)


@plant("tables_en.xlsx: sheet 'Rows': found a hidden sheet; expected none")
def a_hidden_sheet(results: Path) -> None:
    def edit(book) -> None:  # type: ignore[no-untyped-def]
        book.create_sheet("Rows").sheet_state = "hidden"

    _in_workbook(results, edit)


@plant("found the number '61.2' as a text; expected a row that the published tables hold")
def a_number_as_text_in_a_sheet(results: Path) -> None:
    def edit(book) -> None:  # type: ignore[no-untyped-def]
        book["Work"]["B5"] = "61.2"

    _in_workbook(results, edit)


@plant("tables_en.xlsx: xl/media/image1.png: found a part beside sheets and tables; expected none")
def a_picture_in_a_workbook(results: Path) -> None:
    with zipfile.ZipFile(results / "tables_en.xlsx", "a") as archive:
        archive.writestr("xl/media/image1.png", b"")


def _in_report(results: Path, old: str, new: str) -> None:
    path = results / "report_en.html"
    text = path.read_text("utf-8")
    assert re.search(old, text)
    path.write_text(re.sub(old, lambda _: new, text, count=1), encoding="utf-8")


@plant(": found n = 8; expected 10 employers or more")
def a_small_base_in_a_report(results: Path) -> None:
    _in_report(results, r"n = 228</span>", "n = 8</span>")


@plant("beside n = 228; expected a number that the tables publish with this base")
def another_number_in_a_report(results: Path) -> None:
    _in_report(results, r'<span class="v">[\d.]+</span>(?=<span class="s">)', '<span class="v">99.9</span>')


@plant("found the attribute data-employer; expected none: the page holds what it shows")
def an_attribute_in_a_report(results: Path) -> None:
    _in_report(results, r"<td data-wave", "<td data-employer='7' data-wave")


@plant("script 'rows': found data beside those of the filter; expected none")
def data_in_a_report(results: Path) -> None:
    _in_report(results, "</body>", '<script type="application/json" id="rows">[[1, 2]]</script></body>')


def _in_filter(results: Path, edit: Callable[[list[str]], list[str]], group: str) -> None:
    path = results / "report_en.html"
    text = path.read_text("utf-8")
    found = re.search(r'(<script[^>]*id="cells">)(.*?)(</script>)', text, re.DOTALL)
    assert found
    cells = json.loads(found[2])
    cells["sector"][group] = edit(cells["sector"][group])
    path.write_text(text.replace(found[2], json.dumps(cells)), encoding="utf-8")


@plant("report_en.html: filter, sector trade: found n = 9; expected 10 employers or more")
def a_small_base_in_the_filter(results: Path) -> None:
    _in_filter(results, lambda cells: [cells[0].rpartition("\t")[0] + "\tn = 9", *cells[1:]], "trade")


@plant(
    "report_en.html: filter, sector logistics: found 1 cells that show a share; expected the 0 that are published"
)
def a_hidden_cell_in_the_filter(results: Path) -> None:
    _in_filter(results, lambda cells: [*cells[1:], "12%"], "logistics")


@plant("report_en.html: found the identifier of an employer (WG*****); expected none")
def an_identifier_in_a_report(results: Path) -> None:
    _in_report(results, "</body>", "<p>With thanks to WG00003.</p></body>")


@plant(
    "tables_en.xlsx: xl/worksheets/sheet5.xml: found the identifier of an employer (WG*****); expected none"
)
def an_identifier_in_a_workbook(results: Path) -> None:
    def edit(book) -> None:  # type: ignore[no-untyped-def]
        book["Work"]["A5"] = "As WG00003 said"

    _in_workbook(results, edit)


@plant(
    "tables/verdicts.csv: column sentence_en: found the identifier of an employer (WG*****) and 1 more; expected none"
)
def identifiers_in_a_table(results: Path) -> None:
    change(results, "verdicts", lambda table: table.assign(sentence_en="WG00003, WG10004 and others"))


def _scatter(points: int) -> str:
    marks = "".join(f'<use xlink:href="#m0" x="{place}" y="{place % 7}"/>' for place in range(points))
    return f'<g id="PathCollection_1"><defs><path id="m0" d="M0 0L1 1"/></defs>{marks}</g></svg>'


@plant("points; expected at most 4, one for each published cell that a figure of kind 'trend' can show")
def a_scatter_in_a_drawing(results: Path) -> None:
    path = results / "figures" / "trend_work_en.svg"
    path.write_text(path.read_text("utf-8").replace("</svg>", _scatter(228)), encoding="utf-8")


@plant("found a line of 229 corners; expected at most 110")
def a_line_through_all_employers(results: Path) -> None:
    path = results / "figures" / "distribution_work_en.svg"
    line = "M0 0" + "".join(f"L{place} {place % 9}" for place in range(228))
    path.write_text(path.read_text("utf-8").replace("</svg>", f'<path d="{line}"/></svg>'), encoding="utf-8")


@plant("figures/scatter_en.svg: found a drawing of kind ''; expected a figure of captions_<language>.json")
def a_drawing_that_is_not_declared(results: Path) -> None:
    (results / "figures" / "scatter_en.svg").write_text("<svg></svg>", encoding="utf-8")


@plant("report_en.html: picture 1: found another drawing; expected a drawing of the folder figures/")
def a_scatter_in_a_report(results: Path) -> None:
    scatter = quote(f"<svg>{_scatter(20)}")
    _in_report(results, r'data:image/svg\+xml,[^"]*', f"data:image/svg+xml,{scatter}")


@plant("figures/trend_work_en.png: found a part 'tEXt'; expected the picture alone")
def a_text_in_a_picture(results: Path) -> None:
    path = results / "figures" / "trend_work_en.png"
    data = path.read_bytes()
    text = b"WG1: 3"
    path.write_bytes(data[:33] + len(text).to_bytes(4, "big") + b"tEXt" + text + b"\0\0\0\0" + data[33:])


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_breach_is_found(name: str, results: Path) -> None:
    plant_it, expected = PLANTS[name]
    plant_it(results)
    told = breaches(results, **({"flag_n": 61} if name == "an_unflagged_cell" else {}))
    assert expected in told


def test_the_breaches_of_one_sort_are_told_up_to_twenty(results: Path) -> None:
    change(results, "descriptives", lambda table: table.assign(flag=table["flag"].replace("", "fine")))
    told = breaches(results)
    assert told.count("expected small, suppressed or nothing") == 21
    assert "more like these; expected small, suppressed or nothing" in told


def test_the_command_audits_a_folder(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.parents[1])
    assert main(["check", "--results", "results/trial"]) == 0
    assert "cells shown" in capsys.readouterr().out
    assert main(["check", "trial", "--results"]) == 0
    Path("config.yaml").write_text("study: trial\ndisclosure: {minimum_n: 65}\n", encoding="utf-8")
    assert main(["check", "--results"]) == 1
    shown = capsys.readouterr().err
    assert "results/trial/tables/descriptives.csv: row" in shown
    assert re.search(r"\d+ problems found", shown)
    assert main(["check", "--results", "results/other"]) == 1
    assert capsys.readouterr().err.startswith("results/other: found no such folder")
    with pytest.raises(SystemExit):
        main(["check", "--results", "--raw", "raw"])


def test_letters_are_no_points() -> None:
    letters = '<g class="words"><defs><path id="m1" d="M0 0L1 1"/></defs><g><use x="1"/><use x="2"/></g></g>'
    found = drawn(
        f'<svg><g id="a"><defs><path id="m0" d="M0 0"/></defs><use x="3"/></g>{letters}<path d="M1 1L2 2M3 3"/></svg>'
    )
    assert (found.points, found.shapes, found.corners) == (1, 2, 2)


def test_every_table_and_every_kind_of_figure_has_its_entry(published: Path) -> None:
    captions = json.loads((published / "figures" / "captions_en.json").read_text("utf-8"))
    assert {caption["kind"] for caption in captions.values()} <= set(KINDS)
    assert set(RULES) <= set(TABLES)


def test_who_did_not_know_may_stand_beside_the_answers() -> None:
    """A workbook shows the share that did not know, of all who said something, in the row of those who answered."""
    cells = {
        "wave": "2020",
        "measure": "q1",
        "statistic": "share",
        "group_by": "",
        "group": "",
        "weight": "none",
    }
    shares = pd.DataFrame([{**cells, "category": "1", "n": 139.0, "estimate": 0.25}]).reindex(
        columns=TABLES["descriptives"].columns
    )
    unknown = shares.assign(category="dont_know", n=147.0, estimate=0.054)
    other = unknown.assign(measure="q2", n=148.0, estimate=0.061)
    numbers = Numbers.of({"descriptives": pd.concat([shares, unknown, other])})
    assert numbers.holds(147, 0.054)
    assert numbers.holds(139, 0.054)
    assert not numbers.holds(139, 0.061)
