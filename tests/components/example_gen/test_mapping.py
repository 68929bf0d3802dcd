"""The mapping from ids to names of images: by sample where it can, never out of the folder."""

import pandas as pd
from upstream import Sky


def with_mapping(sky: Sky) -> None:
    sky.mapping = pd.DataFrame({"objid": sky.ids, "sample": "original", "asset_id": range(1, 41)})


def test_mapping_names_the_images(sky: Sky) -> None:
    with_mapping(sky)
    table = sky.joined()
    assert table.loc[sky.ids, "image_name"].to_list() == [str(n) for n in range(1, 41)]


def test_mapping_goes_by_sample_where_it_can(sky: Sky) -> None:
    with_mapping(sky)
    other = sky.mapping.assign(sample="stripe82_coadd_1", asset_id=range(101, 141))
    sky.mapping = pd.concat([other, sky.mapping, sky.mapping])
    assert sky.joined().loc[sky.ids[7], "image_name"] == "8"
    sky.votes.loc[0, "sample"] = "extra"
    assert sky.reason() == "not_in_mapping"


def test_mapping_without_sample_is_ambiguous_where_it_differs(sky: Sky) -> None:
    with_mapping(sky)
    sky.mapping = pd.concat([sky.mapping, sky.mapping.iloc[[0]].assign(asset_id=77)]).drop(columns="sample")
    assert sky.reason() == "ambiguous_mapping"


def test_ids_and_samples_are_not_run_together(sky: Sky) -> None:
    with_mapping(sky)
    whole = sky.mapping
    sky.photometry = sky.photometry.replace({"objid": {sky.ids[0]: "1:a"}})
    sky.votes.loc[0, ["dr7objid", "sample"]] = ["1:a", "b"]
    sky.mapping = pd.concat([whole.iloc[1:], whole.iloc[[0]].assign(objid="1", sample="a:b")])
    assert sky.reason() == "not_in_mapping"
    sky.mapping = pd.concat([whole.iloc[1:], whole.iloc[[0]].assign(objid="1:a", sample="b")])
    assert sky.reason() is None


def test_not_in_mapping(sky: Sky) -> None:
    with_mapping(sky)
    whole = sky.mapping
    sky.mapping = whole.iloc[1:]
    assert sky.reason() == "not_in_mapping"
    sky.mapping = whole.assign(asset_id=[None, *map(str, range(2, 41))])
    assert sky.reason() == "not_in_mapping"


def test_a_mapping_cannot_lead_out_of_the_folder(sky: Sky) -> None:
    with_mapping(sky)
    sky.mapping["asset_id"] = ["../truth", *map(str, range(2, 41))]
    assert sky.reason() == "unsafe_image_name"
