"""Curves are of enough employers whose mean is published, bins of weights hold no few."""

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure_figures import control_bins, control_densities
from inspraak.study.configuration import Disclosure


def test_a_density_needs_a_published_mean_of_enough_employers() -> None:
    descriptives = pd.DataFrame(
        [
            ("1", "A", "", 30, 50.0), ("1", "B", "", 29, 50.0), ("1", "C", "", np.nan, np.nan),
            ("2", "A", "", np.nan, np.nan), ("1", "D", "sector", 90, 50.0),
        ],
        columns=["wave", "measure", "group_by", "n", "estimate"],
    ).assign(statistic="mean")  # fmt: skip
    densities = pd.DataFrame(
        [(wave, index, x, 0.01) for wave in "12" for index in "ABCD" for x in (0, 1)],
        columns=["wave", "index", "x", "density"],
    )
    kept = control_densities(densities, descriptives, limits=Disclosure())
    assert kept[["wave", "index", "x"]].to_numpy().tolist() == [["1", "A", 0], ["1", "A", 1]]
    assert control_densities(densities, descriptives, limits=Disclosure(flag_n=31)).empty


def test_bins_are_joined_until_each_holds_enough() -> None:
    sizes = [12, 10, 30, 11, 14]
    bins = pd.DataFrame({"low": range(5), "high": range(1, 6), "n": sizes, "share": np.array(sizes) / 77})
    bins = bins.assign(wave="1", weight="establishment")

    def joined(minimum: int) -> list[list[float]]:
        made = control_bins(bins, limits=Disclosure(minimum_n=minimum))
        assert made["share"].sum() in (0, np.float64(1)) or abs(made["share"].sum() - 1) < 1e-12
        return made[["low", "high", "n"]].to_numpy().tolist()

    assert joined(10) == [[place, place + 1, n] for place, n in enumerate(sizes)]
    assert joined(20) == [[0, 2, 22], [2, 3, 30], [3, 5, 25]]
    assert joined(23) == [[0, 3, 52], [3, 5, 25]]
    assert joined(26) == [[0, 5, 77]]
    assert joined(78) == []
