"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.result import Estimate
from inspraak.hypotheses.slopes import estimate_slopes
from inspraak.study.kinds import Regression
from inspraak.study.parts import Part


def test_regression(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Give one estimate per x and outcome, every x in the same model of an outcome."""
    assert isinstance(part, Regression)
    return estimate_slopes(data, label, part, x=part.x, y=part.y, model=part.model)
