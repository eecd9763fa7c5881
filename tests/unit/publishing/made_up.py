"""A made-up study and made-up published tables of any size, in the shape of the contract."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
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
        kind = ("regression", "association", "mediation", "regression", "regression", "untested")[number % 6]
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
            body["mediators"] = [names[0] if names[0] not in (x, y) else names[-1]]
        declared[f"H{number}"] = body
    return declared


def published_tables(study: Study, *, seed: int = 68) -> dict[str, pd.DataFrame]:
    """Make every table of the first stage with plausible numbers, suppressed and small cells among them."""
    random = np.random.default_rng(seed)
    verdicts, estimates = _tested(study, random)
    weight = "establishment" if study.design is not None else "none"
    return {
        "sample": _sample(study),
        "missing": _missing(study, random),
        "weights": _weights(study, weight),
        "descriptives": _descriptives(study, random, weight),
        "correlations": _correlations(study, random),
        "reliability": _reliability(study, random),
        "estimates": estimates,
        "verdicts": verdicts,
        "disclosure": pd.DataFrame(
            {"file": ["descriptives"] * 4, "cell": list("abcd"), "rule": ["primary"] * 4}
        ),
    }


def _sample(study: Study) -> pd.DataFrame:
    rows: list[tuple[str, str, str, int]] = []
    for wave in study.waves:
        n = WAVES[wave]
        removed = {
            "not_employer": 1,
            "duplicate": 7,
            "scope_unknown": 0,
            "out_of_scope": 12,
            "break_off": 31,
            "straight_lining": 9,
        }
        rows += [(wave, "invited", f"{sector}|{size}", 140) for sector in SECTORS for size in SIZES]
        rows += [(wave, "response", f"{sector}|{size}", 60) for sector in SECTORS for size in SIZES]
        rows.append((wave, "delivered", "", n + sum(removed.values())))
        rows += [(wave, "removed", reason, count) for reason, count in removed.items()]
        rows.append((wave, "analysed", "", n))
    return pd.DataFrame(rows, columns=["wave", "step", "reason", "n"])


def _missing(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for number, item in enumerate(study.asked(wave)):
            asked = WAVES[wave] if number % 7 else WAVES[wave] - 120
            unknown, refused = int(random.integers(0, 60)), int(random.integers(0, 9))
            rows.append(
                (wave, item, asked, asked - unknown - refused, unknown, refused, 0, WAVES[wave] - asked)
            )
    names = ["n_asked", "n_answered", "n_dont_know", "n_refused", "n_not_applicable", "n_not_asked"]
    return pd.DataFrame(rows, columns=["wave", "item", *names])


def _weights(study: Study, weight: str) -> pd.DataFrame:
    rows = [
        (wave, weight, WAVES[wave], 68880.0, 1.2, 201.0, 0.71, 1.504, WAVES[wave] / 1.504, 0, True)
        for wave in study.waves
    ]
    names = [
        "wave",
        "weight",
        "n",
        "sum",
        "p01",
        "p99",
        "cv",
        "design_effect",
        "effective_n",
        "trimmed",
        "converged",
    ]
    return pd.DataFrame(rows, columns=names)


DESCRIPTIVES = (
    "wave measure statistic category group_by group weight n estimate std_error ci_low ci_high df design_effect "
    "difference_from_rest p_value cohens_d flag"
).split()


def _descriptives(study: Study, random: np.random.Generator, weight: str) -> pd.DataFrame:
    groups = [("", "")] + [("sector5", sector) for sector in SECTORS] + [("size4", size) for size in SIZES]
    rows: list[list[object]] = []
    for wave in study.waves:
        for group_by, group in groups:
            n = WAVES[wave] if not group_by else {"logistics": 24, "250+": 8}.get(group, WAVES[wave] // 5)
            for measure in study.measured(wave):
                mean = float(random.normal(58, 9))
                rows.append(_row(random, wave, measure, "mean", "", group_by, group, weight, n, mean, 1.1))
            for name, item in study.asked(wave).items():
                scale = study.scale_of(name)
                if not item.substantive or scale.text:
                    continue
                if scale.number is not None:
                    rows.append(_row(random, wave, name, "mean", "", group_by, group, weight, n, 7.25, 0.4))
                    rows.append(
                        _row(random, wave, name, "quantile", "0.5", group_by, group, weight, n, 4.0, 0.4)
                    )
                    continue
                shares = random.dirichlet([1, 2, 4, 4, 2])
                for code, share in zip(scale.codes or {}, shares):
                    rows.append(
                        _row(
                            random, wave, name, "share", f"{code:g}", group_by, group, weight, n, share, 0.02
                        )
                    )
                both = float(shares[3:].sum())
                rows.append(
                    _row(random, wave, name, "share", "positive", group_by, group, weight, n, both, 0.02)
                )
    return pd.DataFrame(rows, columns=DESCRIPTIVES)


def _row(
    random: np.random.Generator, wave: str, measure: str, statistic: str, category: str, group_by: str,
    group: str, weight: str, n: int, estimate: float, error: float,
) -> list[object]:  # fmt: skip
    key = [wave, measure, statistic, category, group_by, group, weight]
    if n < 10:
        return [*key, *[np.nan] * 10, "suppressed"]
    rest: list[object] = [np.nan] * 3
    if group_by:
        cohens_d = float(random.normal(0, 0.18))
        rest = [cohens_d * 18, float(np.exp(-((cohens_d * 12) ** 2))), cohens_d]
    low, high = estimate - 1.96 * error, estimate + 1.96 * error
    return [*key, n, estimate, error, low, high, n - 20, 1.4, *rest, "small" if n < 30 else ""]


def _correlations(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    names = list(study.indices)
    for wave in study.waves:
        for first, x in enumerate(names):
            for y in names[first + 1 :]:
                r = float(np.clip(random.normal(0.2, 0.17), -0.9, 0.9))
                p = float(np.exp(-abs(r) * 22))
                rows.append((wave, x, y, WAVES[wave] - 30, r, r - 0.08, r + 0.08, p, min(1.0, p * 9)))
    names = ["wave", "x", "y", "n", "estimate", "ci_low", "ci_high", "p_value", "p_adjusted"]
    return pd.DataFrame(rows, columns=names)


def _reliability(study: Study, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for wave in study.waves:
        for name, index in study.measured(wave).items():
            alpha = float(random.uniform(0.55, 0.9)) if index.type == "reflective" else np.nan
            ends = (alpha - 0.04, alpha + 0.03)
            rows.append(
                (wave, name, 3, WAVES[wave], alpha, *ends, alpha + 0.02, alpha + 0.03, 0.5, 0.012, 0.034)
            )
    names = [
        "n_items",
        "n",
        "alpha",
        "alpha_low",
        "alpha_high",
        "omega",
        "omega_categorical",
        "ave",
        "floor",
        "ceiling",
    ]
    return pd.DataFrame(rows, columns=["wave", "index", *names])


def _tested(study: Study, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    verdicts, estimates = [], []
    sizes = {"supported": 0.24, "contradicted": -0.22, "equivalent to nil": 0.01, "inconclusive": 0.08}
    for wave in study.waves:
        for name, claim in study.claims.items():
            part = next(iter(claim.parts.values()))
            tested = part.kind in ("regression", "association")
            verdict = str(random.choice(list(sizes), p=[0.35, 0.1, 0.1, 0.45])) if tested else "not testable"
            reason = "" if tested else "no question carries it" if part.kind == "untested" else f"kind not available: {part.kind}"
            p = {"supported": 0.0003, "contradicted": 0.012}.get(verdict, 0.31) if tested else np.nan
            count = sum(other.family == claim.family for other in study.claims.values())
            row = [name, wave, claim.family, count, verdict, verdict == "supported", p]
            verdicts.append([*row, np.nan, np.nan, 0.08, 1.5, 0.15 if tested else np.nan, reason])
            if not tested:
                continue
            estimate = sizes[verdict] + float(random.normal(0, 0.02))
            outcomes = part.columns["y"]
            for outcome in outcomes:
                numbers = [
                    estimate * 0.9,
                    0.04,
                    400,
                    estimate / 0.045,
                    p,
                    estimate * 0.9 - 0.08,
                    estimate * 0.9 + 0.08,
                ]
                standardised = [estimate, estimate - 0.09, estimate + 0.09, estimate * 0.9, "points"]
                key = [name, wave, part.kind, outcome, part.columns["x"][0], WAVES[wave] - 41, 1]
                estimates.append([*key, *numbers, *standardised, np.nan])
    return (
        pd.DataFrame(verdicts, columns=VERDICTS),
        pd.DataFrame(estimates, columns=ESTIMATES),
    )


VERDICTS = (
    "hypothesis wave family family_size verdict strong p_adjusted same_sign_share significant_share "
    "robustness_value e_value detectable_effect reason"
).split()
ESTIMATES = (
    "hypothesis wave kind outcome term n imputations estimate std_error df statistic p_value ci_low ci_high "
    "std_estimate std_ci_low std_ci_high natural_estimate natural_unit fmi"
).split()


def draw_figures(folder: Path, study: Study, *, weight: int = 400) -> Path:
    """Write figures with captions, one per theme and three general ones, in both languages and widths."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"means_{theme}": theme for theme in study.themes} | {
        "correlations": "relations",
        "verdicts": "claims",
        "sample": "sample",
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
            }
            for suffix, width in (("", 720), ("_narrow", 340)):
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
