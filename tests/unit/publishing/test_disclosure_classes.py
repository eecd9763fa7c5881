"""Disclosure control of latent classes: small classes, and answers that all or none of few give."""

import pandas as pd

from inspraak.publishing.disclosure import control_rows
from inspraak.publishing.disclosure_classes import ANSWER, MODEL, control_class_profiles, control_classes
from inspraak.study.configuration import Disclosure

LIMITS = Disclosure()
CLAIM = {"hypothesis": "H1", "wave": "2020", "part": ""}


def profile(n: int, probability: float, *, number: int = 1, category: str = "1") -> dict[str, object]:
    return {
        **CLAIM, "class": number, "role": "item", "measure": "q1", "category": category, "n": n,
        "probability": probability, "ci_low": probability, "ci_high": probability,
    }  # fmt: skip


def test_the_size_of_a_small_class_is_not_told() -> None:
    rows = [
        {**CLAIM, "classes": k, "n": 400, "bic": 1.0, "smallest_class": n / 400, "smallest_n": n}
        for k, n in ((2, 40), (3, LIMITS.minimum_n), (4, LIMITS.minimum_n - 1))
    ]
    controlled = control_rows("classes", pd.DataFrame(rows), keys=MODEL, limits=LIMITS)
    found = control_classes(controlled, limits=LIMITS)
    assert found.table["smallest_n"].isna().tolist() == [False, False, True]
    assert found.table["smallest_class"].isna().tolist() == [False, False, True]
    assert found.table["bic"].notna().all()
    assert found.suppressed["cell"].tolist() == ["H1|2020||4|smallest_class"]


def test_what_none_or_all_of_a_small_class_answer_is_not_told() -> None:
    few, many = LIMITS.certain_n - 1, LIMITS.certain_n
    rows = [
        profile(few, 0.0), profile(few, 0.999, category="2"), profile(few, 0.5, category="3"),
        profile(many, 0.0, number=2), profile(many, 1.0, number=2, category="2"),
    ]  # fmt: skip
    controlled = control_rows("class_profiles", pd.DataFrame(rows), keys=ANSWER, limits=LIMITS)
    found = control_class_profiles(controlled, limits=LIMITS)
    hidden = [True, True, False, False, False]
    for column in ("probability", "ci_low", "ci_high"):
        assert found.table[column].isna().tolist() == hidden
    assert found.suppressed["cell"].tolist() == ["H1|2020||1|q1|1|probability", "H1|2020||1|q1|2|probability"]


def test_a_class_of_too_few_has_no_profile() -> None:
    rows = pd.DataFrame([profile(LIMITS.minimum_n - 1, 0.4), profile(200, 0.4, number=2)])
    controlled = control_rows("class_profiles", rows, keys=ANSWER, limits=LIMITS)
    assert control_class_profiles(controlled, limits=LIMITS).table["class"].tolist() == [2]
