"""The reference numbers made with R, found through the environment variable INSPRAAK_REFERENCE."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCALES = {"pa": 8, "qw": 8, "tr": 3, "en": 4, "pf": 6, "ab": 4, "mo": 4, "op": 4, "ib": 4}
PRACTICES = [f"pr{number}" for number in range(1, 11)]
DONT_KNOW = 9


@dataclass(frozen=True)
class Reference:
    """A folder with `data` (the simulated survey) and `numbers` (what R gave for it)."""

    folder: Path
    scales = SCALES
    practices = PRACTICES

    def numbers(self, job: str) -> dict[str, float]:
        """Give the numbers of one R script by their names."""
        table = pd.read_csv(self.folder / "numbers" / f"R_{job}_493.csv")
        return dict(zip(table["stat"], table["value"]))

    def items(self, scale: str) -> list[str]:
        """Give the item names of one scale."""
        return [f"{scale}{number}" for number in range(1, SCALES[scale] + 1)]

    def employers(self, *, full: bool = False) -> pd.DataFrame:
        """Give the survey, don't know as missing, with the score of each scale under its name in capitals.

        A score is the mean of the items where at least half are answered. `full` is the file without gaps.
        """
        name = "emp_493_full.csv" if full else "emp_493.csv"
        frame = pd.read_csv(self.folder / "data" / name)
        every_item = [item for scale in SCALES for item in self.items(scale)]
        answers = frame[[*every_item, *PRACTICES]]
        frame = frame.assign(**answers.where(answers != DONT_KNOW))
        scores = {}
        for scale, length in SCALES.items():
            items = frame[self.items(scale)]
            scores[scale.upper()] = items.mean(axis=1).where(items.notna().sum(axis=1) >= length / 2)
        return frame.assign(**scores)

    def model_matrix(self, frame: pd.DataFrame, columns: list[str]) -> tuple[np.ndarray, list[str]]:
        """Give intercept, columns, and R's dummies of sector and size, with R's names of the terms."""
        sectors = sorted(frame["sector"].unique())[1:]
        sizes = ["50-99", "100-249", "250+"]
        terms = {"(Intercept)": np.ones(len(frame))}
        terms |= {name: np.log(frame["age"]) if name == "log(age)" else frame[name] for name in columns}
        terms |= {f"sector{name}": frame["sector"] == name for name in sectors}
        terms |= {f"size{name}": frame["size"] == name for name in sizes}
        return np.column_stack([np.asarray(term, dtype=float) for term in terms.values()]), list(terms)


@pytest.fixture(scope="session")
def reference() -> Reference:
    """The reference folder; tests that need it are skipped where it is not set."""
    folder = os.environ.get("INSPRAAK_REFERENCE")
    if not folder:
        pytest.skip("INSPRAAK_REFERENCE is not set: no reference numbers to compare with")
    return Reference(Path(folder))
