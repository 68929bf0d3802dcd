"""Sources give our names, exact ids and numbers that are numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from upstream import Sky

from truemorph.components.errors import InputError
from truemorph.components.example_gen.ingest_sources import open_sources


def test_batches_are_in_our_names_and_types(sky: Sky) -> None:
    sources = open_sources(**sky.inputs())
    assert [source.kind for source in sources.tables] == ["votes", "photometry", "structure"]
    votes = pd.concat(sources.votes.batches())
    assert votes["objid"].to_list() == sky.ids
    assert votes["sample"].unique().tolist() == ["original"]
    assert votes["smooth_fraction"].dtype == np.float64
    photometry = pd.concat(sources.tables[1].batches())
    assert list(photometry.columns) == ["objid", "petroRad_r", "psfWidth_r", "petroMag_r", "redshift"]
    assert sources.votes.rows() == 40


def test_nulls_of_the_servers_are_empty(sky: Sky) -> None:
    sky.photometry["petroRad_r"] = ["null", "NULL", "", "NaN", *sky.photometry["petroRad_r"][4:]]
    table = pd.concat(open_sources(**sky.inputs()).tables[1].batches())
    assert table["petroRad_r"].isna().to_list() == [True] * 4 + [False] * 36


def test_text_in_a_column_of_numbers_is_named(sky: Sky) -> None:
    sky.photometry["psfWidth_r"] = ["1.2", "good", *["1.3"] * 38]
    sources = open_sources(**sky.inputs())
    with pytest.raises(InputError, match=r"photometry\.csv: column 'psfWidth_r' holds 'good' in row 2, not a number"):
        list(sources.tables[1].batches())


def test_a_missing_images_folder_is_named(sky: Sky) -> None:
    inputs = sky.inputs()
    with pytest.raises(InputError, match=r"nowhere: no such folder; give the folder of the images"):
        open_sources(**{**inputs, "images": Path("nowhere")})
    with pytest.raises(InputError, match=r"votes\.csv: is neither a folder nor a .zip"):
        open_sources(**{**inputs, "images": inputs["votes"]})


def test_a_missing_table_is_named(sky: Sky) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        open_sources(**{**sky.inputs(), "photometry": Path("nowhere.csv")})


def test_only_the_votes_column_wanted_is_needed(sky: Sky) -> None:
    sky.votes = sky.votes[[name for name in sky.votes if not name.endswith(("count", "_debiased", "_fraction"))]].join(
        sky.votes[[name for name in sky.votes if name.endswith("weighted_fraction")]]
    )
    open_sources(**sky.inputs(), votes_column="weighted_fraction")
    with pytest.raises(InputError, match="no column for smooth_count in this votes table"):
        open_sources(**sky.inputs(), votes_column="count")
