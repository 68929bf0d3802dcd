"""Images: checked without decoding, kept byte for byte."""

import re
import struct
import zlib

from truemorph.components.images.cutouts import MAX_SIDE, draw

# Endings of the files that are images, in the order in which they are looked for.
KINDS = (".jpg", ".jpeg", ".png", ".fits", ".fits.gz")
MAX_BYTES = 64 << 20
# The first bytes of what is often found under the name of an image.
_HEADS = (
    (b"\xff\xd8\xff", "JPEG"),
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
_PNG = b"\x89PNG\r\n\x1a\n"
# The next marker in entropy-coded data: FF00 is a stuffed FF there, FFD0 to FFD7 restart the decoder, FFFF is padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG = b"\xff\xd8"
_EOI, _SOS = 0xD9, 0xDA
# A segment: 0xFF, its marker, its length; a frame: precision, height, width, colours; the end of a file, padded or not.
_SEGMENT, _FRAME = struct.Struct(">BBH"), struct.Struct(">BHHB")
_ENDS = (b"\xff\xd9", b"\xff\xff\xd9")
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline, extended and progressive Huffman coding: what the decoders read.
_READABLE = {0xC0, 0xC1, 0xC2}


def usable(data: bytes, ending: str) -> tuple[bytes, str | None]:
    """What of a file goes into the Example, and the reason why it cannot, None where it can.

    Args:
        data: the file's bytes.
        ending: of its name, one of KINDS.

    Returns:
        (bytes, None), or (b"", reason): a JPEG or PNG byte for byte; a FITS cutout drawn as a PNG.
    """
    if not data:
        return b"", "image_empty"
    if ending.startswith(".fits"):
        return draw(data)
    reason = inspect_png(data) if ending == ".png" else inspect(data)
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
    if not data.startswith(_JPEG):
        return f"image_not_jpeg ({_kind(data)})"
    place, end, framed, scanned = 2, len(data), False, False
    while place + 4 <= end:
        first, marker, length = _SEGMENT.unpack_from(data, place)
        if first != 0xFF:
            return "image_damaged"
        if marker == 0xFF:
            # Padding.
            place += 1
            continue
        if marker == _EOI:
            return None if scanned else "image_truncated"
        start, place = place + 4, place + 2 + length
        if place > end:
            return "image_truncated"
        if length < 2:
            return "image_damaged"
        if marker in _FRAMES:
            reason = _frame(marker, data[start:place])
            if reason or framed:
                return reason or "image_damaged"
            framed = True
        elif marker == _SOS:
            if not framed:
                return "image_damaged"
            scanned = True
            after = _MARKER.search(data, place)
            if after is None:
                return "image_truncated"
            place = after.start()
    tail = data[place:]
    if scanned and tail.startswith(_ENDS):
        return None
    return "image_damaged" if len(tail) > 1 and tail[0] != 0xFF else "image_truncated"


def inspect_png(data: bytes) -> str | None:
    """Why these bytes are not a usable PNG, None where they are: the chunks are walked, no pixel is decoded.

    Args:
        data: the file's bytes.

    Returns:
        None, 'image_empty', 'image_not_png (KIND)', 'image_truncated', 'image_damaged' or 'image_too_large'.

    Example:
        >>> inspect_png(b"\\xff\\xd8\\xff\\xe0"), inspect_png(b"\\x89PNG\\r\\n\\x1a\\n")
        ('image_not_png (JPEG)', 'image_truncated')

    References:
        ISO/IEC 15948, sections 5 and 11.
    """
    if not data:
        return "image_empty"
    if not data.startswith(_PNG):
        return f"image_not_png ({_kind(data)})"
    place, pixels = len(_PNG), False
    while True:
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            return "image_truncated"
        if zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            return "image_damaged"
        if (place == len(_PNG)) != (kind == b"IHDR"):
            return "image_damaged"
        if kind == b"IHDR":
            width, height = int.from_bytes(data[place + 8 : place + 12]), int.from_bytes(data[place + 12 : place + 16])
            if length != 13 or not width or not height:
                return "image_damaged"
            if max(width, height) > MAX_SIDE:
                return "image_too_large"
        pixels = pixels or kind == b"IDAT"
        if kind == b"IEND":
            return None if pixels else "image_damaged"
        place = end


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for head, kind in _HEADS if data.lstrip().startswith(head)), "unknown")


def _frame(marker: int, segment: bytes) -> str | None:
    if len(segment) < 6:
        return "image_damaged"
    precision, height, width, colours = _FRAME.unpack_from(segment)
    if marker not in _READABLE or precision != 8 or colours not in (1, 3, 4):
        return "image_unsupported"
    if not height or not width:
        return "image_damaged"
    return "image_too_large" if max(height, width) > MAX_SIDE else None
