"""Which scoring made the scores of scales is said where it is not the mean, in report, PDF and workbook."""

import pandas as pd
import pytest

from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report import render_report
from inspraak.publishing.report_methods import methods
from inspraak.publishing.tables import conform
from inspraak.publishing.workbook_notes import notes_sheet

SAID = {
    "factor": {"nl": "is een factorscore", "en": "is a factor score"},
    "graded": {"nl": "geordende antwoorden", "en": "model of ordered answers"},
    "z_mean": {"nl": "gemiddelde van z-scores", "en": "mean of z-scores"},
}
INDICES = """
A: {label: {nl: Invloed, en: Influence}, theme: work, type: reflective, items: [q1, q2]}
B: {label: {nl: Gesprek, en: Dialogue}, theme: work, type: reflective, items: [q3]}
"""


@pytest.fixture
def published(make_study):
    """A function that publishes scorings of two scales, of which one has a single item."""

    def publish(chosen: str, language: str) -> Published:
        rows = [
            ("2020", index, scoring, scoring == chosen, 80, 0.9, note if scoring != "mean" else "")
            for index, note in (("A", ""), ("B", "one item"))
            for scoring in ("mean", *SAID)
        ]
        columns = ["wave", "index", "scoring", "chosen", "n", "rank_correlation", "note"]
        table = pd.DataFrame(rows, columns=columns)
        return Published(
            make_study({"indices.yaml": INDICES}), {"scorings": conform("scorings", table)}, language
        )

    return publish


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("scoring", SAID)
def test_another_scoring_is_said_and_where_the_mean_stands_in(
    published, tmp_path, scoring: str, language: str
) -> None:
    made = published(scoring, language)
    first, second, third = methods(made).scores
    assert "0" in first
    assert SAID[scoring][language] in second
    named = {"nl": "is het gewone gemiddelde gebruikt: Gesprek.", "en": "the plain mean is used: Dialogue."}
    assert third.endswith(named[language])
    assert f"{second} {third}" in content(made, ())["methods"]["scores"]
    cells = [cell for table in notes_sheet(made).tables for row in table.rows for cell in row]
    assert {second, third} <= {str(getattr(cell, "value", cell)) for cell in cells}
    assert f"{second} {third}" in render_report(made.study, made.tables, tmp_path / "none", language=language)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_of_the_mean_nothing_is_said(published, language: str) -> None:
    assert len(methods(published("mean", language)).scores) == 1
