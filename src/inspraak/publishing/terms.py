"""What an estimate is of, in words: a column, a product, two groups, or a slope where something else is low or high.

The column `term` of estimates.csv is written as: `x`; `x:m` (product); `a - 0.5 b` (sum of slopes); a condition such
as `size5 = '1001+'`; `high vs low` (the difference of two of these); `x | m p10` (slope of x at a percentile of m);
`a : b` (two conditions together, or a feature and what changes it); `term given x:x` (with that held constant too);
`x via a, b` or `x via a then b` (indirect), `x beside a` (direct); `a3 of x, z` (a feature of a surface);
`weakest_link of a, b` (a form of conditions); `x + z beyond a, b` (what x and z add to a and b);
`a, b vs one_factor` (factors against a rival model), `a apart from b`; `H1 given markers` (a claim tested again);
`x by g` (how far the slopes of x differ between the groups of g); `2018 to 2022` (the step between two waves);
`x p10` (where x is at that percentile); `lacking a`, `lacking any of a, b` (low although the outcome is high).

The column `outcome` is the name of a column; a category of one, `kind = '2'`; or a cell of two, `a high, b low`.
"""

import re
from collections.abc import Sequence

from inspraak.publishing.language import format_list, format_number, words
from inspraak.study.conditions import Comparison, Condition, parse_condition
from inspraak.study.study import Study

MIDDLE = 50.0
"""Percentile above which a moderator is called high."""
FEATURE = re.compile(r"^(a[1-5]) of (.+), (.+)$")
FORM = re.compile(r"^(forms|weakest_link|product|geometric_mean|all_above) of (.+)$")
RIVAL = re.compile(r"^(.+) vs (one_factor|uncorrelated|second_order)$")
GIVEN_MARKERS = " given markers"
CELL = re.compile(r"^(?P<first>\w+) (?P<one>high|low), (?P<second>\w+) (?P<other>high|low)$")
LACKING = re.compile(r"^lacking (any of )?(.+)$")
LEVEL = re.compile(r"^(\w+) p(\d+)$")
TYPES = re.compile(r"^(?:class (?P<one>\d+)|(?P<all>\d+) classes|(?P<which>classes))$")
SQUARE = re.compile(r"^(.+):\1$")


def term_words(study: Study, term: str, *, language: str) -> str:
    """Put the term of an estimate into words, columns by their short names."""
    text = words(language)["terms"]
    if term.endswith(GIVEN_MARKERS):
        return str(text["given_markers"].format(claim=term.removesuffix(GIVEN_MARKERS)))
    if " apart from " in term:
        x, z = (study.short_label(name, language) for name in term.split(" apart from ", 1))
        return str(text["apart"].format(x=x, z=z))
    if found := RIVAL.match(term):
        factors, rival = found.groups()
        return str(text["rivals"][rival].format(x=_listed(study, factors.split(", "), language)))
    if " given " in term:
        said, held = term.split(" given ", 1)
        names = [study.short_label(SQUARE.sub(r"\1", name), language) for name in held.split(", ")]
        listed = text["and"].join(names)
        return str(text["given"].format(term=term_words(study, said, language=language), held=listed))
    first, _, second = term.partition(" to ")
    if first in study.waves and second in study.waves:
        return str(text["step"].format(first=first, second=second))
    if " vs " in term:
        first, second = (term_words(study, part, language=language) for part in term.split(" vs ", 1))
        return str(text["versus"].format(first=first, second=second))
    if found := TYPES.match(term):
        key = {"one": "type", "all": "types", "which": "which_types"}[str(found.lastgroup)]
        return str(text[key].format(number=found[str(found.lastgroup)]))
    if " | " in term:
        return _slope(study, term, language)
    if " : " in term:
        return str(
            text["times"].join(term_words(study, part, language=language) for part in term.split(" : "))
        )
    if _is_condition(term):
        return condition_words(study, parse_condition(term), language=language)
    for word in ("via", "beside"):
        if f" {word} " in term:
            return _path(study, term, word, language)
    if found := LACKING.match(term):
        every, listed = found.groups()
        key = "lacking_any" if every else "lacking"
        return str(text[key].format(x=_listed(study, listed.split(", "), language)))
    if found := LEVEL.match(term):
        name, level = found.groups()
        at = text["at"]["high" if float(level) > MIDDLE else "low"]
        return str(at.format(x=study.short_label(name, language)))
    if found := FEATURE.match(term):
        feature, x, z = found.groups()
        labels = {"x": study.short_label(x, language), "z": study.short_label(z, language)}
        return str(text["surface"][feature].format(**labels))
    if found := FORM.match(term):
        form, conditions = found.groups()
        return str(text["forms"][form].format(x=_listed(study, conditions.split(", "), language)))
    if " beyond " in term:
        x, baseline = term.split(" beyond ", 1)
        listed = {
            "x": _listed(study, x.split(" + "), language),
            "m": _listed(study, baseline.split(", "), language),
        }
        return str(text["beyond"].format(**listed))
    if " by " in term:
        x, groups = (study.short_label(name, language) for name in term.split(" by ", 1))
        return str(text["by"].format(x=x, g=groups))
    if re.search(r" [+-] ", term):
        return _sum(study, term, language)
    return str(text["times"].join(study.short_label(name, language) for name in term.split(":")))


def outcome_words(study: Study, outcome: str, *, language: str) -> str:
    """Put the outcome of an estimate into words: a column, a category of one, or a cell of two."""
    found, text = CELL.match(outcome), words(language)["terms"]
    if found is not None:
        sides = (("first", "one"), ("second", "other"))
        return ", ".join(
            text["at"][found[side]].format(x=study.short_label(found[name], language)) for name, side in sides
        )
    return (
        term_words(study, outcome, language=language)
        if _is_condition(outcome)
        else study.short_label(outcome, language)
    )


def condition_words(study: Study, condition: Condition, *, language: str) -> str:
    """Put a condition into words: the short name of a column and the answers that count."""
    return _tree(study, condition.tree, language)


def _listed(study: Study, names: Sequence[str], language: str) -> str:
    return format_list([study.short_label(name, language) for name in names], language=language)


def _is_condition(term: str) -> bool:
    return bool(re.search(r"[=<>]", term))


def _path(study: Study, term: str, word: str, language: str) -> str:
    """Say of `x via a, b` that it goes by way of them, of `x beside a` that it does not."""
    text = words(language)["terms"]
    x, _, rest = term.partition(f" {word} ")
    ways = [
        text["then"].join(study.short_label(name, language) for name in part.split(" then "))
        for part in rest.split(", ")
    ]
    return str(text[word].format(x=term_words(study, x, language=language), m=text["and"].join(ways)))


def _slope(study: Study, term: str, language: str) -> str:
    """Say of `x | m p10` that it is the slope of x where m is low."""
    name, _, held = term.partition(" | ")
    moderator, _, percentile = held.rpartition(" p")
    text = words(language)["terms"]
    key = "where_high" if float(percentile) > MIDDLE else "where_low"
    labels = {"x": study.short_label(name, language), "m": study.short_label(moderator, language)}
    return str(text[key].format(**labels))


def _sum(study: Study, term: str, language: str) -> str:
    text = words(language)["terms"]
    said = []
    for piece in re.split(r" ([+-]) ", term):
        if piece in ("+", "-"):
            said.append(str(text["plus" if piece == "+" else "minus"]))
            continue
        size, _, name = piece.rpartition(" ")
        label = study.short_label(name.lstrip("-"), language)
        number = f"{format_number(float(size), decimals=2, language=language)} " if size else ""
        said.append(("\N{MINUS SIGN}" if name.startswith("-") else "") + number + label)
    return " ".join(said)


def _tree(study: Study, tree: object, language: str) -> str:
    text = words(language)["terms"]
    if isinstance(tree, Comparison):
        return f"{study.short_label(tree.name, language)}: {_answer(study, tree, language)}"
    assert isinstance(tree, tuple)
    if tree[0] == "not":
        return str(text["not"].format(condition=_tree(study, tree[1], language)))
    left, right = tree[1:]
    if tree[0] == "or" and isinstance(right, Comparison) and _last(left).name == right.name:
        said = f"{_tree(study, left, language)}{text['or']}{_answer(study, right, language)}"
    else:
        said = f"{_tree(study, left, language)}{text[tree[0]]}{_tree(study, right, language)}"
    return said


def _last(tree: object) -> Comparison:
    """Give the comparison that a condition ends with."""
    while not isinstance(tree, Comparison):
        assert isinstance(tree, tuple)
        tree = tree[-1]
    return tree


def _answer(study: Study, comparison: Comparison, language: str) -> str:
    text, value = words(language)["terms"], comparison.value
    written = value if isinstance(value, str) else f"{value:g}"
    answer = study.category_label(comparison.name, written, language)
    if answer == written and not isinstance(value, str):
        answer = format_number(value, decimals=2 if value % 1 else 0, language=language)
    return str(text["signs"][comparison.sign].format(answer=answer))
