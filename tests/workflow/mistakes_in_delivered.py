"""What agencies and researchers do to delivered files, and what is then declared wrongly about them."""

import csv
import io

import numpy as np
import pandas as pd

from .breaking import (
    CSV, HEADER, SAV, Bench, Edit, Rows, cell, column, data, heading, mistake, move, put, remove, rows, sav, swap,
)  # fmt: skip

STUDY = "study.yaml"
OPTIONS = '{path: small2024.csv, delimiter: ";", decimal: ",", encoding: cp1252, header: 2}'


def declared(options: str) -> Edit:
    """Declare the text file in another way."""
    return swap(STUDY, OPTIONS, options)


def _without(names: tuple[str, ...]) -> Edit:
    def change(table: Rows) -> Rows:
        kept = [place for place, name in enumerate(table[HEADER - 1]) if name not in names]
        return [table[0], *([record[place] for place in kept] for record in table[HEADER - 1 :])]

    return rows(change)


def _again(table: Rows) -> Rows:
    """Give the first two employers a second row with another answer; the third an identical one."""
    first, second, third = (list(record) for record in table[HEADER : HEADER + 3])
    place = table[HEADER - 1].index("V1")
    for record in (first, second):
        record[place] = "1" if record[place] != "1" else "2"
    return [*table, first, second, third]


def _as(write: str) -> Edit:
    """Save the text file as another program would, under its own name."""

    def edit(bench: Bench) -> None:
        text = bench.path(CSV).read_bytes().decode("cp1252")
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        frame = pd.DataFrame(table[HEADER:], columns=table[HEADER - 1])
        stream = io.BytesIO()
        if write == "xlsx":
            frame.to_excel(stream, index=False)
        else:
            frame.to_parquet(stream)
        bench.path(CSV).write_bytes(stream.getvalue())

    return edit


def _twice(name: str) -> Edit:
    return heading(name, "V1")


TEXT = (
    mistake("text: not there", remove(CSV), swap(STUDY, "simulated: truth.yaml\n", ""),
            r"small2024\.csv: found no such file; expected a file as delivered"),
    mistake("text: another name", move(CSV, "small_2024.csv"), swap(STUDY, "simulated: truth.yaml\n", ""),
            r"small2024\.csv: found no such file; .*'small_2024\.csv'\?"),
    mistake("text: a folder in its place", remove(CSV), lambda bench: bench.path(CSV).mkdir(),
            r"small2024\.csv: found a folder; expected a file as delivered"),
    mistake("text: empty", put(CSV, b""), r"small2024\.csv: found an empty file; expected a file as delivered"),
    mistake("text: only blanks", put(CSV, b"\r\n \r\n"), r"small2024\.csv: found an empty file; expected"),
    mistake("text: names and no rows", rows(lambda table: table[:HEADER]),
            r"small2024\.csv: below row 2: found no rows; expected at least one row of answers"),
    mistake("text: cut off in a row", data(CSV, lambda body: body[:5000]),
            r"small2024\.csv: row \d+: found \d+ cells?; expected 32, as in the header"),
    mistake("text: no names", rows(lambda table: [table[0], *table[HEADER:]]),
            r"small2024\.csv"),
    mistake("text: another row of names declared", declared(OPTIONS.replace("header: 2", "header: 1")),
            r"small2024\.csv: row 1: found 1 name .*; expected the column names .*'header: 2'\?"),
    mistake("text: a row of names beyond the end", declared(OPTIONS.replace("header: 2", "header: 2000")),
            r"small2024\.csv: row 2000: found nothing: the last row with content is row \d+; expected the column names"),
    mistake("text: another delimiter declared", declared(OPTIONS.replace('";"', '"|"')),
            r"small2024\.csv: key `delimiter`: found no '\|' between the column names; .*';'\?"),
    mistake("text: UTF-8 declared", declared(OPTIONS.replace("cp1252", "utf-8")),
            r"small2024\.csv: line 1: found the byte 0xEA, which utf-8 does not have here; expected text in utf-8"),
    mistake("text: saved in UTF-8", data(CSV, lambda body: body.decode("cp1252").encode("utf-8")),
            r"small2024\.csv: line 1: found signs in UTF-8; expected cp1252, as declared \(`encoding`\).*'encoding: utf-8'\?"),
    mistake("text: saved in UTF-16", data(CSV, lambda body: body.decode("cp1252").encode("utf-16")),
            r"small2024\.csv: first bytes: found the byte-order mark of UTF-16.*; expected cp1252, as declared"),
    mistake("text: bytes of no text", put(CSV, bytes(range(256)) * 20), r"small2024\.csv"),
    mistake("text: the wrong checksum", declared(OPTIONS.replace("header: 2", f"header: 2, sha256: {'0' * 64}")),
            r"small2024\.csv: found the checksum [0-9a-f]{64}; expected 0{64} \(`sha256`\)"),
    mistake("text: a workbook with the name of a text", _as("xlsx"),
            r"small2024\.csv: found an? .*Excel.*; expected text with delimiters, by the ending \.csv.*'format: xlsx'\?"),
    mistake("text: a Parquet file with the name of a text", _as("parquet"),
            r"small2024\.csv: found a Parquet file.*; expected text with delimiters.*'format: parquet'\?"),
    mistake("text: another format declared", declared(OPTIONS.replace('delimiter: ";", decimal: ",", encoding: cp1252', "format: sav")),
            r"small2024\.csv: .*expected an SPSS file, by `format`|small2024\.csv: key `header`"),
    mistake("text: a sheet of a text", declared(OPTIONS.replace("header: 2", "header: 2, sheet: Antwoorden")),
            r"small2024\.csv: key `sheet`: found 'Antwoorden'; expected no such key for text with delimiters"),
    mistake("text: a quotation mark that is not closed", cell(5, "a_sbi", 'G'), data(CSV, lambda body: body.replace(b";G;", b';"G;', 1)),
            r"small2024\.csv: row \d+.*: found a quotation mark|small2024\.csv: row \d+.*: found text after"),
    mistake("text: a column less", _without(("e_eer1",)),
            r"small2024\.csv: wave 2024, header: found no column 'e_eer1'; expected one column for item e_eer1.*'e_eer2'\?"),
    mistake("text: three columns less", _without(("d_kan", "V1", "verzuim")),
            r"small2024\.csv: wave 2024, header: found no column 'd_kan'; expected one column for item d_kan",
            r"small2024\.csv: wave 2024, header: found no column 'V1'; expected one column for item b_strat1",
            r"small2024\.csv: wave 2024, header: found no column 'verzuim'; expected one column for item i_verz"),
    mistake("text: a column that begins otherwise", heading("Bevlogen*", "Engagement"),
            r"small2024\.csv: wave 2024, header: found no column that begins with 'Bevlogen'; expected one column for item h_bev"),
    mistake("text: two columns that begin so", heading("h_betr", "Bevlogenheid"),
            r"small2024\.csv: wave 2024, header: found 2 columns that begin with 'Bevlogen'; expected one column for item h_bev",
            r"small2024\.csv: wave 2024, header: found no column 'h_betr'"),
    mistake("text: a column name in capitals", heading("nummer", "NUMMER"),
            r"small2024\.csv: wave 2024, header: found no column 'nummer'; expected one column for item resp_id.*'NUMMER'\?"),
    mistake("text: a column name twice", _twice("V2"),
            r"small2024\.csv: column 4 and column 5: found the column name 'V1' 2 times; expected each name once"),
    mistake("text: one column for two items", swap(STUDY, "V1: b_strat1,", "f_kan1: b_strat1,"),
            r"small2024\.csv: wave 2024, header: found column 'f_kan1' for item b_strat1 and for item f_kan1; expected another column"),
    mistake("text: another survey", put(CSV, "titel\na;b;c\n1;2;3\n4;5;6\n"),
            r"small2024\.csv: wave 2024, header: found only other columns: 'a', 'b', 'c'; expected nummer, a_nwerk, a_sbi, V1"),
    mistake("text: rows by a column that is not there", swap(STUDY, "    rename: {nummer", "    where: {jaar: 2024}\n    rename: {nummer"),
            r"small2024\.csv: wave 2024, header: found no column 'jaar'; expected the column that `where` names"),
    mistake("text: rows by a value that is not there", swap(STUDY, "    rename: {nummer", "    where: {a_sbi: X}\n    rename: {nummer"),
            r"small2024\.csv: wave 2024, column 'a_sbi': found only '.*'; expected a row with X, as `where` says"),
    mistake("text: an unknown code", cell(9, "V1", "77"),
            r"small2024\.csv: row 9, column 'V1' \(item b_strat1\): found '77'; expected a code or label \(1, 2, 3, 4, 5; "
            r"missing: -5, -6, -8, -9\), by scale EENS5"),
    mistake("text: an unknown code in many rows", column("k_geld", lambda said: "2" if said == "1" else said),
            r"small2024\.csv: row \d+ \(and \d+ more rows\), column 'k_geld' \(item k_geld\): found '2'; expected a code or label \(0, 1;"),
    mistake("text: a label with a typo", cell(9, "d_kan", "jaa"),
            r"small2024\.csv: row 9, column 'd_kan' \(item d_kan\): found 'jaa'; expected a code or label.*'ja'\?"),
    mistake("text: a code with a decimal", cell(9, "f_kan1", "3,5"),
            r"small2024\.csv: row 9, column 'f_kan1' \(item f_kan1\): found '3,5'; expected a code or label"),
    mistake("text: words in a number", cell(9, "verzuim", "n.v.t."),
            r"small2024\.csv: row 9, column 'verzuim' \(item i_verz\): found 'n\.v\.t\.'; expected a number \(missing: -5"),
    mistake("text: a number with a unit", cell(9, "a_nwerk", "25 fte"),
            r"small2024\.csv: row 9, column 'a_nwerk' \(item a_nwerk\): found '25 fte'; expected a number, by scale WERKENDEN"),
    mistake("text: a date in a number", cell(9, "a_nwerk", "10-nov"),
            r"small2024\.csv: row 9, column 'a_nwerk' \(item a_nwerk\): found '10-nov'; expected a number"),
    mistake("text: an error of a spreadsheet", cell(9, "i_verl", "#DEEL/0!"),
            r"small2024\.csv: row 9, column 'i_verl' \(item i_verl\): found '#DEEL/0!'; expected a number"),
    mistake("text: the letter O for a nought", cell(9, "a_nwerk", "1O"),
            r"small2024\.csv: row 9, column 'a_nwerk' \(item a_nwerk\): found '1O'; expected a number"),
    mistake("text: decimal commas declared as points", declared(OPTIONS.replace('decimal: ","', 'decimal: "."')),
            r"small2024\.csv: row \d+.*column 'verzuim' \(item i_verz\): found '\d+,\d+' and \d+ other cells like it; expected a number.*'decimal: \",\"'\?"),
    mistake("text: a decimal point where commas are declared", cell(9, "verzuim", "4.5"),
            r"small2024\.csv: row 9, column 'verzuim' \(item i_verz\): found '4\.5'; expected a number.*'decimal: \"\.\"'\?"),
    mistake("text: shares for percentages", column("verzuim", lambda said: "0,0" + said.replace(",", "") if said[:1] not in "-" else said),
            r"small2024\.csv: row \d+.*column 'verzuim' \(item i_verz\): found numbers from 0\S* to 0\S* in all rows; expected percentages from 0 to 100"),
    mistake("text: another column than was meant", swap(STUDY, "verzuim: i_verz}", "a_sbi: i_verz}"),
            r"small2024\.csv: wave 2024, header: found column 'a_sbi' for item a_sbi and for item i_verz"),
    mistake("text: two rows of one employer", rows(_again), swap(STUDY, "  duplicates: most_complete\n", ""),
            r"small2024\.csv: row 3 and row \d+: found 2 rows of one employer with other answers; expected one row per employer, "
            r"or a rule under cleaning\.duplicates",
            r"small2024\.csv: row 4 and row \d+: found 2 rows of one employer"),
    mistake("text: no row in scope", swap(STUDY, "{at_least: 10}", "{at_least: 19000}"),
            r"study\.yaml: wave 2024: found no row left \(.*out_of_scope: \d+\); expected at least one"),
    mistake("text: only totals", swap(STUDY, '["TOTAAL*"]', '["*"]'),
            r"small2024\.csv: wave 2024: found no rows of employers; expected at least one"),
    mistake("text: prefixes in small letters", swap(STUDY, "{C: industry, F: industry, G: services, M: services, Q: services}", "{c: industry, g: services}"),
            r"study\.yaml: variables\.sector2: found no value of a_sbi that begins so \(it has .*\); expected one of c, g at the beginning"),
    mistake("text: a stratum without population", swap("population.csv", "services,10-49,41000\n", ""),
            r"population\.csv: stratum 'services\|10-49': found no population; expected the number of units, since \d+ of them answered"),
    mistake("text: a stratum smaller than its answers", swap("population.csv", "services,10-49,41000", "services,10-49,4"),
            r"population\.csv: stratum 'services\|10-49': found 4 units; expected at least the \d+ that answered"),
    mistake("text: a value that the recode has not", swap(STUDY, "groups:", "  tak: {from: a_sbi, codes: {C: a, F: b, G: c, M: d}}\ngroups:"),
            r"study\.yaml: variables\.tak: found no value for 'Q'; expected one for each value of a_sbi"),
    mistake("text: a text as a number", swap(STUDY, "groups:", "  tak: {from: a_sbi, as: number}\ngroups:"),
            r"study\.yaml: variables\.tak: found 'Q' in a_sbi \(\d+ rows?\); expected a number in every row"),
    mistake("text: an identifier that the crosswalk has not",
            swap(STUDY, "employer: resp_id", "employer: {item: resp_id, crosswalk: crosswalk.csv}"),
            put("crosswalk.csv", "wave,identifier,employer\n2024,KP00001,1\n"),
            r"small2024\.csv: row 3: found 'KP\d+'; expected an identifier that crosswalk\.csv has in wave 2024"),
    mistake("text: weights of nought", swap(STUDY, "  population: population.csv", "  population: population.csv\n  weight: i_verl"),
            r"study\.yaml: design\.weight \(i_verl\): found \d+ rows? with a weight that is missing, zero or negative; expected a positive weight"),
)  # fmt: skip


def _value(name: str, row: int, said: object) -> Edit:
    def change(frame: pd.DataFrame, _: dict[str, object]) -> pd.DataFrame:
        frame[name] = frame[name].astype(object)
        frame.loc[row - 1, name] = said
        return frame.infer_objects()

    return sav(change)


def _words(frame: pd.DataFrame, options: dict[str, dict[str, object]]) -> pd.DataFrame:
    """Deliver a number as a text variable, one of them in words."""
    for kind in options.values():
        kind.pop("i_verz", None)
    frame["i_verz"] = frame["i_verz"].map(lambda said: "" if np.isnan(said) else f"{said:g}")
    frame.loc[6, "i_verz"] = "weinig"
    return frame


def _turned(frame: pd.DataFrame, options: dict[str, dict[str, dict[float, str]]]) -> pd.DataFrame:
    """Number the answers of one question from the other end."""
    labels = options["variable_value_labels"]["b_strat1"]
    options["variable_value_labels"]["b_strat1"] = {
        code: labels[6 - code] if 1 <= code <= 5 else text for code, text in labels.items()
    }
    return frame


SPSS = (
    mistake("SPSS: cut off", data(SAV, lambda body: body[: len(body) // 2]), r"small2020\.sav: found an SPSS file that cannot be read"),
    mistake("SPSS: its first bytes alone", data(SAV, lambda body: body[:200]), r"small2020\.sav: found an SPSS file that cannot be read"),
    mistake("SPSS: empty", put(SAV, b""), r"small2020\.sav: found an empty file; expected a file as delivered"),
    mistake("SPSS: a page of the internet", put(SAV, b"<!DOCTYPE html><html><body>Not found</body></html>"),
            r"small2020\.sav: found .*; expected an SPSS file|small2020\.sav: found a (web )?page"),
    mistake("SPSS: a text with the name of an SPSS file", put(SAV, b"RESPNR;NWERK\nKP1;12\n"),
            r"small2020\.sav: found .*; expected an SPSS file, by the ending \.sav.*'format: csv'\?"),
    mistake("SPSS: a delimiter", swap(STUDY, "{path: small2020.sav}", '{path: small2020.sav, delimiter: ";"}'),
            r"small2020\.sav: key `delimiter`: found ';'; expected no such key for an SPSS file"),
    mistake("SPSS: a format that it is not", swap(STUDY, "{path: small2020.sav}", "{path: small2020.sav, format: dta}"),
            r"small2020\.sav: found an SPSS file; expected a Stata file, by `format`.*'format: sav'\?"),
    mistake("SPSS: another name of a variable", sav(lambda frame, _: frame.rename(columns={"ADHOC": "ADHOK"})),
            r"small2020\.sav: wave 2020, header: found no column 'ADHOC'; expected one column for item b_strat2.*'ADHOK'\?"),
    mistake("SPSS: an unknown code", _value("b_strat1", 7, 8.0),
            r"small2020\.sav: row 7, column 'b_strat1' \(item b_strat1\): found '8'; expected a code or label \(1, 2, 3, 4, 5;"),
    mistake("SPSS: a code of the usual scale", _value("d_inv1", 7, 5.0),
            r"small2020\.sav: row 7, column 'd_inv1' \(item d_inv1\): found '5'; expected a code or label \(1, 2, 3, 4;.*by scale MATE4"),
    mistake("SPSS: words in a number", sav(_words),
            r"small2020\.sav: row 7, column 'i_verz' \(item i_verz\): found 'weinig'; expected a number"),
    mistake("SPSS: answers numbered from the other end", sav(_turned),
            r"small2020\.sav: value labels, column 'b_strat1' \(item b_strat1\): found 5 for 'helemaal oneens'; expected 1, or another scale for the wave"),
    mistake("SPSS: no cases", sav(lambda frame, _: frame[:0]), r"small2020\.sav: found no cases; expected columns with at least one case"),
)  # fmt: skip

ALL = (
    *(entry if entry.files else type(entry)(entry.name, entry.edits, entry.patterns, (CSV,)) for entry in TEXT),
    *(type(entry)(entry.name, entry.edits, entry.patterns, (SAV,)) for entry in SPSS),
)
