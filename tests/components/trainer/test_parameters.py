"""Parameters of a training: defaults that follow the backbone, and presets that are valid settings."""

import dataclasses

import pytest

from truemorph.components.trainer.backbones import BODIES
from truemorph.components.trainer.parameters import BACKBONES, PAPER_RECIPE, PRESETS, RECIPES, TrainerParameters
from truemorph.config import load_config


@pytest.mark.parametrize("backbone", BACKBONES)
def test_what_is_not_given_follows_the_backbone(backbone: str) -> None:
    filled = TrainerParameters(backbone=backbone, epochs=7).filled()
    assert filled.epochs == 7
    assert filled.learning_rate == (1e-3 if backbone == "small" else 1e-4)
    assert None not in dataclasses.astuple(filled)


def test_there_is_a_network_for_each_name_and_a_recipe_for_networks_only() -> None:
    assert set(BODIES) == set(BACKBONES) >= set(RECIPES)
    assert all(set(recipe) <= set(PAPER_RECIPE) for recipe in RECIPES.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_made_of_valid_settings(name: str) -> None:
    config = load_config(settings=[f"trainer.{key}={value}" for key, value in PRESETS[name].items()])
    assert {key: getattr(config.trainer, key) for key in PRESETS[name]} == PRESETS[name]
    assert name != "paper" or config == load_config()
