"""gallery.html: one self-contained page of the galaxies that changed class, with filters that run in it."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from truemorph.components.files import write_text
from truemorph.components.gallery.hubble import NO_POSITION, Cutout, cutouts
from truemorph.components.gallery.moved import SPLIT, moved, summary
from truemorph.components.gallery.positions import Position, links, read_positions
from truemorph.components.gallery.stamps import SIZE, read_stamps
from truemorph.components.pages import render

COUNT = 200


def write_gallery(
    path: Path,
    examples: Path,
    table: pd.DataFrame,
    *,
    crop: float = 1.0,
    positions: Path | None = None,
    count: int = COUNT,
    hst: bool = False,
) -> dict[str, Any]:
    """Write the page of the test galaxies that changed class, the surest first, and a table of them all.

    Args:
        path: where the page shall be; its folder is made. The table has the same name and the ending .csv; it
            is not written where no galaxy changed.
        examples: folder that ExampleGen wrote, for the pictures.
        table: examples joined with predictions, see `moved`.
        crop: central share of the side of a picture that is shown, that which the network saw.
        positions: table with ids, ra and dec, for links and Hubble's pictures; None: links by id alone.
        count: galaxies shown at most.
        hst: ask for Hubble's picture of each place; needs a network, and says so in the page where there is none.

    Returns:
        {"file", "n", "moved", "to_disk", "to_smooth", "shown"}.

    Raises:
        InputError: if the examples or the table of positions cannot be read.
    """
    found = moved(table)
    shown = found.head(count)
    places = read_positions(positions, set(found["objid"])) if positions else {}
    stamps = read_stamps(examples, SPLIT, set(shown["objid"]), crop)
    radius = dict(zip(shown["objid"], shown["petroRad_r"], strict=True))
    pictures = cutouts({objid: places[objid] for objid in radius if objid in places}, radius) if hst else None
    facts = summary(table, found, len(shown)) | {"file": path.name}
    cards = [_card(row, stamps, places, pictures) for row in shown.to_dict("records")]
    text = render(
        Path(__file__).with_name("gallery.html.j2"),
        {"share": share},
        facts=facts,
        cards=cards,
        size=SIZE,
        alpha_high=math.ceil(max([float(a) for a in shown["alpha"] if math.isfinite(a)], default=1.0)),
        hst=hst,
        unreached=sum(card["hubble"] is not None and card["hubble"].uri is None for card in cards),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(found):
        write_text(path.with_suffix(".csv"), _csv(found, places))
    write_text(path, text)
    return facts


def share(value: float | None) -> str:
    """Two decimals, never rounded to certainty; a dash for what is not known.

    Example:
        >>> share(0.912), share(0.9999), share(0.0001), share(float("nan"))
        ('0.91', '> 0.99', '< 0.01', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return "> 0.99" if 0.99 < value < 1 else "< 0.01" if 0 < value < 0.01 else f"{value:.2f}"


def _csv(found: pd.DataFrame, places: Mapping[str, Position]) -> str:
    nowhere = (math.nan, math.nan)
    ra, dec = zip(*(places.get(objid, nowhere) for objid in found["objid"]), strict=True)
    table = found.drop(columns=["confidence", "petroRad_r"])
    table.insert(1, "ra", pd.Series(ra, dtype="float64"))
    table.insert(2, "dec", pd.Series(dec, dtype="float64"))
    return str(table.to_csv(index=False))


def _card(
    row: Mapping[Any, Any],
    stamps: Mapping[str, str],
    places: Mapping[str, Position],
    pictures: Mapping[str, Cutout] | None,
) -> dict[str, Any]:
    objid = row["objid"]
    return {
        **row,
        "stamp": stamps.get(objid),
        "position": places.get(objid),
        "links": links(objid, places.get(objid)),
        "hubble": None if pictures is None else pictures.get(objid, NO_POSITION),
    }
