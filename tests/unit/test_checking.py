"""What `inspraak check` says of a study that is right: rows, claims that wait, and what deserves a look."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inspraak.cli import check_study
from inspraak.errors import UserError
from inspraak.hypotheses.testing import TESTS, unavailable
from inspraak.study.checking import read_declared
from inspraak.study.labels import without_labels
from inspraak.study.problems import Gathered

HEADER = "resp_id,a_sbi,a_size,gate,routed,q1,q2,q3,share,kind,n_ideas,absence"
CLAIMS = """
H1: {kind: regression, family: exploratory, x: q1, y: share, sign: "+", wording: {nl: A, en: A}}
H2: {kind: typology, items: [q1, q2], family: none, wording: {nl: A, en: A}}
H3:
  parts: {types: {kind: typology, items: [q1, q3]}, slope: {kind: regression, x: q1, y: q2, sign: "+"}}
  family: none
  wording: {nl: A, en: A}
H4: {kind: untested, reason: {nl: A, en: A}, family: none, wording: {nl: A, en: A}}
"""


@pytest.fixture
def check(make_study: Callable, texts: dict[str, str], tmp_path: Path) -> Callable[..., list[str]]:
    """A function that delivers rows to the small study and checks it."""

    def run(*rows: str, **files: str) -> list[str]:
        study = make_study(files)
        (tmp_path / "answers.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        config = tmp_path / "config.yaml"
        config.write_text("{}\n", encoding="utf-8")
        return check_study(config, study=str(study.folder), raw=str(tmp_path))

    return run


def answers(**numbers: str) -> list[str]:
    """Rows of employers in trade, and one in logistics, each with its number of ideas."""
    rows = [f"{name},G,20,1,4,4,4,3,1,2,{ideas},10" for name, ideas in numbers.items()]
    return [*rows, "last,H,60,1,4,4,4,3,1,2,5,10"]


def test_removed_rows_are_told_with_their_reasons(check, texts) -> None:
    scope = {"study.yaml": texts["study.yaml"] + "scope: {a_size: {at_least: 10}}\n"}
    small = ["e3,G,9,1,4,4,4,3,1,2,5,10", "e4,G,2,1,4,4,4,3,1,2,5,10"]
    nowhere = "e5,X,20,1,4,4,4,3,1,2,5,10"
    line = check(*answers(e1="5"), *small, nowhere, **scope)[1]
    assert line == "wave 2020: 5 rows delivered, 2 to be analysed (removed: out_of_scope 2, no_stratum 1)"
    assert check(*answers(e1="5"))[1] == "wave 2020: 2 rows delivered, 2 to be analysed"


def test_what_the_steps_warn_of_stands_below_its_wave(check, texts) -> None:
    ratio = texts["study.yaml"].replace("groups:", "  v: {ratio: [a_size, n_ideas]}\ngroups:")
    ideas = {"e1": "0", "e2": "12", "e3": "45", "e4": "1.439", "e5": "2.100", "e6": "3.250"}
    lines = check(*answers(**ideas), **{"study.yaml": ratio})
    assert lines[2].startswith(
        "warning: answers.csv: column 'n_ideas' (item n_ideas): 1.439, 2.100, 3.250 and"
    )
    assert lines[2].endswith('decimal: ",", thousands: "." with the file in study.yaml says so')
    assert lines[3].startswith("warning: study.yaml: variables.v: wave 2020: no value for 1 of 7 employers")
    files = texts["study.yaml"].replace("answers.csv}", 'answers.csv, decimal: ",", thousands: "."}')
    assert not any("answers.csv" in line for line in check(*answers(**ideas), **{"study.yaml": files}))


def test_claims_that_cannot_be_tested_yet_are_listed_by_kind(make_study, check, monkeypatch) -> None:
    monkeypatch.setattr("inspraak.hypotheses.testing.TESTS", {"regression": TESTS["regression"]})
    assert unavailable(make_study({"hypotheses.yaml": CLAIMS})) == {"typology": ["H2", "H3.types"]}
    lines = check(*answers(e1="5"), **{"hypotheses.yaml": CLAIMS})
    assert lines[2] == "claims of a kind that cannot be tested yet: typology (H2, H3.types)"


def test_groups_strata_and_controls_without_a_label_are_told(make_study, texts) -> None:
    claims = texts["hypotheses.yaml"].replace("x: q1", "x: q1, controls: [log_size, a_size]")
    lines = list(without_labels(make_study({"hypotheses.yaml": claims})))
    assert [line.split(",")[0] for line in lines] == [
        "study.yaml: variables.sector: no label",
        "study.yaml: variables.sector: no labels",
        "study.yaml: variables.size2: no label",
        "study.yaml: variables.log_size: no label",
    ]
    assert "the report calls this control 'log size'; label: {nl: ..., en: ...}" in lines[3]
    assert "calls its categories 'trade', 'logistics'; labels: {trade: {nl: ..., en: ...}, ...}" in lines[1]
    named = texts["study.yaml"].replace("H: logistics}", "H: logistics}, label: {nl: Sector, en: Sector}")
    assert [line.split(",")[0] for line in without_labels(make_study({"study.yaml": named}))] == [
        "study.yaml: variables.sector: no labels", "study.yaml: variables.size2: no label",
    ]  # fmt: skip


def test_a_variable_without_a_label_borrows_the_short_name_of_its_item(make_study, texts) -> None:
    header, *rows = texts["codebook.csv"].splitlines()
    named = [f"{row},Grootte,Size" if row.startswith("a_size") else f"{row},," for row in rows]
    study = make_study({"codebook.csv": "\n".join([f"{header},label_nl,label_en", *named, ""])})
    assert [study.label(name, "en") for name in ("size2", "log_size", "sector")] == [
        "Size",
        "log size",
        "sector",
    ]


def test_mistakes_of_configuration_and_study_are_told_together(make_study, texts, tmp_path) -> None:
    folder = make_study().folder
    (folder / "indices.yaml").write_text(texts["indices.yaml"].replace("q3]", "q33]"), encoding="utf-8")
    gathered = Gathered()
    config = {"study": str(folder), "langages": ["nl"], "waves": "2020"}
    configuration, reading = read_declared(config, tmp_path / "config.yaml", gathered)
    assert (configuration.study, reading.study.name) == (str(folder), "trial")
    assert [problem.found for problem in gathered.problems] == ["the key 'langages'", "'q33'"]
    with pytest.raises(UserError) as error:
        read_declared({"study": "nowhere", "langages": []}, tmp_path / "config.yaml", Gathered())
    assert [problem.found for problem in error.value.problems] == ["the key 'langages'", "'nowhere'"]
