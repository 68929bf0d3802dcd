"""How files begin that are no delimited text, and what to do about them."""

_SAVE = "save its table as .csv"
_PAGE = "a web page, not a table; its server may have sent an error: open it, and get the table again"
_KINDS = {
    b"SIMPLE  =": "a FITS file; name it .fits",
    b"PAR1": "a Parquet file; name it .parquet",
    b"\\fixlen": "an IPAC table; name it .tbl",
    b"<?xml": "XML; if it is a VOTable, name it .vot",
    b"<votable": "a VOTable; name it .vot",
    b"<!doctype html": _PAGE,
    b"<html": _PAGE,
    b"PK\x03\x04": "a zip or a spreadsheet; unpack it, or save it as .csv",
    b"\xd0\xcf\x11\xe0": f"an old spreadsheet; {_SAVE}",
    b"(\xb5/\xfd": "packed with zstd; unpack it, or pack it as .gz",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"%pdf-": f"a PDF; {_SAVE}",
    b"{\\rtf": f"a text document (RTF); {_SAVE}",
    b"{": f"JSON; {_SAVE}",
    b"[": f"JSON; {_SAVE}",
    b"\x89hdf": f"HDF5; {_SAVE} or .parquet",
    b"sqlite format": f"a database (SQLite); {_SAVE}",
    b"\x93numpy": f"a NumPy array; {_SAVE}",
    b"#asdf": f"ASDF; {_SAVE}",
    b"arrow1": f"a Feather file; {_SAVE} or .parquet",
    b"\\begin{": f"LaTeX; {_SAVE}",
    b"\\documentclass": f"LaTeX; {_SAVE}",
    b"title:": f"a machine-readable table of a journal; read it with astropy (format 'ascii.mrt'), {_SAVE}",
}


def other_kind(head: bytes) -> str | None:
    """What a file is whose first bytes are those, and what to do; None where it may be delimited text.

    Example:
        >>> other_kind(b"%PDF-1.7")
        'a PDF; save its table as .csv'
    """
    start = head[:1000].lstrip().lower()
    return next((kind for begin, kind in _KINDS.items() if start.startswith(begin.lower())), None)
