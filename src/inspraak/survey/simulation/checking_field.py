"""Check what truth.yaml says about the field: waves, mess that cleaning finds, files that can be made."""

from collections.abc import Iterator

from inspraak.errors import Problem
from inspraak.study.declarations import Document
from inspraak.study.study import Study
from inspraak.study.waves import File
from inspraak.survey.simulation.formats import WRITERS, format_of
from inspraak.survey.simulation.truth import Mess, Truth


def field_problems(study: Study, truth: Truth, document: Document) -> list[Problem]:
    """List what the waves of the study do not have, cannot find or cannot be written in."""
    found = [*_waves(study, truth, document), *_employer(study, truth, document), *_files(study)]
    for wave, mess in truth.mess.items():
        if wave in study.waves:
            found += _mess(study, truth, document, wave, mess)
    return found


def _waves(study: Study, truth: Truth, document: Document) -> Iterator[Problem]:
    for keys, waves in (
        (("sample", "employers"), truth.sample.employers),
        (("mess",), truth.mess),
        (("delivery",), truth.delivery),
    ):
        for wave in waves:
            if wave not in study.waves:
                yield document.problem((*keys, wave), f"'{wave}'", "a wave of study.yaml", words=study.waves)
    for wave in study.waves:
        if truth.sample.employers.get(wave, 0) < 1:
            yield document.problem(("sample", "employers"), f"no employers in wave '{wave}'", "one at least")
    for wave, delivery in truth.delivery.items():
        for name in delivery.labels:
            if name not in study.codebook or study.scale_of(name).codes is None:
                words = study.codebook
                yield document.problem(
                    ("delivery", wave, "labels"), f"'{name}'", "an item with codes", words=words
                )
    low, high = truth.gaps.stops
    if truth.gaps.late_break_off and (low >= high or low < (study.cleaning.break_off or 0) + 0.1):
        expected = "from low to high, and well beyond the share at which a row counts as a break-off"
        yield document.problem(("gaps", "stops"), f"{low:g} to {high:g}", expected)


def _employer(study: Study, truth: Truth, document: Document) -> Iterator[Problem]:
    employer = study.survey.employer
    if employer is None:
        return
    if employer.crosswalk is not None:
        expected = "in a simulated study an item that holds the same identifier in every wave"
        yield Problem("study.yaml", "employer.crosswalk", f"'{employer.crosswalk}'", expected)
    answer = truth.answers.get(employer.item)
    if answer is not None and answer.fill != "employer":
        expected = "fill: employer, since study.yaml recognises employers by it"
        yield document.problem(("items", employer.item), "another way to answer", expected)


def _files(study: Study) -> Iterator[Problem]:
    specified: dict[str, File] = {}
    for name, wave in study.waves.items():
        for file in wave.files:
            kind = format_of(file)
            place = f"waves.{name}.files"
            if kind not in WRITERS:
                expected = f"a format that can be written: {', '.join(WRITERS)}"
                yield Problem("study.yaml", place, f"'{kind}'", expected)
            if file.sha256 is not None:
                yield Problem("study.yaml", place, "sha256", "no checksum, in a simulated study")
            if specified.setdefault(file.path, file) != file:
                yield Problem("study.yaml", place, f"'{file.path}' in two ways", "one way to read each file")


def _mess(study: Study, truth: Truth, document: Document, wave: str, mess: Mess) -> Iterator[Problem]:
    cleaning, asked = study.cleaning, study.asked(wave)
    rule = cleaning.straight_lining
    long_enough = [
        items
        for items in (rule.batteries.values() if rule is not None else ())
        if rule is not None and sum(name in asked for name in items) >= rule.minimum_items
    ]
    scope = [
        name for name, limits in study.survey.scope.items() if limits.at_least is not None and name in asked
    ]
    employer = study.survey.employer
    possible = {
        "break_offs": (cleaning.break_off is not None, "cleaning.break_off in study.yaml"),
        "failed_attention": (
            any(name in asked for name in cleaning.attention),
            "an attention check in this wave",
        ),
        "straight_liners": (
            rule is not None and len(long_enough) >= rule.batteries_needed,
            "enough batteries under cleaning.straight_lining in study.yaml",
        ),
        "impossible_rows": (cleaning.impossible is not None, "cleaning.impossible in study.yaml"),
        "impossible_values": (cleaning.impossible != 1, "cleaning.impossible of 2 or more in study.yaml"),
        "out_of_scope": (bool(scope), "an item with at_least under scope in study.yaml"),
        "identical_duplicates": (employer is not None, "employer in study.yaml"),
        "second_entries": (
            employer is not None and cleaning.duplicates != "refuse",
            "employer and a rule under cleaning.duplicates in study.yaml",
        ),
        "total_rows": (bool(cleaning.not_employers), "cleaning.not_employers in study.yaml"),
    }
    for key, (holds, expected) in possible.items():
        if getattr(mess, key) and not holds:
            yield document.problem(("mess", wave, key), str(getattr(mess, key)), expected)
    if mess.impossible_rows or mess.impossible_values:
        numbers = [name for name in asked if study.scale_of(name).number is not None]
        if len(numbers) < (cleaning.impossible or 1):
            expected = "enough numbers with bounds in the wave"
            yield document.problem(("mess", wave, "impossible_rows"), f"{len(numbers)} numbers", expected)
    if mess.identical_duplicates + mess.second_entries > truth.sample.employers.get(wave, 0):
        yield document.problem(("mess", wave), "more duplicates than employers", "fewer")
