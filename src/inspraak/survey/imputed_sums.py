"""Parts of a whole, imputed one by one, made to add up again."""

from collections.abc import Mapping, Sequence

import numpy as np

from inspraak.study.design import SumCheck
from inspraak.survey.imputable import Candidate, FloatArray


def restore_sums(
    checks: Sequence[SumCheck], found: Sequence[Candidate], answers: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Give the imputed answers (m, cells) of each item, with parts that must add up brought to what is left.

    What the answers that were given leave of the whole is shared by the imputed parts in proportion to their imputed
    answers (equally where these are all 0), so that a single missing part is what the others leave. Only where every
    part is known or imputed; answers that were given do not change.
    """
    changed = dict(answers)
    by_name = {item.name: item for item in found}
    for check in checks:
        if all(part in by_name for part in check.sum) and any(part in answers for part in check.sum):
            changed |= _restored(check.equals, [by_name[part] for part in check.sum], changed)
    return changed


def _restored(
    whole: float, parts: Sequence[Candidate], answers: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    m = len(next(iter(answers.values())))
    values = np.stack([np.tile(part.given, (m, 1)) for part in parts], axis=2)
    filled = np.column_stack([part.gaps & (part.name in answers) for part in parts])
    for place, part in enumerate(parts):
        if part.name in answers:
            values[:, part.gaps, place] = answers[part.name]
    imputed = np.where(filled, values, 0.0)
    total = imputed.sum(axis=2, keepdims=True)
    left = np.maximum(whole - np.where(filled, 0.0, values).sum(axis=2, keepdims=True), 0.0)
    equally = 1 / np.maximum(filled.sum(axis=1), 1)[:, np.newaxis]
    share = np.divide(imputed, total, out=np.broadcast_to(equally, imputed.shape).copy(), where=total > 0)
    complete = ~np.isnan(values).any(axis=2, keepdims=True)
    values = np.where(filled & complete, share * left, values)
    return {
        part.name: values[:, part.gaps, place] for place, part in enumerate(parts) if part.name in answers
    }
