"""The rows of Table 1: the report's schema knows the same ones, and every network can be trained and found again."""

import json
from pathlib import Path

import pytest

from truemorph.components.methods import METHODS, NETWORKS, Network, learner, network


def test_the_schema_of_the_report_knows_the_same_rows(root: Path) -> None:
    schema = json.loads((root / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
    keys, folders = [method.key for method in METHODS], [one.folder for one in NETWORKS]
    assert schema["$defs"]["key"]["enum"] == keys
    assert [row["properties"]["key"]["const"] for row in schema["properties"]["rows"]["prefixItems"]] == keys
    assert schema["properties"]["training"]["items"]["properties"]["id"]["enum"] == folders


def test_the_rows_stand_in_the_papers_order() -> None:
    assert "".join(method.letter for method in METHODS) == "abcdef"


@pytest.mark.parametrize("one", NETWORKS, ids=lambda one: one.key)
def test_a_network_is_found_by_key_by_folder_and_by_what_it_learns(one: Network) -> None:
    assert network(one.key) is network(one.folder) is learner(one.loss, one.labels) is one
