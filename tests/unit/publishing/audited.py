"""A small study published whole, as the workflow does it: tables, workbook, report and figures in one language."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.over_waves import WavesData
from inspraak.hypotheses.testing import test_claims as estimate_claims
from inspraak.hypotheses.testing_over_waves import test_claims_over_waves as estimate_over_waves
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.measurement.assessment import assess_wave
from inspraak.measurement.crossings import cross_classify
from inspraak.measurement.description import describe_densities, describe_wave
from inspraak.measurement.invariance import judge_invariance
from inspraak.measurement.scoring import score_indices
from inspraak.measurement.trend_breaks import judge_trends
from inspraak.publishing.disclosure_figures import control_bins, control_densities
from inspraak.publishing.figures.saving import save_all
from inspraak.publishing.publication import publish
from inspraak.publishing.report import render_report
from inspraak.publishing.tables import write_table
from inspraak.publishing.workbook import write_workbook
from inspraak.study.configuration import Disclosure, Invariance
from inspraak.study.study import Study, load_study
from inspraak.survey.cleaning import clean_wave
from inspraak.survey.frame import judge_frame
from inspraak.survey.harmonising import harmonise_wave
from inspraak.survey.weighting import weigh_wave

from ..conftest import CODEBOOK, SCALES

STUDY = """
title: {nl: Proef, en: Trial}
unit: establishment
waves:
  "2020": {files: [{path: first.csv}]}
  "2024": {files: [{path: second.csv}]}
employer: resp_id
design: {strata: [sector], population: population.csv, employees: a_size}
themes: {work: {nl: Werk, en: Work}}
variables:
  sector: {from: a_sbi, prefixes: {C: industry, G: trade, H: logistics, N: services}, label: {nl: Sector, en: Sector}}
  size2: {from: a_size, bands: [10, 50], label: {nl: Grootte, en: Size}}
groups: [sector, size2]
"""
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [share]}
"""
HYPOTHESES = """
H1: {kind: regression, family: confirmatory, x: A, y: B, sign: "+", wording: {nl: Een, en: One}}
H2: {kind: joint, family: exploratory, x: A, y: [B, absence], sign: "+", wording: {nl: Twee, en: Two}}
H3: {kind: trend, family: exploratory, y: A, sign: "+", wording: {nl: Drie, en: Three}}
H4: {kind: trend, family: none, y: A, domain: sector = logistics, sign: "+", wording: {nl: Vier, en: Four}}
H5: {kind: within_employer, family: none, x: A, y: B, sign: "+", wording: {nl: Vijf, en: Five}}
"""
POPULATION = "sector,population\nindustry,900\ntrade,700\nlogistics,90\nservices,500\n"
SECTORS = {"C": 90, "G": 70, "H": 8, "N": 60}
"""Employers that answered, by section: of logistics too few to show."""


def publish_study(folder: Path) -> Path:
    """Draw answers, and publish them below `folder`; gives the results folder, whose processed data lie beside it."""
    study = _study(folder / "studies" / "trial", folder / "raw")
    processed, results = folder / "data" / "processed" / "trial", folder / "results" / "trial"
    frames: dict[str, list[pd.DataFrame]] = {}
    data: dict[str, WaveData] = {}
    for wave in study.waves:
        found, data[wave] = _wave(study, wave, folder / "raw", processed / "wave" / wave)
        for name, frame in found.items():
            frames.setdefault(name, []).append(frame.assign(wave=wave))
    described = pd.concat(frames["descriptives"], ignore_index=True)
    trends = judge_trends(study, tuple(study.waves), described, publish="warn", largest_break=0.5)
    frames["trends"] = [trends]
    responses = {
        wave: pd.read_parquet(processed / "wave" / wave / "responses.parquet") for wave in study.waves
    }
    frames["invariance"] = [judge_invariance(study, responses, limits=Invariance(), seed=1)]
    frames["estimates"].append(estimate_over_waves(WavesData(study, data, frames["invariance"][0])))
    frames["verdicts"] = [judge_claims(study, pd.concat(frames["estimates"], ignore_index=True))]
    tables = publish(study, frames, limits=Disclosure())
    (results / "tables").mkdir(parents=True)
    for name, table in tables.items():
        write_table(name, table, results / "tables")
    drawn = {name: pd.concat(frames[name], ignore_index=True) for name in ("densities", "bins")}
    curves = control_densities(drawn["densities"], tables["descriptives"], limits=Disclosure())
    bins = control_bins(drawn["bins"], limits=Disclosure())
    pictures = {**tables, "densities": curves, "weight_bins": bins}
    save_all(pictures, study, results / "figures", language="en")
    page = render_report(study, tables, results / "figures", language="en")
    (results / "report_en.html").write_text(page, encoding="utf-8")
    write_workbook(study, tables, results / "tables_en.xlsx", language="en")
    return results


def _study(folder: Path, raw: Path) -> Study:
    folder.mkdir(parents=True)
    raw.mkdir()
    texts = {
        "study.yaml": STUDY, "codebook.csv": CODEBOOK, "scales.yaml": SCALES, "indices.yaml": INDICES,
        "hypotheses.yaml": HYPOTHESES, "population.csv": POPULATION,
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for seed, name in enumerate(("first.csv", "second.csv")):
        _answers(seed).to_csv(raw / name, index=False)
    return load_study(folder)


def _answers(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = sum(SECTORS.values())
    level = rng.normal(size=n)
    codes = {
        name: np.clip(np.rint(3 + sign * level + rng.normal(size=n)), 1, 5)
        for name, sign in (("q1", 1), ("q2", 1), ("q3", -1))
    }
    gate = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "resp_id": [f"WG{seed}{row:04d}" for row in range(n)],
            "a_sbi": np.repeat(list(SECTORS), list(SECTORS.values())),
            "a_size": rng.choice([12, 20, 35, 60, 80, 150], n),
            "gate": gate,
            "routed": np.where(gate == 1, rng.integers(1, 6, n), np.nan),
            **codes,
            "share": np.clip(np.rint(1 + 0.5 * level + 0.5 * rng.normal(size=n)), 0, 2),
            "kind": rng.integers(1, 4, n),
            "n_ideas": rng.poisson(4, n),
            "absence": rng.uniform(0, 12, n).round(1),
        }
    )


def _wave(study: Study, wave: str, raw: Path, processed: Path) -> tuple[dict[str, pd.DataFrame], WaveData]:
    cleaned = clean_wave(study, wave, harmonise_wave(study, wave, raw))
    weighted = weigh_wave(study, wave, cleaned.responses)
    responses = pd.concat([cleaned.responses, weighted.columns], axis=1)
    known = (study, wave, responses, cleaned.reasons)
    scores = score_indices(*known)
    crossings = cross_classify(study, responses, scores)
    processed.mkdir(parents=True)
    responses.to_parquet(processed / "responses.parquet")
    crossings.to_parquet(processed / "crossings.parquet")
    data = WaveData(*known, scores)
    return {
        "sample": cleaned.sample,
        "missing": cleaned.missing,
        "weights": weighted.diagnostics,
        "margins": judge_frame(weighted.margins, publish="warn", largest_gap=0.5),
        "bins": weighted.bins,
        "descriptives": describe_wave(*known, scores),
        "densities": describe_densities(study, wave, responses, scores),
        "crossings": crossings,
        **assess_wave(*known, scores, seed=1, resamples=50),
        **estimate_claims(data),
        "imputation": _imputation(responses),
    }, data


def _imputation(responses: pd.DataFrame) -> pd.DataFrame:
    """The account of an imputation of nothing but `routed`, whose gate left out half."""
    known = int(responses["routed"].notna().sum())
    counts = {"n_answered": known, "n_missing": 0, "n_structural": len(responses) - known, "n_imputed": 0}
    return pd.DataFrame(
        {
            "item": ["routed"],
            **counts,
            "method": "",
            "reason": "complete",
            "difference": np.nan,
            "converged": True,
        }
    )


def copied(results: Path, folder: Path) -> Path:
    """Copy a results folder with the data beside it, to plant something in; gives the copy's results folder."""
    shutil.copytree(results.parents[1], folder / "copy")
    return folder / "copy" / "results" / results.name
