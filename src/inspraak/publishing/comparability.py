"""Mark which published numbers may be compared."""

import pandas as pd

from inspraak.study.factor_models import WAVE
from inspraak.study.index_invariance import index_verdicts
from inspraak.study.study import Study


def mark_groups(study: Study, descriptives: pd.DataFrame, invariance: pd.DataFrame) -> pd.DataFrame:
    """Add `comparable` to rows of descriptives.csv: may the groups be compared; "" where that is not known."""
    verdicts = index_verdicts(study, invariance)
    pairs = zip(descriptives["measure"], descriptives["group_by"])
    return descriptives.assign(comparable=[verdicts.get(pair, "") for pair in pairs])


def mark_waves(study: Study, trends: pd.DataFrame, invariance: pd.DataFrame) -> pd.DataFrame:
    """Add `invariance` to rows of trends.csv: may the waves be compared; "" where that is not known."""
    verdicts = index_verdicts(study, invariance)
    return trends.assign(invariance=[verdicts.get((measure, WAVE), "") for measure in trends["measure"]])
