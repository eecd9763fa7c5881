"""The published tables: columns in order, written so that nothing is lost and read back as written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.publishing.tables import TABLES, conform, read_table, read_tables, write_table

CONTRACT = {
    "sample": "wave step reason n",
    "missing": "wave item n_asked n_answered n_dont_know n_refused n_not_applicable n_not_asked",
    "weights": "wave weight n sum p01 p99 cv design_effect effective_n trimmed converged",
    "descriptives": (
        "wave measure statistic category group_by group weight n estimate std_error ci_low ci_high df design_effect "
        "difference_from_rest p_value cohens_d flag"
    ),
    "correlations": "wave x y n estimate ci_low ci_high p_value p_adjusted",
    "reliability": "wave index n_items n alpha alpha_low alpha_high omega omega_categorical ave floor ceiling",
    "estimates": (
        "hypothesis wave kind outcome term n imputations estimate std_error df statistic p_value ci_low ci_high "
        "std_estimate std_ci_low std_ci_high natural_estimate natural_unit fmi"
    ),
    "verdicts": (
        "hypothesis wave family family_size verdict strong p_adjusted same_sign_share significant_share "
        "robustness_value e_value detectable_effect reason sentence_nl sentence_en source_file source_phrase"
    ),
    "disclosure": "file cell rule",
}


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_columns_that_scripts_rely_on_are_there_in_order(name: str) -> None:
    columns = TABLES[name].columns
    assert [column for column in columns if column in CONTRACT[name].split()] == CONTRACT[name].split()
    assert sorted(columns) == sorted({*TABLES[name].text, *TABLES[name].numbers})


def test_a_frame_gets_the_columns_of_its_table() -> None:
    frame = pd.DataFrame({"rule": ["primary"], "file": ["f"], "more": [1]}, index=[7])
    made = conform("disclosure", frame)
    assert made.columns.tolist() == ["file", "cell", "rule"]
    assert made.index.tolist() == [0]
    assert made["cell"].isna().all()


numbers = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.just(float("nan")))
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


@given(rows=st.lists(st.tuples(texts, texts, numbers), max_size=6))
def test_what_is_written_is_read_back(tmp_path: Path, rows: list[tuple[str, str, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["wave", "reason", "n"]).assign(step='a "quoted", step')
    write_table("sample", frame, tmp_path)
    found = read_table("sample", tmp_path)
    assert found[["wave", "reason"]].to_numpy().tolist() == frame[["wave", "reason"]].to_numpy().tolist()
    np.testing.assert_allclose(found["n"], frame["n"].astype(float), rtol=1e-14)
    first = (tmp_path / "sample.csv").read_bytes()
    write_table("sample", found, tmp_path)
    assert (tmp_path / "sample.csv").read_bytes() == first


def test_a_file_is_plain_utf8_with_points_and_line_feeds(tmp_path: Path) -> None:
    frame = pd.DataFrame({"wave": ["é"], "step": ["a"], "reason": [""], "n": [1 / 3]})
    write_table("sample", frame, tmp_path)
    assert (tmp_path / "sample.csv").read_bytes() == "wave,step,reason,n\né,a,,0.333333333333333\n".encode()


def test_only_tables_that_are_there_are_read(tmp_path: Path) -> None:
    write_table("disclosure", pd.DataFrame({"file": ["NA"], "cell": ["nan"], "rule": [""]}), tmp_path)
    tables = read_tables(tmp_path)
    assert list(tables) == ["disclosure"]
    assert tables["disclosure"].to_numpy().tolist() == [["NA", "nan", ""]]
