"""A made-up study and made-up tables, as wide and as awkward as real ones, for the tests of the figures."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from inspraak.randomness import stream
from inspraak.study.claims import Claim
from inspraak.study.codebook import Item
from inspraak.study.declarations import Text
from inspraak.study.indices import Index
from inspraak.study.kinds import Joint, Regression
from inspraak.study.scales import Scale
from inspraak.study.study import Study, Survey
from inspraak.study.variables import Variable
from inspraak.study.waves import File, Wave

THEMES = {
    "participation": ("Participatie", "Participation"),
    "conditions": ("Voorwaarden voor participatie", "Conditions for participation"),
    "ability": ("Kunnen, willen en mogen", "Ability, motivation and opportunity"),
    "work": ("Kwaliteit van de arbeid", "Quality of work"),
    "commitment": ("Bevlogenheid en betrokkenheid", "Engagement and commitment"),
    "performance": ("Prestaties", "Performance"),
    "innovation": ("Sociale innovatie", "Social innovation"),
}
LABELS = (
    ("Invloed", "Influence"),
    ("Vormen van overleg en inspraak", "Channels of consultation"),
    ("Betrokkenheid bij ontwerp en invoering van veranderingen", "Involvement in design and implementation"),
    ("Medezeggenschapsorganen en werknemersvertegenwoordiging", "Employee representation"),
    ("Eerlijke communicatie", "Honest communication"),
    ("Onderling vertrouwen tussen leiding en medewerkers", "Mutual trust of management and staff"),
    ("Arbeidsmarktparticipatiebevorderingsbeleid", "Policy for participation in the labour market"),
    ("Duidelijke kaders", "Clear frames"),
    ("Terugkoppeling over ideeën", "Feedback on ideas"),
    ("Regelmogelijkheden in het werk", "Control over one's own work"),
    ("Scholing en loopbaan", "Training and career"),
    ("Leiding die ruimte geeft", "Management that gives room"),
)
SECTORS = {
    "industry": ("Industrie en bouw", "Industry and construction"),
    "trade": ("Handel, vervoer en horeca", "Trade, transport and catering"),
    "services": ("Zakelijke en financiële dienstverlening", "Business and financial services"),
    "public": ("Overheid en onderwijs", "Government and education"),
    "care": ("Zorg en welzijn", "Care and welfare"),
}
AGREE = (
    ("helemaal oneens", "strongly disagree"),
    ("oneens", "disagree"),
    ("niet eens, niet oneens", "neither agree nor disagree"),
    ("eens", "agree"),
    ("helemaal eens", "strongly agree"),
)
SHARES = (
    ("niemand", "nobody"),
    ("enkelen (1-19%)", "a few (1-19%)"),
    ("een minderheid (20-39%)", "a minority (20-39%)"),
    ("ongeveer de helft (40-59%)", "about half (40-59%)"),
    ("een meerderheid (60-79%)", "a majority (60-79%)"),
    ("bijna iedereen (80-99%)", "almost everybody (80-99%)"),
    ("iedereen", "everybody"),
)
WORDINGS = (
    ("De leiding vertelt eerlijk wat wel en niet kan.", "Management is honest about what is possible."),
    ("Vooraf is duidelijk waarover medewerkers mogen meedenken.", "Frames are clear in advance."),
    (
        "Bij de laatste verandering: welk deel van de betrokken medewerkers dacht mee over het ontwerp?",
        "At the last change: which share of those concerned took part in the design?",
    ),
    (
        "Medewerkers verwachten dat (bijna) al hun ideeën worden uitgevoerd.",
        "Staff expect (nearly) all of their ideas to be carried out.",
    ),
    ("Slecht nieuws horen medewerkers hier pas laat.", "Bad news reaches staff late here."),
    (
        "Medewerkers horen altijd wat er met hun idee gebeurt.",
        "Staff always hear what happens to their idea.",
    ),
)


def text(pair: tuple[str, str]) -> Text:
    return Text(nl=pair[0], en=pair[1])


def scale(labels: tuple[tuple[str, str], ...], start: int, positive: tuple[float, ...] = ()) -> Scale:
    codes = {float(start + place): text(label) for place, label in enumerate(labels)}
    return Scale(codes=codes, positive=positive, missing={-8: "dont_know"})


SCALES = {
    "EENS5": scale(AGREE, 1, (4.0, 5.0)),
    "AANDEEL7": scale(SHARES, 0),
    "JN": scale((("ja", "yes"), ("nee", "no")), 1),
    "TEKST": Scale(text=True),
}


def make_study(
    *,
    themes: int = 7,
    indices: int = 5,
    waves: tuple[str, ...] = ("2014", "2018", "2022"),
    items: int = 6,
    claims: int = 9,
    simulated: bool = True,
) -> Study:
    """Make a study with this many themes, indices and items a theme, waves and claims."""
    used = list(THEMES)[:themes]
    named = {f"{theme[:4]}_{place}": (theme, place) for theme in used for place in range(indices)}
    return Study(
        name="werkgevers",
        folder=Path("studies/werkgevers"),
        survey=_survey(used, waves, simulated),
        codebook={item.name: item for theme in used for item in _items(theme, items)},
        scales=SCALES,
        indices={
            name: Index(label=text(LABELS[place % 12]), theme=theme, type="reflective", items=("a_n",))
            for name, (theme, place) in named.items()
        },
        claims={claim.name: claim for claim in _claims(list(named), claims)},
    )


def _survey(themes: list[str], waves: tuple[str, ...], simulated: bool) -> Survey:
    sector = {"from": "a_sbi", "prefixes": {str(place): name for place, name in enumerate(SECTORS)}}
    labels = {name: text(label) for name, label in SECTORS.items()}
    size = {"from": "a_n", "bands": (10, 20, 50, 250)}
    return Survey(
        title=Text(nl="Werkgeversenquête", en="Employer survey"),
        unit="establishment",
        simulated="truth.yaml" if simulated else None,
        waves={wave: Wave(files=(File(path=f"{wave}.csv"),)) for wave in waves},
        themes={theme: text(THEMES[theme]) for theme in themes},
        groups=("sector5", "size4"),
        variables={
            "sector5": Variable(**sector, label=Text(nl="sector", en="sector"), labels=labels),
            "size4": Variable(**size, label=Text(nl="grootte", en="size")),
        },
    )


def _items(theme: str, count: int) -> list[Item]:
    scales = ["EENS5" if place % 3 else "AANDEEL7" for place in range(count)]
    return [
        Item(name=f"{theme[:4]}_q{place}", construct=theme, scale=name, wording=text(WORDINGS[place % 6]))
        for place, name in enumerate([*scales, "JN", "TEKST"])
    ]


def _claims(names: list[str], count: int) -> list[Claim]:
    made = []
    for place in range(count):
        x, y, z = (names[(place * 3 + step) % len(names)] for step in (0, 7, 8))
        part = (
            Joint(kind="joint", x=x, y=(y, z), sign="+")
            if place % 2 and y != z
            else Regression(kind="regression", x=(x,), y=(y,), sign="+")
        )
        wording = Text(nl="De ene score hangt samen met de andere.", en="One score goes with another.")
        made.append(Claim(name=f"H{place + 1}", wording=wording, family="confirmatory", parts={"": part}))
    return made


def make_descriptives(study: Study) -> pd.DataFrame:
    """Make the means and shares of a study: small and suppressed groups among them."""
    random = stream(7, "descriptives")
    rows = []
    for wave_place, wave in enumerate(study.waves):
        for place, index in enumerate(study.indices):
            centre = 35 + (place * 13) % 40 + 2.5 * wave_place
            rows.append(_mean(wave, index, "", "", centre, 493, 0.0))
            for group_by in study.groups:
                for rank, group in enumerate(study.variables[group_by].categories):
                    n = (140, 111, 24, 88, 7)[(rank + place) % 5]
                    rows.append(_mean(wave, index, group_by, group, centre, n, 6 * random.normal()))
        for item in study.codebook.values():
            codes = study.scales[item.scale].codes
            if codes:
                rows += _shares(wave, item.name, [f"{code:g}" for code in codes], random)
    return pd.DataFrame(rows)


def _mean(
    wave: str, index: str, group_by: str, group: str, centre: float, n: int, difference: float
) -> dict[str, object]:
    error = 20 / math.sqrt(n)
    row = {"wave": wave, "measure": index, "statistic": "mean", "category": "", "group_by": group_by}
    row |= {"group": group, "weight": "establishment"}
    if n < 10:
        numbers = ("n", "estimate", "ci_low", "ci_high", "difference_from_rest", "p_value", "cohens_d")
        return row | dict.fromkeys(numbers, math.nan) | {"flag": "suppressed"}
    estimate = centre + difference
    return row | {
        "n": n, "estimate": estimate, "ci_low": estimate - 1.96 * error, "ci_high": estimate + 1.96 * error,
        "difference_from_rest": difference, "p_value": math.exp(-((difference / error) ** 2) / 1.4),
        "cohens_d": difference / 20, "flag": "small" if n < 30 else "",
    }  # fmt: skip


def _shares(wave: str, item: str, codes: list[str], random: np.random.Generator) -> list[dict[str, object]]:
    parts = random.dirichlet(np.arange(1, len(codes) + 1) * 1.2)
    base = {"wave": wave, "measure": item, "statistic": "share", "group_by": "", "group": ""}
    base |= {"weight": "establishment", "n": 480, "flag": ""}
    rows = [base | {"category": code, "estimate": part} for code, part in zip(codes, parts)]
    return [*rows, base | {"category": "dont_know", "estimate": 0.07}] if item.endswith("3") else rows


def make_densities(study: Study) -> pd.DataFrame:
    """Make bell-like densities over 0-100 for each index and wave."""
    x = np.arange(101.0)
    frames = []
    for wave_place, wave in enumerate(study.waves):
        for place, index in enumerate(study.indices):
            centre, width = 35 + (place * 13) % 40 + 2.5 * wave_place, 12 + place % 4 * 3
            density = np.exp(-(((x - centre) / width) ** 2) / 2) + 0.3 * np.exp(-(((x - 20) / 8) ** 2) / 2)
            frame = {"wave": wave, "index": index, "x": x, "density": density / density.sum()}
            frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True)


def make_correlations(study: Study) -> pd.DataFrame:
    """Make the correlations of all pairs of indices in every wave."""
    random = stream(7, "correlations")
    names = list(study.indices)
    mixed = random.normal(size=(len(names), 6)) + 0.7
    values = np.corrcoef(mixed)
    return pd.DataFrame(
        [
            {"wave": wave, "x": x, "y": y, "n": 480, "estimate": values[row, column] * 0.8}
            for wave in study.waves
            for row, x in enumerate(names)
            for column, y in enumerate(names)
            if row < column
        ]
    )


def make_estimates(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make estimates and verdicts of all claims but the last, which has no estimate."""
    verdicts = ("supported", "inconclusive", "equivalent to nil", "contradicted")
    rows, judged = [], []
    for place, (name, claim) in enumerate(study.claims.items()):
        verdict = verdicts[place % 4]
        last = place == len(study.claims) - 1
        for wave in study.waves:
            judged.append({"hypothesis": name, "wave": wave, "verdict": "not testable" if last else verdict})
            columns = next(iter(claim.parts.values())).columns
            for step, outcome in enumerate(columns["y"] if not last else ()):
                centre = {"supported": 0.28, "contradicted": -0.2, "inconclusive": 0.09}.get(verdict, 0.01)
                centre, half = centre + 0.02 * step, 0.06 if verdict != "inconclusive" else 0.12
                row = {"hypothesis": name, "wave": wave, "outcome": outcome, "term": columns["x"][0]}
                numbers = {
                    "decides": "True",
                    "kind": "regression",
                    "std_estimate": centre,
                    "std_ci_low": centre - half,
                    "std_ci_high": centre + half,
                }
                rows.append(row | numbers)
    return pd.DataFrame(rows), pd.DataFrame(judged)


def make_tables(study: Study) -> dict[str, pd.DataFrame]:
    """Make every table that the figures read."""
    estimates, verdicts = make_estimates(study)
    return {
        "descriptives": make_descriptives(study),
        "densities": make_densities(study),
        "correlations": make_correlations(study),
        "estimates": estimates,
        "verdicts": verdicts,
    }


def test_the_material_holds_small_suppressed_and_missing_numbers() -> None:
    tables = make_tables(make_study(themes=2))
    assert {"", "small", "suppressed"} == set(tables["descriptives"]["flag"])
    assert tables["descriptives"].loc[lambda rows: rows["flag"] == "suppressed", "estimate"].isna().all()
    assert set(tables["estimates"]["hypothesis"]) < set(tables["verdicts"]["hypothesis"])
