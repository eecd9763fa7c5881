"""What the report says of the components of an index."""

import pytest

from inspraak.publishing.published import Published
from inspraak.publishing.report_themes import themes

INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q3, absence, log_ideas]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [A]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [absence, leaving]}
D: {label: {nl: D, en: D}, theme: work, type: formative, items: [q1, q2, marks]}
"""
ITEMS = (
    "leaving,work,PROCENT,yes,,own,Vertrek,Leaving",
    "marks,work,CIJFER,,,own,Rapportcijfer,Mark",
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "nl",
            {
                "A": [
                    "Elk onderdeel telt mee van 0 (laagst mogelijk) tot 100 (hoogst mogelijk).",
                    "Omgekeerd geteld, als 100 min de score: ‘Drie’.",
                    "Al een percentage en dus niet omgerekend: ‘Verzuim’.",
                    "Getallen zijn omgerekend van hun laagste tot hun hoogste waarde: ‘log ideas’ (0 tot 5).",
                ],
                "B": [],
            },
        ),
        (
            "en",
            {
                "C": [
                    "Each component counts from 0 (lowest possible) to 100 (highest possible).",
                    "All components are percentages already, so they are not rescaled.",
                    "Counted in reverse, as 100 minus the score: ‘Leaving’.",
                ],
                "D": [
                    "Each component counts from 0 (lowest possible) to 100 (highest possible).",
                    "Numbers are rescaled from their lowest to their highest value: ‘Mark’ (1.0 to 7.5).",
                ],
            },
        ),
    ],
)
def test_an_index_tells_how_its_components_count(make_study, texts, language: str, expected) -> None:
    scales = texts["scales.yaml"] + "CIJFER: {number: {at_least: 1, at_most: 7.5}}\n"
    study = make_study({"indices.yaml": INDICES, "scales.yaml": scales}, codebook=ITEMS)
    (theme,) = themes(Published(study, {}, language), ())
    counted = {behind.anchor.removeprefix("questions-"): behind.counted for behind in theme.questions}
    assert {name: list(counted[name]) for name in expected} == expected
