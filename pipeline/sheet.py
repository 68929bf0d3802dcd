"""A contact sheet: galaxies as the network will see them, as one PNG."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from truemorph.components.files import replacing

COUNT, COLUMNS, SHOWN = 24, 6, 192


def write_sheet(path: Path, images: Sequence[bytes], captions: Sequence[str], *, crop: float, image_size: int) -> None:
    """Write a sheet of images, cut and scaled as for the network, magnified without smoothing.

    Args:
        path: the PNG; its folder exists.
        images: encoded, in order.
        captions: one line below each.
        crop: central share of the shorter side that the network sees.
        image_size: side of what it sees, in pixels.
    """
    rows = -(-len(images) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SHOWN, rows * (SHOWN + 16)), "white")
    pen = ImageDraw.Draw(sheet)
    for index, (encoded, caption) in enumerate(zip(images, captions, strict=True)):
        with Image.open(io.BytesIO(encoded)) as opened:
            image = opened.convert("RGB")
        side = max(1, round(crop * min(image.size)))
        left, top = ((edge - side) // 2 for edge in image.size)
        seen = image.crop((left, top, left + side, top + side)).resize((image_size,) * 2, Image.Resampling.BILINEAR)
        row, column = divmod(index, COLUMNS)
        place = column * SHOWN, row * (SHOWN + 16)
        sheet.paste(seen.resize((SHOWN - 2, SHOWN - 2), Image.Resampling.NEAREST), place)
        pen.text((place[0] + 2, place[1] + SHOWN), caption.encode("ascii", "replace").decode(), fill="black")
    with replacing(path) as staged:
        sheet.save(staged, "PNG")
