"""Whether two waves asked alike: what an item or index of one wave can be compared with in another."""

from inspraak.study.scales import Scale
from inspraak.study.study import Study

OTHER_ITEMS = "other items"
OTHER_SCALE = "other scale"
OWN_WAVE = "measured against its own wave"
RELATIVE_RULES = frozenset({"all_above_median"})
"""Rules that score an employer by its place among the employers of its own wave."""


def why_not_comparable(study: Study, measure: str, first: str, second: str) -> str:
    """Say why the level of an item or index cannot be compared between two waves; "" where it can.

    An index compares where both waves asked the same of its items, each on the same scale, and no part of it is
    scored against its own wave. Numbers in another unit, and the same answers under other codes, are the same scale.
    Reasons are parted by semicolons, the items concerned follow a colon. Whether
    employers understood the same by the same question is not asked here: that is invariance.
    """
    asked = [_items(study, measure, wave) for wave in (first, second)]
    both = sorted(asked[0] & asked[1])
    named = {
        OTHER_ITEMS: sorted(asked[0] ^ asked[1]),
        OTHER_SCALE: [item for item in both if _scale(study, item, first) != _scale(study, item, second)],
    }
    reasons = [f"{reason}: {', '.join(items)}" for reason, items in named.items() if items]
    return "; ".join([*reasons, *([OWN_WAVE] if _is_relative(study, measure) else [])])


def _scale(study: Study, item: str, wave: str) -> str:
    """Name the scale on which a wave asked an item: that of the codebook where only unit or codes differ from it."""
    own = study.codebook[item].scale
    name = study.waves[wave].scales.get(item, own)
    return own if _is_same(study.scales[name], study.scales[own]) else name


def _is_same(scale: Scale, own: Scale) -> bool:
    """Tell whether a scale has the unit or the codes of another alone: the same answers under the same labels."""
    convert = scale.convert
    if convert is None or scale.codes is None:
        return scale == own or (convert is not None and own.codes is None)
    renamed = {
        code * convert.multiply + convert.add if convert.table is None else convert.table[code]: label
        for code, label in scale.codes.items()
    }
    return len(renamed) == len(scale.codes) and renamed == own.codes


def _items(study: Study, measure: str, wave: str) -> frozenset[str]:
    """Give the items on which an item, variable or index really rests in one wave."""
    if measure in study.indices:
        measured = study.measured(wave)
        parts = study.indices[measure].items if measure in measured else ()
        return frozenset(item for part in parts for item in _items(study, part, wave))
    items, asked = study.rests_on(measure), study.asked(wave)
    return items if items <= set(asked) else frozenset()


def _is_relative(study: Study, measure: str) -> bool:
    index = study.indices.get(measure)
    return index is not None and (
        index.rule in RELATIVE_RULES or any(_is_relative(study, part) for part in index.items)
    )
