"""Nothing of few employers follows from what is published, by any combination of its totals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspraak.publishing.crossed import Crossed
from inspraak.publishing.differencing import Told, told_by_differencing

from .attacked import Employers, control, row


def told(rows: list[list[float]], n: list[int]) -> Told | None:
    return told_by_differencing(np.array(rows, dtype=float), np.array(n), minimum_n=10)


def test_a_group_that_is_missing_from_the_total_is_told_by_both() -> None:
    assert told([[1, 1, 1], [1, 0, 0], [0, 1, 0]], [40, 30, 9]) == Told(9, (0, 1, 2))
    assert told([[1, 1, 1], [1, 0, 0], [0, 1, 0]], [40, 30, 10]) is None
    assert told([[1, 1, 1], [1, 0, 0]], [40, 5, 5]) is None
    assert told([[1, 1, 1], [1, 0, 0]], [40, 5, 4]) == Told(9, (0, 1))


def test_two_divisions_tell_the_cell_that_they_differ_by() -> None:
    # cells: (a, p), (a, q), (b, q); nobody is in (b, p)
    a, b, p, q = [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1]
    found = told([a, b, p, q], [50, 3, 60])
    assert found is not None
    assert found.n == 3
    assert told([a, b, p, q], [50, 12, 60]) is None


def test_several_weights_are_several_equations() -> None:
    # one group, 20 employers of weight 2 and 3 of weight 5: both sums together tell the three
    assert told([[1, 1]], [20, 3]) is None
    assert told([[1, 1], [2, 5]], [20, 3]) == Told(3, (0, 1))
    assert told([[1, 1], [2, 2]], [20, 3]) is None


def test_a_combination_of_two_small_cells_is_found() -> None:
    rows = [[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 1]]
    assert told(rows, [40, 2, 30, 3]) == Told(5, (0, 1))
    assert told([*rows, [0, 0, 1, 0]], [40, 2, 30, 3]) == Told(2, (0, 1, 2, 3))


@given(
    cells=st.lists(st.integers(0, 14), min_size=6, max_size=9),
    rows=st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=5),
)
def test_of_what_is_told_the_fewest_are_found(cells: list[int], rows: list[list[bool]]) -> None:
    """Against all sets of classes: is one of few employers in the span of the rows, when they are summed over?"""
    n = np.array([size for size in cells if size] or [5])
    matrix = np.array(rows, dtype=float)[:, : n.size]
    found = told_by_differencing(matrix, n, minimum_n=10)
    rank = np.linalg.matrix_rank(matrix)
    sets = np.array(np.meshgrid(*[[0, 1]] * n.size)).reshape(n.size, -1).T.astype(float)
    few = sets[(sets @ n > 0) & (sets @ n < 10)]
    told_sets = [one for one in few if np.linalg.matrix_rank(np.vstack([matrix, one])) == rank]
    if told_sets:
        assert found is not None
        assert found.n <= min(one @ n for one in told_sets)
    if found is not None:
        alone = matrix[list(found.rows)]
        left = n[np.abs(alone).sum(axis=0) > 0].sum()
        assert 0 < found.n < 10 <= max(left, 10)


def test_cells_with_many_weights_are_stood_for_by_a_few_classes() -> None:
    rng = np.random.default_rng(4)
    sector = np.repeat(["a", "b"], [60, 12]).astype(object)
    weights = {
        "none": np.ones(72),
        "establishment": rng.uniform(1, 3, 72),
        "employee": rng.uniform(10, 900, 72),
    }
    classes = Employers({"sector": sector}, weights).classes()
    crossed = Crossed(classes, minimum_n=10)
    chosen, n = crossed.of("q1")
    assert len(chosen) == 3 + 12  # of the twelve each counts: three combinations can leave nine of them out
    assert (n[:3] == 10).all()
    vectors = np.array([crossed.row((name, "", ""), chosen[:3]) for name in weights])
    assert np.linalg.matrix_rank(vectors) == 3
    same = Employers({"sector": sector}, {**weights, "employee": 40 * weights["establishment"]}).classes()
    assert len(Crossed(same, minimum_n=10).of("q1")[0]) == 2 + 2


employers = st.fixed_dictionaries(
    {
        "sizes": st.lists(st.sampled_from([0, 0, 1, 2, 4, 11, 14]), min_size=9, max_size=9),
        "ungrouped": st.lists(st.sampled_from([0, 0, 0, 1, 3, 11]), min_size=6, max_size=6),
        "strata": st.sampled_from(["", "crossing", "first", "everyone"]),
        "seed": st.integers(0, 99),
    }
)


def make(sizes: list[int], ungrouped: list[int], strata: str, seed: int) -> Employers:
    """Employers in a crossing of three sectors and sizes, some of no sector or no size, weighted by some strata."""
    rng = np.random.default_rng(seed)
    cells = [(a, b) for a in "abc" for b in "pqr"] + [("", b) for b in "pqr"] + [(a, "") for a in "abc"]
    counts = [*sizes, *ungrouped]
    sector, size = (
        np.repeat(np.array([cell[place] for cell in cells], dtype=object), counts) for place in (0, 1)
    )
    n = len(sector)
    weights = {"none": np.ones(n)}
    if strata:
        stratum = {"crossing": sector + size, "first": sector, "everyone": np.arange(n).astype(str)}[strata]
        levels = {level: rng.uniform(1, 4) for level in np.unique(stratum)}
        weights["establishment"] = np.array([levels[level] for level in stratum])
        weights["employee"] = weights["establishment"] * rng.choice([10, 12, 50, 200], n)
    return Employers({"sector": sector, "size": size}, weights)


@settings(max_examples=60)
@given(chosen=employers)
def test_nothing_of_few_employers_follows_from_what_is_shown(chosen: dict[str, object]) -> None:
    """Groups of several divisions with empty cells, employers of no group, differences from the rest, weights."""
    answered = make(**chosen)  # type: ignore[arg-type]
    if answered.n:
        table = control(answered.rows(), answered.classes()).table
        assert answered.told(table) == []
        shown = table[table["flag"] != "suppressed"]
        assert shown["n"].min() >= 10 or shown.empty


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        # employers of no sector and differences from the rest
        ({"sizes": [14, 11, 14, 11, 14, 11, 14, 11, 14], "ungrouped": [3, 0, 0, 0, 0, 0]}, "sector=-"),
        # nobody in most cells: size p is sector a but for two
        ({"sizes": [14, 2, 0, 0, 14, 0, 0, 0, 14], "ungrouped": [0] * 6}, "sector=a and size=q"),
    ],
)
def test_the_attacker_finds_what_is_not_controlled(chosen: dict[str, list[int]], expected: str) -> None:
    answered = make(**chosen, strata="", seed=1)
    published = pd.DataFrame(answered.rows()).assign(flag="")
    assert expected in answered.told(published)
    assert answered.told(control(answered.rows(), answered.classes()).table) == []


def test_a_crossing_of_few_cells_is_not_shown_by_two_weights() -> None:
    answered = make([14, 11, 0, 2, 14, 0, 0, 0, 0], [0] * 6, "crossing", 1)
    assert "cell ('b', 'p')" in answered.told(pd.DataFrame(answered.rows()).assign(flag=""))
    table = control(answered.rows(), answered.classes()).table
    assert set(table.loc[table["flag"] != "suppressed", "weight"]) == {"establishment"}


def test_differences_that_tell_those_of_no_group_are_not_shown() -> None:
    rows = [row("", 124), row("a", 40), row("b", 50), row("c", 30)]
    controlled = control(rows)
    table = controlled.table.set_index("group")
    assert table.index[table["flag"] == "suppressed"].tolist() == ["c"]
    assert table.loc[["a", "b"], ["difference_from_rest", "p_value", "cohens_d"]].isna().all(axis=None)
    assert table.loc[["a", "b"], ["estimate", "n"]].notna().all(axis=None)
    cells = controlled.suppressed["cell"].tolist()
    assert cells == [
        f"2020|q1|mean||sector|none|{cell}"
        for cell in ("c", "a|difference_from_rest", "b|difference_from_rest")
    ]
