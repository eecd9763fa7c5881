"""The figure of chains: which questions, a bar per answer and a line per imputation, and what is not shown."""

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.disclosure_figures import control_chains
from inspraak.publishing.figures.chains import chained, draw_chains
from inspraak.study.study import Study

from .attacked import LIMITS
from .made_up_study import write_study
from .test_figures import overlaps, texts
from .test_figures_imputation import table as imputation_of

M, CYCLES = 20, 5


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("chains") / "made-up")


def ends(study: Study) -> tuple[str, str]:
    """The first and the last wave."""
    first, *_, last = study.waves
    return first, last


def traces_of(study: Study) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    cells = [
        {"wave": wave, "item": item, "imputation": m, "cycle": cycle, "mean": rng.normal(0, 0.2)}
        for wave in ends(study)
        for item in list(study.codebook)[:16]
        for cycle in range(1, CYCLES + 1)
        for m in range(1, M + 1)
    ]
    return pd.DataFrame(cells)


def spread_of(study: Study) -> pd.DataFrame:
    shares = {"1": 0.1, "2": 0.2, "3": 0.4, "4": 0.3}
    cells = [
        {"wave": wave, "item": item, "category": category, "observed": share, "imputed": share + 0.02,
         "low": share / 2, "high": share * 1.5}
        for wave in ends(study)
        for item in list(study.codebook)[:16]
        for category, share in shares.items()
    ]  # fmt: skip
    return pd.DataFrame(cells)


def test_the_questions_with_the_most_answers_filled_in_that_have_chains(study: Study) -> None:
    items, traces, spread = list(study.codebook)[:16], traces_of(study), spread_of(study)
    assert list(chained(imputation_of(study), traces, spread, study)) == items[:9:-1]
    without = traces[(traces["item"] != items[15]) | (traces["wave"] != list(study.waves)[-1])]
    assert list(chained(imputation_of(study), without, spread, study)) == items[14:8:-1]
    assert chained(imputation_of(study), traces.iloc[:0], spread, study) == {}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_line_for_each_imputation_and_words_that_do_not_overlap(
    study: Study, language: str, narrow: bool
) -> None:
    tables = imputation_of(study), traces_of(study), spread_of(study)
    drawing = draw_chains(*tables, study, language=language, narrow=narrow)
    assert overlaps(drawing) == []
    lines = [line for line in drawing.figure.get_children() if hasattr(line, "get_xdata")]
    chains = [line for line in lines if len(line.get_xdata()) == CYCLES]
    assert len(chains) == 6 * M
    width = 3.6 if narrow else 7.2
    assert all(0 <= x <= width for line in chains for x in line.get_xdata())
    assert study.short_label(list(study.codebook)[15], language) in drawing.alternative
    assert list(study.waves)[-1] in drawing.title
    said = " ".join(texts(drawing))
    assert ({"nl": "Onder:", "en": "Below:"} if narrow else {"nl": "Rechts:", "en": "Right:"})[
        language
    ] in said


def test_only_what_the_published_tables_tell_has_chains() -> None:
    """Too few filled in, too few given, hidden for everyone, or shown by one weight only: no chains."""
    items = ["shown", "few_filled", "few_given", "hidden", "one_weight"]
    imputation = pd.DataFrame(
        {
            "wave": "2020",
            "item": items,
            "n_answered": [60, 60, 49, 60, 60],
            "difference": [0.1, np.nan, 0.1, 0.1, 0.1],
        }
    )
    estimates = {"shown": 3.0, "few_filled": 3.0, "few_given": 3.0, "hidden": np.nan, "one_weight": np.nan}
    cells = [
        {"wave": "2020", "measure": item, "statistic": "share", "group_by": by, "weight": weight, "estimate": value}
        for item, shown in estimates.items()
        for by, weight, value in (
            ("", "none", shown), ("", "establishment", 3.0 if item != "hidden" else np.nan), ("sector", "none", 3.0),
        )
    ]  # fmt: skip
    chains = pd.DataFrame({"wave": "2020", "item": [*items, "unknown"], "mean": 0.0})
    kept = control_chains(chains, imputation, pd.DataFrame(cells), limits=LIMITS)
    assert kept["item"].tolist() == ["shown"]
