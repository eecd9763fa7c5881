"""The characters of a delivered text file: which encoding it has, and where it does not fit."""

import codecs
import encodings.aliases
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from inspraak.errors import Problem, UserError, near_match

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In this order: where two read a file equally well, the first is far more common.
WESTERN = ("cp1252", "mac_roman", "cp850")

LOWER = "àáâãäåæçèéêëìíîïñòóôöøùúûüýÿßœšž"
UPPER = LOWER.replace("ß", "").upper()
# Signs outside ASCII where Dutch, English, French and German put them: an accent or two beside plain letters, a
# capital at the beginning, a quotation mark around it, a currency beside a figure.
USUAL = re.compile(
    rf"[{LOWER}]{{1,2}}(?=[a-zA-Z])|(?<=[a-zA-Z])[{LOWER}]{{1,2}}(?![{LOWER}])|(?<![^\W\d_])[àé](?![^\W\d_])"
    rf"|(?<!\w)[{UPPER}](?=[{LOWER}]?[a-z'’-])|[{UPPER}]{{1,2}}(?=[A-Z])|(?<=[A-Z])[{UPPER}]{{1,2}}(?![{UPPER}])"
    r"|(?<!\w)[‘“„«](?=\w)|(?<=[\w.!?%])[”»](?!\w)|(?<=\w)’|’(?=\w)"
    r"|[€£](?=[\s\d]|$)|(?<=[\s\d])€|[…©®™§\xa0]|(?<![^\W\d_])[–—•](?![^\W\d_])|(?<=[\s\d])[½¼¾°²³]|(?<=[mM])[²³]",
    re.MULTILINE,
)
OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]")
LINE_END = re.compile("\r\n|\r|\n")
CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")


@dataclass(frozen=True)
class Doubt:
    """Why a text cannot be read: the line, what was found there and what would be needed."""

    place: str
    found: str
    expected: str
    near: str | None = None


def decode(data: bytes, *, file: str, encoding: str | None = None) -> str:
    """Give the text of a file.

    With `encoding` None it is that of the byte-order mark, else UTF-8, else the western one (Windows-1252
    before Mac Roman and DOS 850) in which most signs stand where such languages have them. A byte-order mark
    is left out, and so is the control-Z at the end of files of DOS. Raises UserError on an unknown encoding,
    on a byte that the encoding does not have (with its line), on a declared encoding that the bytes
    contradict, on a file that mixes encodings or fits none, and on bytes that are no text.
    """
    mark, marked = next(((m, e) for m, e in BYTE_ORDER_MARKS if data.startswith(m)), (b"", None))
    body = data[len(mark) :]
    if encoding is not None:
        text = _as_declared(body, encoding, marked, file=file)
    elif marked is not None:
        text = _strictly(body, marked, file=file)
    else:
        text = _as_detected(body, file=file)
    text = text.rstrip("\x1a")
    controls = len(CONTROL.findall(text))
    if "\x00" in text or controls > len(text) / 100:
        near = "encoding: utf-16-le" if b"\x00" in body[1:200:2] and marked is None else None
        _refuse(Doubt("", "bytes that are no text", "a text file with one row per line", near), file)
    return text


def codec_name(encoding: str, *, file: str) -> str:
    """Give Python's name of an encoding of text (UserError with a near match where there is none)."""
    try:
        name = codecs.lookup(encoding).name
        with suppress(UnicodeError):
            b"0".decode(encoding)  # some codecs turn bytes into bytes
    except (LookupError, ValueError):
        names = {*encodings.aliases.aliases.values(), *encodings.aliases.aliases, "utf-8", "utf-16"}
        near = near_match(encoding, sorted(names))
        expected = "the name of an encoding, such as cp1252"
        _refuse(Doubt("key `encoding`", f"'{encoding}'", expected, near), file)
    return name


def _refuse(doubt: Doubt, file: str) -> NoReturn:
    raise UserError(Problem(file, doubt.place, doubt.found, doubt.expected, doubt.near))


def _as_declared(body: bytes, encoding: str, marked: str | None, *, file: str) -> str:
    name = codec_name(encoding, file=file)
    if marked is not None and not marked.startswith(name.removesuffix("-sig")):
        found = f"the byte-order mark of {marked.upper()}"
        _refuse(
            Doubt("first bytes", found, f"{encoding}, as declared (`encoding`)", f"encoding: {marked}"), file
        )
    if not name.startswith(("utf", "ascii")) and not body.isascii():
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            line = _line_of(body.decode("latin-1"))
            expected = f"{encoding}, as declared (`encoding`)"
            _refuse(Doubt(f"line {line}", "signs in UTF-8", expected, "encoding: utf-8"), file)
    return _strictly(body, marked or encoding, file=file)


def _strictly(body: bytes, encoding: str, *, file: str) -> str:
    try:
        text = body.decode(encoding)
        text.encode("utf-8")  # a lone half of a surrogate pair, which some codecs let through
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "ignore")
        found = f"the byte 0x{body[error.start]:02X}, which {encoding} does not have here"
        expected = f"text in {encoding}, or the file's own encoding under `encoding`"
        _refuse(Doubt(f"line {len(LINE_END.findall(before)) + 1}", found, expected), file)
    except UnicodeError:
        _refuse(Doubt("", f"bytes that {encoding} does not have", f"text in {encoding}"), file)
    return text


def _as_detected(body: bytes, *, file: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    place = f"line {len(LINE_END.findall(body[:start].decode('utf-8'))) + 1}"
    lenient = body.decode("utf-8", "surrogateescape")
    outside = OUTSIDE_ASCII.findall(lenient)
    strays = sum("\udc80" <= sign <= "\udcff" for sign in outside)
    if len(outside) > 2 * strays:
        found = f"the byte 0x{body[start]:02X}, which is not UTF-8, in a file that is UTF-8 elsewhere"
        _refuse(Doubt(place, found, "one encoding in the whole file"), file)
    encoding = _western(body)
    if encoding is None:
        found = f"the byte 0x{body[start]:02X}: not UTF-8, and not clearly a western encoding"
        _refuse(Doubt(place, found, "the name of the file's encoding under `encoding`"), file)
    return body.decode(encoding)


def _western(body: bytes) -> str | None:
    """The western encoding in which most signs are where they belong, or None where they rarely are.

    General detectors weigh all text of a file. A survey file is figures with a few accents, on which
    charset-normalizer took up to one in three Windows-1252 files for another encoding.
    """
    lines = b"\n".join(line for line in re.split(b"\r\n|\r|\n", body) if not line.isascii())
    best, best_share = None, 0.0
    for encoding in WESTERN:
        try:
            text = lines.decode(encoding)
        except UnicodeDecodeError:
            continue
        share = sum(map(len, USUAL.findall(text))) / len(OUTSIDE_ASCII.findall(text))
        if share > best_share:
            best, best_share = encoding, share
    return best if best_share >= 0.5 else None


def _line_of(text: str) -> int:
    first = OUTSIDE_ASCII.search(text)
    return len(LINE_END.findall(text[: first.start()])) + 1 if first else 1
