"""The model card as a page of the Hugging Face Hub."""

import dataclasses
import json
import re

from truemorph.components.artifacts.model_card import ModelCard
from truemorph.components.pusher.readme import readme

CV14 = {"status": "ok", "value": 0.1884, "interval": [0.05, 0.43], "n": 650}
CV18 = {"status": "insufficient_data", "value": None, "interval": None, "n": 650}
ROW = {"accuracy": 0.723, "f1": None, "against": "label_raw", "n": 650, "split": "test", "cv14": CV14, "cv18": CV18}
CARD = ModelCard(
    image_size=48,
    crop=0.488,
    law="exponential",
    theta=9.81,
    theta_interval=[8.4, 11.2],
    theta_status="ok",
    blessing={"status": "not_judged", "reason": "no budget is set (evaluator.max_bias)"},
    model={"name": "debiased", "backbone": "small", "n_train": 462, "evidence": "labels"},
    metrics=ROW,
    data={"content_hash": "f189"},
    versions={"keras": "3.15.1"},
)


def test_the_page_says_what_the_card_says() -> None:
    page = readme(CARD)
    for told in ("exponential, theta 9.81 (8.4 to 11.2, 95 %)", "| CV14 label bias | 0.188 | 0.050 to 0.430 | 650 |"):
        assert told in page
    assert "| CV18 label bias | insufficient_data | – | 650 |" in page and "| f1 against label_raw | not_run |" in page


def test_the_front_matter_holds_the_results() -> None:
    head = readme(CARD).split("---\n")[1]
    found = re.search(r"^model-index: (.*)$", head, re.MULTILINE)
    assert found, head
    results = json.loads(found[1])[0]["results"]  # YAML that is JSON too
    assert results[0]["metrics"] == [{"type": "accuracy", "value": 0.723, "name": "accuracy against label_raw"}]


def test_what_is_not_known_is_said() -> None:
    page = readme(dataclasses.replace(CARD, theta=None, theta_interval=None, metrics=None, data=None))
    assert "theta not known" in page and "| hash of the data | not known |" in page
    assert "model-index" not in page and "None" not in page.replace("image[None]", "")
