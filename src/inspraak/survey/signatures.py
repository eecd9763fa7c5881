"""What a file really is, by its first bytes: agencies and mail programs give files the wrong ending."""

import io
import zipfile

# The kinds that can be read, in words for a message.
KINDS = {
    "csv": "text with delimiters",
    "sav": "an SPSS file",
    "por": "an SPSS portable file",
    "dta": "a Stata file",
    "xlsx": "an Excel workbook (.xlsx)",
    "xls": "an old Excel workbook (.xls)",
    "ods": "an OpenDocument spreadsheet",
    "parquet": "a Parquet file",
}
# Kinds that cannot be read, with what would help.
REFUSED = {
    "password": ("a workbook or data file with a password", "a copy without a password"),
    "xlsb": ("a binary Excel workbook (.xlsb)", "a workbook saved as .xlsx"),
    "html": ("a web page (HTML)", "the table itself, saved as .csv or .xlsx"),
    "pdf": ("a PDF", "the table itself, saved as .csv or .xlsx"),
    "archive": ("a compressed folder or file", "the file that is in it"),
    "damaged": ("a workbook or compressed file that breaks off or is damaged", "a new, whole copy"),
    "office": ("an Office document without a workbook in it", "a workbook"),
}
STATA_OLD = bytes(range(102, 116))


def kind_of(data: bytes) -> str | None:
    """Give the kind of file (a key of KINDS or REFUSED), or None for text and for bytes of no known kind."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_archive(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _kind_of_compound(data)
    if data[:4] in {b"$FL2", b"$FL3"}:
        return "sav"
    if b"ENCRYPTEDSAV" in data[:64]:
        return "password"
    if data.startswith(b"<stata_dta>") or _is_old_stata(data):
        return "dta"
    if b"SPSSPORT" in data[:1024]:
        return "por"
    if data.startswith((b"PAR1", b"PARE")):
        return "parquet" if data.startswith(b"PAR1") else "password"
    if data.startswith((b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh")):
        return "archive"
    if data.startswith(b"%PDF"):
        return "pdf"
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        return "html"
    return None


def _is_old_stata(data: bytes) -> bool:
    """Stata 2 to 12: a release number, a byte order, a file type and a filler."""
    return len(data) > 3 and data[0] in STATA_OLD and data[1] in b"\x01\x02" and data[2] == 1 and data[3] == 0


def _kind_of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            locked = any(member.flag_bits & 1 for member in archive.infolist())
    except Exception:  # a damaged archive: judge by the names that can still be seen
        names, locked = [name for name in ("content.xml", "xl/workbook.xml") if name.encode() in data], False
        if not names:
            return "damaged"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "password" if locked else "xlsx"
    if "content.xml" in names:
        return "password" if locked else "ods"
    return "archive"


def _kind_of_compound(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "password"
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return "xls"
    return "office"
