"""What people would read better with a label of its own."""

from collections.abc import Iterator

from inspraak.study.study import Study

LANGUAGES = ("nl", "en")


def without_labels(study: Study) -> Iterator[str]:
    """Say which groups, strata and controls are shown by a name or categories that were made for computers.

    One line per variable: what is not declared, what people read instead, and the key that mends it. Classes of
    numbers (`bands`) name their categories themselves.
    """
    for name, use in _shown(study).items():
        variable = study.variables[name]
        if variable.label is None:
            read = " and ".join(dict.fromkeys(f"'{study.label(name, language)}'" for language in LANGUAGES))
            yield (
                f"study.yaml: variables.{name}: no label, so the report calls this {use} {read}; "
                f"label: {{nl: ..., en: ...}} gives it a name"
            )
        if use != "control" and variable.bands is None and variable.categories and not variable.labels:
            first, *others = variable.categories
            read = ", ".join([f"'{first}'", *(f"'{other}'" for other in others)])
            yield (
                f"study.yaml: variables.{name}: no labels, so the report calls its categories {read}; "
                f"labels: {{{first}: {{nl: ..., en: ...}}, ...}} gives them names"
            )


def _shown(study: Study) -> dict[str, str]:
    """Give the variables that people meet by name, and as what they do first."""
    parts = [part for claim in study.claims.values() for part in claim.parts.values()]
    uses = {
        "group": study.groups,
        "stratum": study.design.strata if study.design is not None else (),
        "control": tuple(name for part in parts for name in part.controls or ()),
    }
    shown: dict[str, str] = {}
    for use, names in uses.items():
        for name in names:
            if name in study.variables:
                shown.setdefault(name, use)
    return shown
