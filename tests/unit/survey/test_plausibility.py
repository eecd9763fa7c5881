"""Columns that look like something else than what is declared: thousands that are read as decimals."""

import pandas as pd
import pytest

from inspraak.study.scales import Number, Scale
from inspraak.survey.decoding import decode
from inspraak.survey.plausibility import thousands_read_as_decimals

COUNT = Scale(number=Number(at_least=0), missing={997: "dont_know", -8: "refused"})
GROUPED = ["12", "45", "7", "1.439", "2.100", "12.500"]


def found(cells: list[object], scale: Scale = COUNT, decimal: str = ".") -> str | None:
    column = pd.Series(cells, dtype=object)
    return thousands_read_as_decimals(column, decode(column, scale, decimal=decimal), scale, decimal=decimal)


@pytest.mark.parametrize(
    ("cells", "scale", "decimal"),
    [
        (GROUPED, COUNT, "."),
        ([*GROUPED, "-8", None, "1.439"], COUNT, "."),
        ([cell.replace(".", ",") for cell in GROUPED], COUNT, ","),
        (["999", "120.000", "1.500", "2.300"], COUNT, "."),
        ([*GROUPED, "150.000"], Scale(number=Number(at_least=0, at_most=100000)), "."),
    ],
    ids=["a point", "with missing answers", "a comma", "large", "one beyond the bounds"],
)
def test_thousands_are_told(cells: list[object], scale: Scale, decimal: str) -> None:
    said = found(cells, scale, decimal)
    assert said is not None
    grouped = [cell for cell in cells if isinstance(cell, str) and decimal in cell]
    assert said.startswith(", ".join(dict.fromkeys(grouped[:3])))
    assert f"in {len(grouped)} rows" in said


@pytest.mark.parametrize(
    "cells",
    [
        ["12", "45", "1.439", "2.100"],
        ["12", "45", "1.439", "2.1", "12.500", "3.250"],
        ["12", "45", "1.439", "0.250", "12.500", "3.250"],
        ["12", "45", "1.439", "2.100", "12.500", "1500"],
        ["12.000", "45.000", "1.439", "2.100", "12.500"],
        ["997", "-8", "1.439", "2.100", "12.500"],
        ["3", "4", "7", "3.333", "3.667", "4.333", "5.667", "6.333"],
        ["999", "450.000", "300.500", "420.100"],
        ["12", "45", 1.439, 2.1, 12.5],
        ["12", "45", "100"],
        ["1.234.567", "12", "1.439"],
    ],
    ids=[
        "only two", "other decimals too", "below one", "a thousand without a sign", "no whole number",
        "only missing codes beside them", "averages", "as large as the whole numbers", "numbers of a spreadsheet",
        "no sign", "no numbers at all",
    ],
)  # fmt: skip
def test_decimals_are_not_told(cells: list[object]) -> None:
    assert found(cells) is None


@pytest.mark.parametrize(
    "scale",
    [
        Scale(number=Number(percent=True)),
        Scale(number=Number(at_least=0, at_most=50)),
        Scale(text=True),
    ],
    ids=["percentages", "bounds below a thousand", "texts"],
)
def test_scales_that_hold_no_thousands(scale: Scale) -> None:
    assert found(GROUPED, scale) is None
