"""One column of cells becomes codes, numbers or text, and reasons where an answer is missing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.study.declarations import Text
from inspraak.study.scales import Conversion, Number, Scale
from inspraak.survey.decoding import decode

AGREE = Scale(
    codes={code: Text(nl=nl, en=en) for code, nl, en in ((1, "oneens", "disagree"), (2, "eens", "agree"))},
    missing={-8: "dont_know", "wn": "dont_know", -9: "refused"},
)
COUNT = Scale(number=Number(), missing={99: "refused", "n<10": "suppressed"})
TEXT = Scale(text=True, missing={"-": "no_answer"})


def decoded(cells: list[object], scale: Scale, **more: object) -> tuple[list[object], list[str]]:
    result = decode(pd.Series(cells, dtype=object), scale, **more)
    assert result.wrong == ()
    values = result.values.astype(object)
    return values.where(values.notna(), None).tolist(), result.reasons.tolist()


def test_codes_labels_and_reasons() -> None:
    cells = ["1", 2.0, "Eens", "DISAGREE", "-8", "WN", -9.0, None]
    values, reasons = decoded(cells, AGREE)
    assert values == [1, 2, 2, 1, None, None, None, None]
    assert reasons == ["", "", "", "", "dont_know", "dont_know", "refused", "no_answer"]


def test_numbers_with_marks_of_the_file() -> None:
    values, reasons = decoded(["1.234,5", "99", "N<10", None], COUNT, decimal=",", thousands=".")
    assert values == [1234.5, None, None, None]
    assert reasons == ["", "refused", "suppressed", "no_answer"]


def test_text_keeps_its_cells_and_writes_whole_numbers_in_full() -> None:
    values, reasons = decoded(["a b", 12.0, 1234567890123456.0, 0.5, "-", None], TEXT)
    assert values == ["a b", "12", "1234567890123456", "0.5", None, None]
    assert reasons == ["", "", "", "", "no_answer", "no_answer"]


def test_scales_convert() -> None:
    to = {"to": "OTHER"}
    table = Scale(codes=AGREE.codes, convert=Conversion(**to, table={1: 1, 2: 5}))
    linear = Scale(codes=AGREE.codes, convert=Conversion(**to, multiply=2, add=-1))
    assert decoded(["1", "2", None], table)[0] == [1, 5, None]
    assert decoded(["1", "2", None], linear)[0] == [1, 3, None]


@pytest.mark.parametrize(("cells", "scale"), [(["1", "3", "3"], AGREE), (["1", "x", "x"], COUNT)])
def test_unknown_cells_are_told_once_with_their_rows(cells: list[str], scale: Scale) -> None:
    wrong = decode(pd.Series(cells, index=[2, 3, 4], dtype=object), scale).wrong
    assert [(one.rows, one.first_row) for one in wrong] == [(2, 3)]


@given(st.lists(st.sampled_from(["1", "2", "eens", "-8", "wn", -9.0, None])), st.randoms())
def test_each_cell_is_decoded_by_itself(cells: list[object], random) -> None:
    values, reasons = decoded(cells, AGREE)
    order = list(range(len(cells)))
    random.shuffle(order)
    again = decoded([cells[position] for position in order], AGREE)
    assert again == ([values[position] for position in order], [reasons[position] for position in order])
    assert [value is None for value in values] == [reason != "" for reason in reasons]


def test_missing_codes_of_the_file_itself_are_no_answer_unless_the_scale_says_why() -> None:
    class Span:
        def __contains__(self, cell: object) -> bool:
            return cell in (7.0, -8.0)

    result = decode(pd.Series([1.0, 7.0, -8.0]), AGREE, user_missing=[Span()])
    assert result.reasons.tolist() == ["", "no_answer", "dont_know"]
    assert np.isnan(result.values[1])


def test_how_the_words_of_a_label_are_spaced_does_not_matter() -> None:
    spaced = Scale(codes={1: Text(nl="helemaal eens", en="fully agree")}, missing={"weet niet": "dont_know"})
    values, reasons = decoded(["helemaal\u00a0eens", " Helemaal  eens ", "weet\u00a0niet"], spaced)
    assert values == [1, 1, None]
    assert reasons == ["", "", "dont_know"]


@pytest.mark.parametrize(
    ("cells", "hint"),
    [
        (["0,118", "0,250"], 'decimal: ","'),
        (["1,118", "12,5"], 'decimal: ","'),
        (["1,118", "12,500"], 'thousands: ","'),
        (["0,118"], 'decimal: ","'),
    ],
)
def test_a_comma_is_taken_for_thousands_only_where_every_cell_allows_it(cells: list[str], hint: str) -> None:
    wrong = decode(pd.Series(cells, dtype=object), COUNT).wrong
    assert [one.near for one in wrong] == [hint]
