"""A made-up study folder of any size, and figures for it."""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from inspraak.study.study import Study, load_study

THEMES = {
    "participation": ("Participatie", "Participation"),
    "strategy": ("Strategie en samenhang", "Strategy and coherence"),
    "practices": ("Slim en flexibel werken", "Smart and flexible work"),
    "conditions": ("Vertrouwen en eerlijkheid", "Trust and honesty"),
    "behaviour": ("Vernieuwend gedrag", "Innovative behaviour"),
    "work": ("Kwaliteit van de arbeid", "Quality of work"),
    "performance": ("Prestaties", "Performance"),
}
LABELS = (
    ("Invloed", "Influence", "meer invloed van medewerkers", "more influence of employees"),
    ("Bevlogenheid", "Engagement", "", ""),
    ("Vertrouwen", "Trust", "meer onderling vertrouwen", "more mutual trust"),
    ("Wendbaarheid", "Agility", "", ""),
    ("Ruimte om te leren en te proberen", "Room to learn and try", "", ""),
)
WORDINGS = (
    (
        "Medewerkers hebben invloed op de organisatie van het werk.",
        "Employees influence how work is organised.",
    ),
    ("Leiding en medewerkers vertrouwen elkaar.", "Management and employees trust each other."),
    (
        "Welk deel van de betrokken medewerkers dacht mee over het ontwerp van de laatste verandering?",
        "What share of the employees concerned took part in designing the last change?",
    ),
)
SECTORS = {
    "industry": ("industrie", "industry"),
    "trade": ("handel", "trade"),
    "logistics": ("vervoer en logistiek", "transport and logistics"),
    "services": ("diensten", "services"),
    "public": ("overheid en zorg", "public and care"),
}
SIZES = ("10-19", "20-49", "50-249", "250+")
WAVES = {"2014": 493, "2018": 861, "2022": 1204}

CLAIM_FIGURE = "claim_H1_regression"
"""The figure that stands with a claim."""


def write_study(
    folder: Path, *, themes: int = 2, indices: int = 2, claims: int = 8, design: bool = True
) -> Study:
    """Write a study folder and load it: `indices` per theme, three items each, and one item on its own."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = dict(list(THEMES.items())[:themes])
    survey: dict[str, object] = {
        "title": {"nl": "Werkgeversenquête Sociale Innovatie", "en": "Employer Survey on Social Innovation"},
        "unit": "establishment" if design else "organisation",
        "source": {"nl": "Eigen vragenlijst <proef>", "en": "Own questionnaire <trial>"},
        "waves": {wave: {"files": [{"path": f"wave{wave}.csv"}]} for wave in WAVES},
        "employer": "resp_id",
        "themes": {name: {"nl": nl, "en": en} for name, (nl, en) in chosen.items()},
        "variables": {
            "sector5": {
                "from": "a_sbi",
                "prefixes": dict(zip("BGHIO", SECTORS)),
                "label": {"nl": "sector", "en": "sector"},
                "labels": {name: {"nl": nl, "en": en} for name, (nl, en) in SECTORS.items()},
            },
            "size4": {
                "from": "a_nwerk",
                "bands": [10, 20, 50, 250],
                "label": {"nl": "grootte", "en": "size"},
            },
            "log_size": {"log": "a_nwerk", "label": {"nl": "grootte (log)", "en": "size (log)"}},
        },
        "groups": ["sector5", "size4"],
    }
    if design:
        survey["simulated"] = "truth.yaml"
        survey["design"] = {"strata": ["sector5", "size4"], "population": "population.csv"}
        (folder / "truth.yaml").write_text("seed: 1\n", "utf-8")
        strata = [f"{sector},{size},{1000}" for sector in SECTORS for size in SIZES]
        (folder / "population.csv").write_text("\n".join(["sector5,size4,population", *strata]), "utf-8")
    _write(folder / "study.yaml", survey)
    _write(folder / "scales.yaml", _scales())
    _write(folder / "indices.yaml", dict(_indices(list(chosen), indices)))
    _write(folder / "hypotheses.yaml", _claims(list(chosen), indices, claims))
    rows = ["item,construct,scale,reversed,asked_if,source,wording_nl,wording_en"]
    rows += ["resp_id,paradata,TEKST,,,,Nummer,Number", "a_sbi,frame,TEKST,,,,Activiteit,Activity"]
    rows += ["a_nwerk,frame,AANTAL,,,,Hoeveel mensen werken er?,How many people work here?"]
    for number, theme in enumerate(chosen):
        for index in range(indices):
            for item in range(3):
                nl, en = WORDINGS[(number + index + item) % len(WORDINGS)]
                turned = "yes" if item == 2 else ""
                name = f"q{number}_{index}_{item}"
                rows.append(
                    f'{name},{theme},EENS5,{turned},,own,"{nl} ({number}{index}{item})","{en} ({number}{index}{item})"'
                )
        rows.append(f"n{number},{theme},AANTAL,,,own,Hoeveel ideeën waren er?,How many ideas were there?")
    (folder / "codebook.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return load_study(folder)


def _write(path: Path, data: object) -> None:
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def _scales() -> dict[str, object]:
    labels = ("helemaal oneens", "oneens", "neutraal", "eens", "helemaal eens")
    english = ("strongly disagree", "disagree", "neutral", "agree", "strongly agree")
    return {
        "EENS5": {
            "codes": {code + 1: {"nl": labels[code], "en": english[code]} for code in range(5)},
            "positive": [4, 5],
            "missing": {-8: "dont_know", -9: "refused"},
        },
        "AANTAL": {"number": {"at_least": 0}, "missing": {-8: "dont_know"}},
        "TEKST": {"text": True},
    }


def _indices(themes: list[str], indices: int) -> Iterator[tuple[str, dict[str, object]]]:
    for number, theme in enumerate(themes):
        for index in range(indices):
            nl, en, higher_nl, higher_en = LABELS[(number + index) % len(LABELS)]
            suffix = f" {number + 1}" if number else ""
            body: dict[str, object] = {
                "label": {"nl": nl + suffix, "en": en + suffix},
                "theme": theme,
                "type": "reflective" if index % 2 == 0 else "formative",
                "items": [f"q{number}_{index}_{item}" for item in range(3)],
            }
            if higher_nl and not number:
                body["higher"] = {"nl": higher_nl, "en": higher_en}
            yield f"S{number}_{index}", body


def _claims(themes: list[str], indices: int, claims: int) -> dict[str, object]:
    names = [f"S{number}_{index}" for number in range(len(themes)) for index in range(indices)]
    declared: dict[str, object] = {"defaults": {"controls": ["log_size", "sector5"]}}
    wording_nl = "Meer {x} hangt samen met meer {y}, ook als de werkdruk hoog is."
    wording_en = "More {x} goes together with more {y}, also where work pressure is high."
    labels = {name: body["label"] for name, body in _indices(themes, indices)}
    for number in range(1, claims + 1):
        x, y = names[number % len(names)], names[(number * 3 + 1) % len(names)]
        y = y if y != x else names[(names.index(x) + 1) % len(names)]
        third = "mediation" if len(names) > 2 else "regression"
        kind = ("regression", "association", third, "regression", "regression", "untested")[number % 6]
        body: dict[str, object] = {
            "kind": kind,
            "family": "confirmatory" if number % 3 == 0 else "exploratory",
            "wording": {
                "nl": wording_nl.format(x=str(labels[x]["nl"]).lower(), y=str(labels[y]["nl"]).lower()),  # type: ignore[index]
                "en": wording_en.format(x=str(labels[x]["en"]).lower(), y=str(labels[y]["en"]).lower()),  # type: ignore[index]
            },
            "source": {"file": "003", "phrase": "verhoogt de bevlogenheid & <betrokkenheid>"},
        }
        if kind == "untested":
            body["reason"] = {
                "nl": "Geen vraag gaat over certificering.",
                "en": "No question is about certification.",
            }
        else:
            body |= {"x": x, "y": y, "sign": "+"}
        if kind == "mediation":
            body["mediators"] = [next(name for name in names if name not in (x, y))]
        declared[f"H{number}"] = body
    return declared


def draw_figures(folder: Path, study: Study, *, weight: int = 400) -> Path:
    """Write figures with captions: one per theme, two general ones and one of claim H1, in both languages and widths.

    That of the claim has one width.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"means_{theme}": theme for theme in study.themes} | {
        "correlations": "relations",
        "sample": "sample",
        CLAIM_FIGURE: "",
    }
    for language in ("nl", "en"):
        captions = {}
        for name, theme in names.items():
            title = f"{name} <{language}>"
            captions[name] = {
                "title": title,
                "alternative": f"Alt “{name}”",
                "theme": theme,
                "kind": name.split("_")[0],
                "claim": "H1" if name == CLAIM_FIGURE else "",
            }
            sizes = (("", 720), ("_narrow", 340))
            for suffix, width in sizes if name != CLAIM_FIGURE else (("", 260),):
                svg = _svg(width, weight, f"{name} {language}{suffix}")
                (folder / f"{name}_{language}{suffix}.svg").write_text(svg, "utf-8")
        (folder / f"captions_{language}.json").write_text(json.dumps(captions, ensure_ascii=False), "utf-8")
    return folder


def _svg(width: int, marks: int, text: str) -> str:
    height = 360
    dots = "".join(
        f'<circle cx="{40 + (number * 37) % (width - 80)}" cy="{40 + (number * 53) % (height - 80)}" r="4" '
        'fill="#0b6e6e" fill-opacity="0.6"/>'
        for number in range(marks)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" '
        f'height="{height}pt" viewBox="0 0 {width} {height}"><rect width="100%" height="100%" fill="#fff"/>'
        f'{dots}<text x="20" y="24" font-family="sans-serif" font-size="14">{text}</text></svg>'
    )
