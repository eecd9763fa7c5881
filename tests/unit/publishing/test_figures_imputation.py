"""The figure of imputed answers: which questions, where their dots stand, and what it says without being seen."""

from itertools import pairwise

import pandas as pd
import pytest

from inspraak.publishing.figures.imputation import draw_imputation, imputed_most
from inspraak.study.study import Study

from .made_up_study import write_study
from .test_figures import overlaps


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("imputation") / "made-up")


def table(study: Study) -> pd.DataFrame:
    """Two waves; in the latest the first question has too few imputed answers to tell a difference."""
    first, *_, last = study.waves
    later = [
        {"wave": last, "item": item, "n_imputed": 9.0 + place, "difference": 0.05 * place - 0.3}
        for place, item in enumerate(list(study.codebook)[:16])
    ]
    later[0]["difference"] = float("nan")
    return pd.DataFrame([*({**row, "wave": first, "n_imputed": 500.0} for row in later), *later])


def test_the_questions_with_the_most_imputed_answers_of_the_latest_wave(study: Study) -> None:
    items = list(study.codebook)[:16]
    rows = imputed_most(table(study), study)
    assert set(rows["wave"]) == {list(study.waves)[-1]}
    assert rows["item"].tolist() == items[:3:-1]
    assert items[0] not in set(imputed_most(table(study).iloc[16:20], study)["item"])


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("narrow", [False, True])
def test_dots_lie_on_one_scale_and_words_do_not_overlap(study: Study, language: str, narrow: bool) -> None:
    drawing = draw_imputation(table(study), study, language=language, narrow=narrow)
    assert overlaps(drawing) == []
    dots = [
        line for line in drawing.figure.get_children() if getattr(line, "get_marker", lambda: "")() == "o"
    ]
    places = [float(dot.get_xdata()[0]) for dot in dots]
    steps = {round(first - second, 6) for first, second in pairwise(places)}
    assert len(places) == 12
    assert len(steps) == 1
    assert ("0,45" if language == "nl" else "0.45") in drawing.alternative
    assert study.short_label(list(study.codebook)[15], language) in drawing.alternative
