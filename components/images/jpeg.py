"""JPEG files: whether a decoder reads them, found by walking their markers; no pixel is decoded."""

import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from truemorph.components.images.kinds import MAX_SIDE

# The next marker in entropy-coded data: FF00 is a stuffed FF there, FFD0 to FFD7 restart the decoder, FFFF is padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_DHT, _EOI, _SOS, _DQT, _DRI = 0xC4, 0xD9, 0xDA, 0xDB, 0xDD
# What else there may be: number of lines, application data, comments.
_SKIPPED = {0xDC, *range(0xE0, 0xF0), 0xFE}
# A segment: 0xFF, its marker, its length; a frame: precision, height, width, colours; the end of a file, padded or not.
_SEGMENT, _FRAME = struct.Struct(">BBH"), struct.Struct(">BHHB")
_ENDS = (b"\xff\xd9", b"\xff\xff\xd9")
_FRAMES = set(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_HEADERS = _FRAMES | {_DHT, _DQT, _SOS}
# Baseline, extended and progressive Huffman coding: what the decoders read.
_READABLE, _PROGRESSIVE = {0xC0, 0xC1, 0xC2}, 0xC2
# Tables by number: quantization 0 to 3; Huffman for DC from _DC on, for AC from _AC on. A frame that is not progressive
# may leave out the Huffman tables 0 and 1, which the standard gives.
_DC, _AC = 0x100, 0x110
_STANDARD = frozenset((_DC, _DC + 1, _AC, _AC + 1))
_MAX_BLOCKS = 10
Tables = frozenset[int]


@dataclass(frozen=True)
class _Frame:
    """A frame header: whether progressive, and of each colour its quantization table and its blocks in an MCU."""

    progressive: bool
    colours: dict[int, tuple[int, int]]


def inspect_jpeg(data: bytes) -> str | None:
    """Why these bytes are not a usable JPEG, None where they are.

    Every segment is walked; each scan must find its colours and its tables.

    Args:
        data: the file's bytes, which begin as a JPEG's.

    Returns:
        None, 'image_truncated', 'image_damaged', 'image_unsupported' or 'image_too_large'.

    Example:
        >>> inspect_jpeg(b"\\xff\\xd8\\xff\\xe0")
        'image_truncated'

    References:
        ITU-T T.81, annex B.
    """
    place, end, scanned = 2, len(data), False
    headers: list[bytes] = []
    while place + 4 <= end:
        first, marker, length = _SEGMENT.unpack_from(data, place)
        if first != 0xFF:
            return "image_damaged"
        if marker == 0xFF:
            # Padding.
            place += 1
            continue
        if marker == _EOI:
            return _why_not(b"".join(headers)) if scanned else "image_truncated"
        start, place = place, place + 2 + length
        if place > end:
            return "image_truncated"
        if length < 2:
            return "image_damaged"
        if marker in _HEADERS:
            headers.append(data[start:place])
        elif marker not in _SKIPPED and (marker, length) != (_DRI, 4):
            return "image_damaged"
        if marker == _SOS:
            scanned = True
            after = _MARKER.search(data, place)
            if after is None:
                return "image_truncated"
            place = after.start()
    tail = data[place:]
    if scanned and tail.startswith(_ENDS):
        return _why_not(b"".join(headers))
    return "image_damaged" if len(tail) > 1 and tail[0] != 0xFF else "image_truncated"


# Nearly all files of a survey share their tables.
@lru_cache(maxsize=512)
def _why_not(headers: bytes) -> str | None:
    """Why frame, tables and scans, one after the other, cannot be decoded, None where they can."""
    frame: _Frame | None = None
    tables: set[int] = set()
    place = 0
    while place < len(headers):
        _, marker, length = _SEGMENT.unpack_from(headers, place)
        segment = headers[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == _SOS:
            if frame is None or not _decodable(segment, frame, tables):
                return "image_damaged"
        elif marker in _FRAMES:
            found = _frame(marker, segment)
            if isinstance(found, str) or frame:
                return found if isinstance(found, str) else "image_damaged"
            frame = found
        else:
            defined = _quantization(segment) if marker == _DQT else _huffman(segment)
            if not defined:
                return "image_damaged"
            tables |= defined
    return None


def _frame(marker: int, segment: bytes) -> _Frame | str:
    """The frame that a header describes, or the reason why it cannot be decoded."""
    if len(segment) < 6:
        return "image_damaged"
    precision, height, width, colours = _FRAME.unpack_from(segment)
    if marker not in _READABLE or precision != 8 or colours not in (1, 3, 4):
        return "image_unsupported"
    if not height or not width or len(segment) != 6 + 3 * colours:
        return "image_damaged"
    if max(height, width) > MAX_SIDE:
        return "image_too_large"
    across, down = ([sampling >> shift & 15 for sampling in segment[7::3]] for shift in (4, 0))
    if not all(1 <= side <= 4 for side in across + down):
        return "image_damaged"
    if any(max(sides) % side for sides in (across, down) for side in sides):
        return "image_unsupported"
    blocks = [one * other for one, other in zip(across, down, strict=True)]
    return _Frame(
        marker == _PROGRESSIVE, dict(zip(segment[6::3], zip(segment[8::3], blocks, strict=True), strict=True))
    )


def _decodable(segment: bytes, frame: _Frame, tables: set[int]) -> bool:
    """Whether a scan names colours of the frame, and the tables that it needs are there."""
    count = segment[0] if segment else 0
    names = segment[1 : 1 + 2 * count : 2]
    if not 1 <= count <= 4 or len(segment) != 4 + 2 * count or len(set(names)) < count:
        return False
    if not set(names) <= frame.colours.keys() or any(frame.colours[name][0] not in tables for name in names):
        return False
    if count > 1 and sum(frame.colours[name][1] for name in names) > _MAX_BLOCKS:
        return False
    first, last, steps = segment[-3:]
    high, low = steps >> 4, steps & 15
    selectors = segment[2 : 2 + 2 * count : 2]
    dc, ac = {_DC + (one >> 4) for one in selectors}, {_AC + (one & 15) for one in selectors}
    if not frame.progressive:
        return dc | ac <= tables | _STANDARD
    if low > 13 or (high and high != low + 1) or last > 63 or first > last or (first == 0) != (last == 0):
        return False
    if first == 0:
        return bool(high) or dc <= tables
    return count == 1 and ac <= tables


def _quantization(segment: bytes) -> Tables:
    """Numbers of the quantization tables in a segment, none where it is damaged."""
    found, place = set(), 0
    while place < len(segment):
        precision, number = segment[place] >> 4, segment[place] & 15
        if precision > 1 or number > 3:
            return frozenset()
        found.add(number)
        place += 65 + 64 * precision
    return frozenset(found) if place == len(segment) else frozenset()


def _huffman(segment: bytes) -> Tables:
    """Numbers of the Huffman tables in a segment, none where it is damaged."""
    found, place = set(), 0
    while place < len(segment):
        number, counts = segment[place], segment[place + 1 : place + 17]
        symbols = segment[place + 17 : place + 17 + sum(counts)]
        # Codes that are left of each length; one must be, for none is all ones.
        free = 1
        for count in counts:
            free = free * 2 - count
            if free < 1:
                return frozenset()
        dc = not number & 0x10
        if number & ~0x13 or len(counts) < 16 or sum(counts) > 256 or len(symbols) < sum(counts):
            return frozenset()
        if dc and max(symbols, default=0) > 15:
            return frozenset()
        found.add(_DC + number)
        place += 17 + sum(counts)
    return frozenset(found)
