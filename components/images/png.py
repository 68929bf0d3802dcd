"""PNG files: whether a decoder reads them, found by their chunks and by inflating their stream."""

import zlib
from collections.abc import Iterator

from truemorph.components.images.kinds import MAX_SIDE, PNG_HEAD

# Samples a pixel and bit depths, by colour type.
_COLOURS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
_PALETTE = 3
# First column and row, and steps, of each pass of an interlaced image.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_FILTERS, _MORE = 5, 1 << 16


def inspect_png(data: bytes) -> str | None:
    """Why these bytes are not a usable PNG, None where they are: chunks are walked, the stream of pixels is inflated.

    Args:
        data: the file's bytes, which begin as a PNG's.

    Returns:
        None, 'image_truncated', 'image_damaged' or 'image_too_large'.

    Example:
        >>> inspect_png(b"\\x89PNG\\r\\n\\x1a\\n")
        'image_truncated'

    References:
        ISO/IEC 15948, sections 5, 7, 9, 10 and 11.
    """
    stream: list[bytes] = []
    place, header, palette = len(PNG_HEAD), b"", False
    while True:
        length, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        end = place + 12 + length
        if end > len(data):
            return "image_truncated"
        content = data[place + 8 : end - 4]
        if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(data[end - 4 : end]):
            return "image_damaged"
        if (place == len(PNG_HEAD)) != (kind == b"IHDR"):
            return "image_damaged"
        if kind == b"IHDR":
            header = content
            reason = _header(header)
            if reason:
                return reason
        elif kind == b"PLTE":
            if palette or stream or length % 3 or not 3 <= length <= 768:
                return "image_damaged"
            palette = True
        elif kind == b"IDAT":
            stream.append(content)
        elif kind == b"IEND":
            whole = (palette or header[9] != _PALETTE) and _inflates(b"".join(stream), header)
            return None if whole else "image_damaged"
        elif not kind[0] & 0x20:
            # A chunk that no decoder may pass over.
            return "image_damaged"
        place = end


def _header(header: bytes) -> str | None:
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    if len(header) != 13 or not width or not height:
        return "image_damaged"
    if max(width, height) > MAX_SIDE:
        return "image_too_large"
    depth, colour, *methods, interlaced = header[8:]
    return (
        None if depth in _COLOURS.get(colour, (0, ()))[1] and not any(methods) and interlaced < 2 else "image_damaged"
    )


def _inflates(stream: bytes, header: bytes) -> bool:
    """Whether the stream holds all rows, each with a filter that there is, and the checksum of the stream is right."""
    passes = list(_passes(header))
    wanted = sum(rows * size for rows, size in passes)
    inflate = zlib.decompressobj()
    try:
        # A little more than is wanted is passed over by decoders; a stream without an end is not.
        pixels = inflate.decompress(stream, wanted + _MORE)
    except zlib.error:
        return False
    if len(pixels) < wanted or not inflate.eof:
        return False
    place = 0
    for rows, size in passes:
        if max(pixels[place : place + rows * size : size], default=0) >= _FILTERS:
            return False
        place += rows * size
    return True


def _passes(header: bytes) -> Iterator[tuple[int, int]]:
    """Rows, and bytes of a row with its filter, of each pass."""
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    bits = header[8] * _COLOURS[header[9]][0]
    for left, top, across, down in _PASSES if header[12] else ((0, 0, 1, 1),):
        columns, rows = -((left - width) // across), -((top - height) // down)
        if columns > 0 and rows > 0:
            yield rows, 1 + (columns * bits + 7) // 8
