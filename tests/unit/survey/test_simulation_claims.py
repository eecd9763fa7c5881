"""What truth.yaml says of the claims is what a very large survey finds on the study's own scores."""

import numpy as np
import pandas as pd
import pytest

from inspraak.study.kinds import OVER_WAVES
from inspraak.survey.simulation.simulate import load_truth

from .complete_survey import effects, large, scored, slopes, standardised, study_of

SIZE = 20_000
MARGIN = 0.035
"""Monte Carlo error of a slope with 20,000 employers (0.007) times five."""


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    model, drawn = large("werkgevers", SIZE)
    return {wave: scored(model, wave, one) for wave, one in drawn.items()}


@pytest.mark.parametrize("name", ["small", "werkgevers"])
def test_every_claim_has_its_truth(name: str) -> None:
    study = study_of(name)
    assert set(load_truth(study).claims) == set(study.claims)
    for claim, truth in load_truth(study).claims.items():
        assert (truth.holds == "untested") == (study.claims[claim].kind == "untested")
        assert truth.holds != "nil" or abs(truth.effect or 0) < 0.05


NOT_SLOPED = {"H10", "H15", "H24", "H25", "H29", "H35", "H38"}
"""Claims whose truth is no slope (the form of three conditions, tests below) or needs an index without an item."""
SLOPED = [f"H{number}" for number in range(1, 38) if f"H{number}" not in NOT_SLOPED]


@pytest.mark.parametrize("name", SLOPED)
def test_the_effect_is_the_one_declared(name: str, frames: dict[str, pd.DataFrame]) -> None:
    claim, truth = study_of("werkgevers").claims[name], load_truth(study_of("werkgevers")).claims[name]
    parts = [
        part
        for part in claim.parts.values()
        if part.necessary and part.leave_out is None and part.kind not in OVER_WAVES
    ]
    wanted = {column for part in parts for names in part.columns.values() for column in names}
    frame = next(
        frame
        for wave, frame in frames.items()
        if all(column in frame and frame[column].notna().any() for column in wanted)
        and wave in (claim.waves or frames)
    )
    found = [effect * (-1 if part.sign == "-" else 1) for part in parts for effect in effects(part, frame)]
    nearest = min(found, key=abs)
    difference = 0.09 if name in ("H14", "H36", "H19") else MARGIN
    assert nearest == pytest.approx(truth.effect, abs=difference)
    if truth.holds is True and name != "H33":
        assert min(found) > 0.015


def test_the_weakest_of_the_conditions_explains_most(frames: dict[str, pd.DataFrame]) -> None:
    for frame in frames.values():
        conditions = frame[["KUNNEN", "WILLEN", "MOGEN"]]
        forms = {"sum": conditions.mean(axis=1), "weakest": conditions.min(axis=1)}
        explained = {form: np.corrcoef(values, frame["IWG"])[0, 1] ** 2 for form, values in forms.items()}
        # In 1,000 employers a difference in BIC of more than 10.
        assert 1000 * np.log((1 - explained["sum"]) / (1 - explained["weakest"])) > 10


def test_slopes_differ_between_sectors_and_not_between_sizes(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["2014"]

    def spread(group: str) -> float:
        parts = [rows.reset_index(drop=True) for _, rows in frame.groupby(group)]
        return float(
            np.std(
                [slopes(rows, "PREST", [standardised(rows["SI_index"])], ("log_size",))[0] for rows in parts]
            )
        )

    assert spread("sector5") == pytest.approx(0.15, abs=0.05)
    assert spread("size4") < 0.06
    assert spread("region4") < 0.06


def test_social_innovation_rises_in_the_sectors_that_are_claimed(frames: dict[str, pd.DataFrame]) -> None:
    claim = study_of("werkgevers").claims["H35"]
    (part,) = claim.parts.values()
    assert part.domain is not None
    means = [
        frame.loc[part.domain.holds({name: frame[name] for name in part.domain.names}), "SI_index"].mean()
        for frame in frames.values()
    ]
    spread = frames["2014"]["SI_index"].std()
    assert np.all(np.diff(means) > 0.1 * spread)
    effect = load_truth(study_of("werkgevers")).claims["H35"].effect
    assert (means[-1] - means[0]) / spread == pytest.approx(effect, abs=0.05)


def test_indices_go_together_as_real_ones_do(frames: dict[str, pd.DataFrame]) -> None:
    table = frames["2014"][
        ["SI_index", "S_partic", "S_vertrouw", "KvdA", "BEVL", "BETR", "ARBVER", "PREST"]
    ].corr()
    pairs = table.to_numpy()[np.triu_indices(len(table), 1)]
    assert pairs.min() > 0.1
    assert pairs.max() < 0.7
    assert 0.2 < np.median(pairs) < 0.4
