"""Images from the store: read whole, checked without decoding, kept byte for byte."""

import re
import stat
from pathlib import Path

MAX_BYTES = 64 << 20
MAX_SIDE = 4096
# The first bytes of what is often found under the name of a JPEG.
_KINDS = (
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
    (b"SIMPLE  =", "FITS"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"<", "HTML or XML"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
)
# The next marker in entropy-coded data: FF00 is a stuffed FF there, FFD0 to FFD7 restart the decoder, FFFF is padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline, extended and progressive Huffman coding: what the decoders read.
_READABLE = {0xC0, 0xC1, 0xC2}


def read_image(path: Path) -> tuple[bytes, str | None]:
    """An image's bytes, and the reason why it cannot be used, None where it can.

    Args:
        path: the file; nothing but a regular file is opened.

    Returns:
        (bytes, None), or (b"", reason).
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return b"", "no_image"
        if status.st_size > MAX_BYTES:
            return b"", "image_too_large"
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b"", "no_image"
    except OSError:
        return b"", "image_unreadable"
    reason = inspect(data)
    return (data, None) if reason is None else (b"", reason)


def inspect(data: bytes) -> str | None:
    """Why these bytes are not a usable JPEG, None where they are: the markers are walked, no pixel is decoded.

    Args:
        data: the file's bytes.

    Returns:
        None, 'image_empty', 'image_not_jpeg (KIND)', 'image_truncated', 'image_damaged', 'image_unsupported' or
        'image_too_large'.

    Example:
        >>> inspect(b"\\x89PNG\\r\\n"), inspect(b"\\xff\\xd8\\xff\\xe0")
        ('image_not_jpeg (PNG)', 'image_truncated')

    References:
        ITU-T T.81, annex B.
    """
    if not data:
        return "image_empty"
    if data[:2] != bytes((0xFF, _SOI)):
        return f"image_not_jpeg ({_kind(data)})"
    place, framed, scanned = 2, False, False
    while True:
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        marker = data[place : place + 2]
        if len(marker) < 2:
            return "image_truncated"
        if marker[0] != 0xFF:
            return "image_damaged"
        if marker[1] == _EOI:
            return None if scanned else "image_truncated"
        length = int.from_bytes(data[place + 2 : place + 4])
        if place + 2 + max(length, 2) > len(data):
            return "image_truncated"
        if length < 2:
            return "image_damaged"
        if marker[1] in _FRAMES:
            reason = _frame(marker[1], data[place + 4 : place + 2 + length])
            if reason or framed:
                return reason or "image_damaged"
            framed = True
        place += 2 + length
        if marker[1] == _SOS:
            if not framed:
                return "image_damaged"
            scanned = True
            after = _MARKER.search(data, place)
            if after is None:
                return "image_truncated"
            place = after.start()


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for head, kind in _KINDS if data.lstrip().startswith(head)), "unknown")


def _frame(marker: int, segment: bytes) -> str | None:
    if len(segment) < 6:
        return "image_damaged"
    precision, height, width = segment[0], int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5])
    if marker not in _READABLE or precision != 8 or segment[5] not in (1, 3, 4):
        return "image_unsupported"
    if not height or not width:
        return "image_damaged"
    return "image_too_large" if max(height, width) > MAX_SIDE else None
