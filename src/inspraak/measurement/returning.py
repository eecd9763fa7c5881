"""Changes between two waves that share employers: their standard errors, and how many were in both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.panel import Trends, estimate_trends
from inspraak.estimation.pooling import combine
from inspraak.measurement.description import mean_columns
from inspraak.measurement.domains import group_domains
from inspraak.measurement.imputed_scores import imputed_values
from inspraak.measurement.wave_designs import design_of_waves, texts_of
from inspraak.study.study import Study
from inspraak.survey.weighting import survey_design

FloatArray = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Answers:
    """One wave: its responses, the scores of its indices, and these in every imputation (m n rows)."""

    responses: pd.DataFrame
    scores: pd.DataFrame
    imputed_scores: pd.DataFrame | None = None


@dataclass(frozen=True)
class _Wave:
    """One wave of n employers: measures (n,) as answered, indices (m, n) as imputed, members (n,) of groups."""

    responses: pd.DataFrame
    design: SurveyDesign
    given: Mapping[str, FloatArray]
    imputed: Mapping[str, FloatArray]
    groups: Mapping[tuple[str, str], npt.NDArray[np.bool_]]

    @property
    def employers(self) -> Texts:
        """Who answered, (n,)."""
        return texts_of(self.responses, "employer")

    def imputations(self, name: str, m: int) -> FloatArray:
        """Give an index (m, n) in every imputation, as answered where nothing of it was imputed."""
        return self.imputed.get(name, np.broadcast_to(self.given[name], (m, self.design.n)))


def changes_of_returning(
    study: Study, answers: Mapping[str, Answers], measures: Mapping[tuple[str, str], Sequence[str]]
) -> pd.DataFrame:
    """Give the errors of changes between waves that share employers.

    `measures` names for each two waves what is compared. A row per measure, group and pair of waves: std_error, df, and
    n_overlap, the employers that were in the group both times and answered both times (for an index: have a score of
    their own answers). Both waves stand in one design with returning employers as sampling units (see `panel_design`):
    those who answer alike both times make a change more certain. Where clusters were drawn, the unit is the cluster in
    which an employer was first met. Indices are pooled over the imputations. Waves that share no employer have no rows.
    """
    waves = {name: _prepared(study, answers[name]) for name in dict.fromkeys(sum(measures, ()))}
    frames = [_table([], [], np.empty((3, 0, 0)))]
    for (first, second), names in measures.items():
        both = waves[first], waves[second]
        if np.isin(both[0].employers, both[1].employers).any():
            frames.append(_changes(both, names).assign(from_wave=first, to_wave=second))
    return pd.concat(frames, ignore_index=True)


def _prepared(study: Study, answers: Answers) -> _Wave:
    responses = answers.responses
    columns, domains = mean_columns(study, responses, answers.scores), group_domains(study, responses)
    return _Wave(
        responses=responses,
        design=simple_design(len(responses)) if study.design is None else survey_design(responses),
        given=dict(zip(columns.measures, columns.values.T)),
        imputed=imputed_values(answers.scores, answers.imputed_scores),
        groups=dict(zip(zip(domains.grouped_by, domains.groups), domains.members.T)),
    )


def _changes(both: tuple[_Wave, _Wave], measures: Sequence[str]) -> pd.DataFrame:
    """Give the errors of the changes of these measures in the groups that both waves have."""
    groups = [group for group in both[0].groups if group in both[1].groups]
    inside = np.concatenate([np.column_stack([wave.groups[group] for group in groups]) for wave in both])
    employers = np.concatenate([wave.employers for wave in both])
    design = design_of_waves([(wave.design, wave.responses) for wave in both])
    later = np.arange(design.n) >= both[0].design.n
    trends = partial(estimate_trends, domains=inside, later=later, employers=employers, design=design)
    found = trends(_stacked([wave.given[name] for name in measures] for wave in both))
    error, df = found.changes.std_error.copy(), found.changes.df.astype(np.float64)
    names = [name for name in measures if any(name in wave.imputed for wave in both)]
    if names:
        places = [measures.index(name) for name in names]
        error[places], df[places] = _pooled(both, names, trends)
    return _table(measures, groups, np.stack([error, df, found.n_overlap]))


def _pooled(
    both: tuple[_Wave, _Wave], names: Sequence[str], trends: "partial[Trends]"
) -> tuple[FloatArray, FloatArray]:
    """Give standard errors and degrees of freedom (q, g) of indices, pooled over the imputations."""
    m = max(len(values) for wave in both for values in wave.imputed.values())
    # column by column: every imputation of the first index, then of the next
    columns = ([row for name in names for row in wave.imputations(name, m)] for wave in both)
    found = trends(_stacked(columns)).changes
    parts = (part.reshape(len(names), m, -1).swapaxes(0, 1) for part in (found.estimate, found.std_error))
    estimates, errors = parts
    df = found.df.reshape(len(names), m, -1).min(axis=1)
    pooled = combine(estimates, np.square(errors), df=df)
    return pooled.std_error, pooled.df


def _stacked(columns: Iterable[Sequence[FloatArray]]) -> FloatArray:
    """Put the columns of both waves one below the other, (n, p)."""
    return np.concatenate([np.column_stack(wave) for wave in columns])


def _table(measures: Sequence[str], groups: Sequence[tuple[str, str]], numbers: FloatArray) -> pd.DataFrame:
    """Give a row per measure and group; `numbers` (3, p, g) are std_error, df and n_overlap."""
    repeated = {
        "measure": [name for name in measures for _ in groups],
        "group_by": [by for _ in measures for by, _ in groups],
        "group": [group for _ in measures for _, group in groups],
    }
    columns = dict(zip(("std_error", "df", "n_overlap"), numbers.reshape(3, -1)))
    return pd.DataFrame(repeated | {"from_wave": "", "to_wave": ""}, dtype=object).assign(**columns)
