"""How each row of the table is drawn, the same in every chart."""

from collections.abc import Mapping
from typing import Any

# Okabe & Ito's colours; labels are dashed with open markers, so that the lines are told apart in grey print too.
STYLES: dict[str, dict[str, Any]] = {
    "labels_raw": {"color": "#000000", "marker": "o", "linestyle": "--", "markerfacecolor": "white"},
    "labels_debiased": {"color": "#777777", "marker": "s", "linestyle": "--", "markerfacecolor": "white"},
    "network_raw": {"color": "#D55E00", "marker": "v", "linestyle": "-"},
    "network_debiased_labels": {"color": "#E69F00", "marker": "D", "linestyle": "-"},
    "cv14": {"color": "#009E73", "marker": "^", "linestyle": "-."},
    "ddb": {"color": "#0072B2", "marker": "o", "linestyle": "-"},
}
# Units and meanings of the columns that the Examples have; other columns stand under their own names.
AXES = {
    "petroRad_r_kpc": "Petrosian radius, kpc",
    "absPetroMag_r": "absolute magnitude in r",
    "redshift": "redshift",
    "petroRad_r": "Petrosian radius, arcsec",
    "Rhlr": "half-light radius, kpc",
    "ng": "Sérsic index",
    "e": "ellipticity",
}


def names(report: Mapping[str, Any]) -> dict[str, str]:
    """Letter and name of every row, by key."""
    return {row["key"]: f"{row['letter']}  {row['name']}" for row in report["rows"]}
