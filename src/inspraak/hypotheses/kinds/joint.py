"""Test of kind `joint`: x goes together with every outcome, not with some of them."""

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.result import Estimate
from inspraak.hypotheses.slopes import estimate_slopes
from inspraak.study.kinds import Joint
from inspraak.study.parts import Part


def test_joint(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Give the slope of x for each outcome.

    The claim is an intersection-union test (Berger 1982, Technometrics 24, 295-300): it holds where each null
    hypothesis is rejected, so that the largest p is that of the claim, without a correction for their number.
    """
    assert isinstance(part, Joint)
    return estimate_slopes(data, label, part, x=(part.x,), y=part.y, model=part.model)
