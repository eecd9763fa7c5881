"""Text files with a delimiter."""

import codecs
import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from inspraak.errors import Problem, UserError
from inspraak.survey.delimited import read_delimited
from inspraak.survey.delivered import BLANKS, Delivered
from inspraak.survey.reading import numbers, read_file


def read(text: str | bytes, **options: object) -> Delivered:
    data = text.encode() if isinstance(text, str) else text
    return read_delimited(data, file="a.csv", **options)  # type: ignore[arg-type]


def problems(text: str | bytes, **options: object) -> tuple[Problem, ...]:
    with pytest.raises(UserError) as caught:
        read(text, **options)
    return caught.value.problems


def rows(delivered: Delivered) -> list[list[object]]:
    return [list(delivered.frame.columns), *delivered.frame.to_numpy().tolist()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_and_line_end_is_found(delimiter: str, end: str) -> None:
    lines = [["id", "naam", "score"], ["1", "Alpha", "3"], ["2", "Beta", "4"]]
    text = end.join(delimiter.join(line) for line in lines)
    assert rows(read(text)) == lines
    assert rows(read(text + end)) == lines
    assert rows(read(text, delimiter=delimiter)) == lines


def test_line_ends_may_be_mixed_and_rows_keep_their_numbers() -> None:
    delivered = read("id;a\r1;2\n\n3;4\r\n5;6")
    assert delivered.frame.index.tolist() == [2, 4, 5]
    assert delivered.frame["id"].tolist() == ["1", "3", "5"]


def test_quoted_fields_may_hold_delimiters_line_ends_and_quotes() -> None:
    delivered = read('id,text,"a, ""b"""\r\n1,"x, y\r\nz",2\r\n2, "x,y",3\r\n')
    assert rows(delivered) == [["id", "text", 'a, "b"'], ["1", "x, y\r\nz", "2"], ["2", "x,y", "3"]]
    assert delivered.frame.index.tolist() == [2, 3]


def test_a_quote_inside_an_unquoted_field_is_text() -> None:
    assert rows(read('id;size\n1;5" pipe\n'))[1] == ["1", '5" pipe']


def test_white_space_and_no_break_spaces_around_cells_are_left_out() -> None:
    assert rows(read("id ;\u00a0naam\n 1;\u00a0Alpha \u202f\n2;\u200b \n")) == [
        ["id", "naam"],
        ["1", "Alpha"],
        ["2", None],
    ]


def test_line_breaks_inside_a_name_become_spaces() -> None:
    assert read('"id\nof  employer";b\n1;2\n').frame.columns.tolist() == ["id of employer", "b"]


def test_decimal_commas_do_not_pass_for_delimiters() -> None:
    text = "a,x;b,y\n1,5;2,5\n3,5;4,5\n"
    assert read(text, decimal=",").frame.columns.tolist() == ["a,x", "b,y"]
    assert read("a;b\n1,5;2,5\n").frame.columns.tolist() == ["a", "b"]
    assert read('a,b\n"1,5","2,5"\n', decimal=",").frame.columns.tolist() == ["a", "b"]


def test_one_column_needs_no_delimiter() -> None:
    assert rows(read("id\n1\n2\n")) == [["id"], ["1"], ["2"]]


def test_questions_with_commas_in_the_names() -> None:
    text = "id;Vraag 1, deel a;Vraag 1, deel b\n1;goed, maar;5\n2;slecht;4\n"
    assert read(text).frame.columns.tolist() == ["id", "Vraag 1, deel a", "Vraag 1, deel b"]


def test_titles_above_the_names() -> None:
    text = "Enquête 2018, levering 2\n\nid;naam\n1;Alpha\n"
    delivered = read(text, header=3)
    assert rows(delivered) == [["id", "naam"], ["1", "Alpha"]]
    assert delivered.first_row == 4
    found = problems("Enquête 2018\n\nid;naam;b1;b2\n1;Alpha;3;4\n2;Beta;3;4\n")[0]
    assert found.place == "row 1"
    assert found.near == "header: 3"
    assert problems("\nid;naam\n1;Alpha\n")[0].near == "header: 2"


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_the_line_by_which_excel_knows_the_delimiter(line: str) -> None:
    delivered = read(codecs.BOM_UTF8 + f"{line}\r\nid;a,b\r\n1;2,3\r\n".encode())
    assert rows(delivered) == [["id", "a,b"], ["1", "2,3"]]
    assert delivered.frame.index.tolist() == [2]


def test_empty_rows_and_columns_are_left_out() -> None:
    text = "id;a;;\n1;2;;\n;;;\n3;;;\n;;;\n\n"
    delivered = read(text)
    assert rows(delivered) == [["id", "a"], ["1", "2"], ["3", None]]
    assert delivered.frame.index.tolist() == [2, 4]


def test_short_rows_at_empty_columns_are_no_mistake() -> None:
    assert rows(read("id;a;;\n1;2\n3;4;;;;\n"))[1:] == [["1", "2"], ["3", "4"]]


def test_a_column_without_a_name_is_called_after_its_place() -> None:
    assert rows(read(",a\n0,1\n1,2\n"))[0] == ["column 1", "a"]


def test_ragged_rows_are_named() -> None:
    found = problems('id;a;b\n1;2;3\n2;"x\ny"\n3;4\n4;5;6;7\n', delimiter=";")
    assert [(one.place, one.found) for one in found] == [
        ("row 3", "2 cells"),
        ("row 4 (line 5)", "2 cells"),
        ("row 5 (line 6)", "4 cells"),
    ]
    many = problems("id;a\n" + "1;2;3\n" * 40)
    assert len(many) == 11
    assert many[-1].found.startswith("30 more rows")


def test_names_that_cannot_be() -> None:
    twice = problems("id;a;a;id;b\n1;2;3;4;5\n")
    assert [(one.place, one.found) for one in twice] == [
        ("column 1 and column 4", "the column name 'id' 2 times"),
        ("column 2 and column 3", "the column name 'a' 2 times"),
    ]
    assert "only numbers" in problems("1;2;3\n2;3;4\n")[0].found
    assert problems("id;a\n1;2\n", header=9)[0].place == "row 9"
    assert "last row with content is row 2" in problems("id;a\n1;2\n", header=9)[0].found
    assert problems("id;a\n")[0].found == "no rows"
    assert problems(";;\n")[0].found == "an empty table"
    assert problems("id;a\n\n1;2\n", header=2)[0].found == "an empty row"


def test_quotation_marks_that_do_not_close() -> None:
    assert problems('id;a\n1;2\n2;"x\n3;4\n')[0].place == "row 3"
    assert "never closed" in problems('id;a\n1;2\n2;"x\n3;4\n')[0].found
    assert "after a closing" in problems('id;a\n1;"x"y\n')[0].found
    assert problems('id;a\n"p\nq";2\n1;"x"y\n')[0].place == "row 3 (line 4)"
    assert "characters" in problems('id;a\n1;"' + "x" * 200_000)[0].found


def test_a_declared_delimiter_that_is_not_in_the_file() -> None:
    found = problems("id;a\n1;2\n", delimiter=",")[0]
    assert found.place == "key `delimiter`"
    assert found.near == ";"
    assert problems("id\ta\n1\t2\n", delimiter=";")[0].near == "tab"


def test_an_undecodable_byte_gives_its_line() -> None:
    found = problems(b"id;a\n1;b\n2;\xe9\n", encoding="utf-8")[0]
    assert found.place == "line 3"


CELLS = st.text(
    st.characters(codec="cp1252", exclude_categories=["Cc"], include_characters="\n"), max_size=12
).filter(lambda text: text == text.strip(BLANKS))
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(CELLS, min_size=width, max_size=width).filter(any), min_size=1, max_size=6
    )
)


@given(
    table=TABLES,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_is_read(
    table: list[list[str]], delimiter: str, end: str, encoding: str, quoting: int
) -> None:
    names = [f"item_{place}" for place in range(len(table[0]))]
    stream = io.StringIO()
    if any("\n" in cell for row in table for cell in row):
        quoting = csv.QUOTE_ALL  # the writer quotes line ends only where they are its own
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([names, *table])
    data = stream.getvalue().encode(encoding)
    expected = [[cell or None for cell in row] for row in table]
    try:
        delivered = read(data, delimiter=delimiter, encoding=encoding)
    except UserError as error:  # Windows-1252 that happens to be good UTF-8 is refused, and only that
        found = error.problems[0].found
        event("refused")
    else:
        found = ""
    if found:
        assert (encoding, found) == ("cp1252", "signs in UTF-8")
        assert data.decode("utf-8")
        return
    assert rows(delivered) == [names, *expected]
    assert delivered.frame.index.tolist() == list(range(2, len(table) + 2))


@given(
    values=st.lists(st.floats(-1e9, 1e9).map(lambda number: round(number, 3)), min_size=1, max_size=8),
    delimiter=st.sampled_from([";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_numbers_survive_every_dialect_undeclared(
    values: list[float], delimiter: str, decimal: str, end: str
) -> None:
    lines = [f"id{delimiter}x", *(f"a{delimiter}{number:.3f}".replace(".", decimal) for number in values)]
    read_values, is_text = numbers(read(end.join(lines), decimal=decimal).frame["x"], decimal=decimal)
    assert read_values.tolist() == values
    assert not is_text.any()


@given(st.binary(max_size=300), st.integers(1, 4))
def test_any_bytes_are_a_table_or_a_users_mistake(data: bytes, header: int) -> None:
    with suppress(UserError):
        assert len(read(data, header=header).frame)


@given(st.text('a1,;"\t\r\n|é =', max_size=60))
def test_any_text_is_a_table_or_a_users_mistake(text: str) -> None:
    with suppress(UserError):
        delivered = read(text)
        assert delivered.frame.columns.is_unique
        assert delivered.first_row == delivered.frame.index[0]
        cells = {type(cell) for cell in delivered.frame.to_numpy().ravel()}
        assert cells <= {str, type(None)}


def test_a_large_file_is_read_whole(tmp_path: Path) -> None:
    line = ";".join(f"{number},{number}" for number in range(30))
    path = tmp_path / "large.csv"
    path.write_text(";".join(f"v{number}" for number in range(30)) + "\n" + f"{line}\n" * 12_000)
    delivered = read_file(path, decimal=",")
    assert delivered.frame.shape == (12_000, 30)
