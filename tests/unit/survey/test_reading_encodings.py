"""Encodings of text files: found, declared, contradicted."""

import codecs

import pytest

from inspraak.errors import Problem, UserError
from inspraak.survey.encodings import decode

TEXT = "id;naam\r\n1;Café België\r\n2;coöperatie “Één”, auto’s € 5\r\n"
DUTCH = {
    "accents": "3;Financiële dienstverlening\n4;beïnvloeding van ideeën\n5;reünie van de coöperatie",
    "names": "1;Müller & Søn, Curaçao\n2;Société Générale\n3;Garçon à l’hôtel",
    "signs": "1;“goed”, ’s avonds – zo’n 20°\n2;€ 5 per m²\n3;© enquête…",
    "one accent": "\n".join([*("1;2;3;4;5" for _ in range(500)), "6;7;8;9;één"]),
}


def problem(data: bytes, encoding: str | None = None) -> Problem:
    with pytest.raises(UserError) as caught:
        decode(data, file="a.csv", encoding=encoding)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_unicode_is_found_by_its_mark_or_its_bytes(mark: bytes, encoding: str) -> None:
    data = mark + TEXT.encode(encoding)
    assert decode(data, file="a.csv") == TEXT
    assert decode(data, file="a.csv", encoding=encoding) == TEXT
    if mark:
        assert decode(data, file="a.csv", encoding=encoding.removesuffix("-le").removesuffix("-be")) == TEXT


@pytest.mark.parametrize("kind", DUTCH)
def test_western_text_is_windows_1252_before_anything_else(kind: str) -> None:
    assert decode(DUTCH[kind].encode("cp1252"), file="a.csv") == DUTCH[kind]


@pytest.mark.parametrize("kind", ["accents", "names"])
@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
def test_older_encodings_are_found_where_the_text_shows_them(encoding: str, kind: str) -> None:
    text = DUTCH[kind].replace("’", "'")
    assert decode(text.encode(encoding), file="a.csv") == text


def test_latin_1_is_read_as_windows_1252() -> None:
    assert decode("één café".encode("latin-1"), file="a.csv") == "één café"


def test_bytes_that_fit_no_western_text_ask_for_the_encoding() -> None:
    russian = "1;Привет мир\n2;Опрос работодателей".encode("cp1251")
    found = problem(russian)
    assert found.place == "line 1"
    assert "`encoding`" in found.expected
    assert decode(russian, file="a.csv", encoding="cp1251").startswith("1;Привет")


def test_a_declared_encoding_that_does_not_have_a_byte_names_the_line() -> None:
    found = problem("id\r1\r2\r\ncafé\n".encode("cp1252"), "utf-8")
    assert found.place == "line 4"
    assert "0xE9" in found.found
    assert problem(b"a\nb\n\xff\n", "ascii").place == "line 3"
    assert problem("a\r\nb\r\n".encode("utf-16-le") + b"\x00\xd8\x00\x00", "utf-16-le").place == "line 3"


def test_a_declared_encoding_that_the_bytes_contradict() -> None:
    found = problem("id\nnaam\ncafé\n".encode(), "cp1252")
    assert found.place == "line 3"
    assert found.near == "encoding: utf-8"
    found = problem(codecs.BOM_UTF8 + b"id\n", "cp1252")
    assert found.near == "encoding: utf-8"
    assert problem(codecs.BOM_UTF16_LE + "id".encode("utf-16-le"), "utf-8").near == "encoding: utf-16-le"


def test_an_unknown_encoding_has_a_near_match() -> None:
    found = problem(b"id\n", "cp1525")
    assert found.place == "key `encoding`"
    assert found.near is not None
    assert found.near.startswith("cp")
    assert problem(b"id\n", "\0").place == "key `encoding`"


def test_a_file_that_mixes_encodings_names_the_line() -> None:
    data = "1;één\n2;café\n3;coöperatie\n".encode() + "4;ideeën\n".encode("cp1252")
    found = problem(data)
    assert found.place == "line 4"
    assert "UTF-8 elsewhere" in found.found
    assert "UTF-8 elsewhere" in problem("1;één café coöperatie ë".encode()[:-1]).found


def test_bytes_that_are_no_text() -> None:
    assert problem(bytes(range(256)) * 20).found
    assert problem(b"id;a\x00b\n").found == "bytes that are no text"
    assert problem(b"\x01\x02\x03\x04" * 50).found == "bytes that are no text"
    assert problem("id;naam\n1;x\n".encode("utf-16-le")).near == "encoding: utf-16-le"


def test_lone_halves_of_surrogate_pairs_are_no_text() -> None:
    assert problem(b"+2AA-", "utf-7").found


def test_the_end_mark_of_dos_is_left_out() -> None:
    assert decode(b"id\r\n1\r\n\x1a", file="a.csv") == "id\r\n1\r\n"
