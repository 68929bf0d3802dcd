"""The report and the gallery in a real browser: drawn, quiet, usable on a phone, in print and without seeing."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import chromium, serious, show
from PIL import Image
from predicted import galaxies

from truemorph.components.evaluator.charts import CHARTS
from truemorph.components.evaluator.report import write_report
from truemorph.components.gallery.page import write_gallery
from truemorph.components.gallery.stamps import data_uri

PHONE, DESK = 360, 1280
NAMES = ("report", "gallery")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(finished: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with report.html and gallery.html of 2,000 test galaxies."""
    folder = tmp_path_factory.mktemp("pages")
    rows = [row | {"accuracy_vs_truth": 0.9} for row in finished["rows"]]
    write_report(finished | {"rows": rows}, folder)
    buffer = io.BytesIO()
    Image.fromarray(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)).save(buffer, "JPEG")
    stamp = data_uri(buffer.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        stamps = "truemorph.components.gallery.page.read_stamps"
        patch.setattr(stamps, lambda examples, split, objids, crop: dict.fromkeys(objids, stamp))
        places = folder / "places.csv"
        table = galaxies(2000)
        table.assign(ra=np.linspace(0, 359, 2000), dec=1.5)[["objid", "ra", "dec"]].to_csv(places, index=False)
        write_gallery(folder / "gallery.html", folder, table, positions=places)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_no_console_message_and_no_request_to_any_host(driver: Any, pages: Path, name: str) -> None:
    show(driver, (pages / f"{name}.html").as_uri(), DESK)
    assert driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert asked[0] == (pages / f"{name}.html").as_uri()
    assert all(url == asked[0] or url.startswith("data:") for url in asked), asked


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_every_chart_is_drawn(driver: Any, pages: Path, width: int) -> None:
    show(driver, (pages / "report.html").as_uri(), width)
    charts = driver.execute_script(
        "return [...document.querySelectorAll('figure svg')].map(svg => {"
        " const box = svg.getBoundingClientRect();"
        " const marks = [...svg.querySelectorAll('path')].filter(path => path.getBoundingClientRect().width > 0);"
        " return [box.width, box.height, marks.length, svg.querySelector('desc').textContent.length] })"
    )
    assert len(charts) == len(CHARTS)
    for across, down, marks, words in charts:
        assert across > 0.85 * min(width, 600) and down > 100 and marks > 5 and words > 60


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_on_a_phone_or_on_paper(driver: Any, pages: Path, name: str) -> None:
    show(driver, (pages / f"{name}.html").as_uri(), PHONE)
    assert driver.execute_script("return document.documentElement.scrollWidth") == PHONE
    show(driver, (pages / f"{name}.html").as_uri(), 690)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert driver.execute_script("return document.documentElement.scrollWidth") == 690
    hidden = "return [...document.querySelectorAll('form, nav')].every(part => part.offsetParent === null)"
    assert driver.execute_script(hidden)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    paper = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    assert base64.b64decode(paper["data"]).startswith(b"%PDF")


def test_numbers_on_a_phone_link_to_their_definitions(driver: Any, pages: Path) -> None:
    show(driver, (pages / "report.html").as_uri(), PHONE)
    cell = driver.execute_script(
        "const link = document.querySelector('#row-ddb td a.label');"
        "return [getComputedStyle(link).display, link.getAttribute('href'), link.textContent]"
    )
    assert cell == ["block", "#def-cv14", "CV14 bias"]


def shown(driver: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = driver.execute_script(
        "return [...document.querySelectorAll('#cards > li')].filter(card => card.offsetParent !== null)"
        ".map(card => ({...card.dataset}))"
    )
    return found


def put(driver: Any, field: str, value: str) -> None:
    driver.execute_script(
        "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}))",
        field,
        value,
    )


def test_the_gallery_filters_and_sorts(driver: Any, pages: Path) -> None:
    from selenium.webdriver.common.by import By

    show(driver, (pages / "gallery.html").as_uri(), DESK)
    everything = shown(driver)
    assert len(everything) == 200
    assert driver.execute_script("return [...document.images].every(image => image.naturalWidth > 1)")
    middle = sorted(float(card["alpha"]) for card in everything)[100]
    put(driver, "alpha-high", str(middle))
    few = shown(driver)
    assert len(few) == sum(float(card["alpha"]) <= middle for card in everything)
    assert driver.find_element(By.ID, "count").text == f"{len(few)} of 200 shown"
    put(driver, "sort", "alpha")
    order = [float(card["alpha"]) for card in shown(driver)]
    assert order == sorted(order)
    put(driver, "p-low", "0.5")
    assert all(float(card["p"]) >= 0.5 for card in shown(driver))
    put(driver, "to", "smooth")
    assert shown(driver) == []
    driver.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    driver.execute_async_script("setTimeout(arguments[0])")  # the page's own, which shows all again, was before it
    assert len(shown(driver)) == 200
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_serious(driver: Any, pages: Path, root: Path, name: str, width: int) -> None:
    show(driver, (pages / f"{name}.html").as_uri(), width)
    assert serious(driver, root) == []


@pytest.mark.slow
def test_the_pages_of_240_000_galaxies_are_small_and_open_at_once(
    driver: Any, folder: Callable[..., Any], evaluate: Callable[..., Any], tmp_path: Path
) -> None:
    report = evaluate(folder(240_000))
    assert report["rows"][5]["n"] == 240_000
    for name in NAMES:
        page = tmp_path / "report" / f"{name}.html"
        assert page.stat().st_size < 5_000_000
        show(driver, page.as_uri(), DESK)
        took = driver.execute_script("const t = performance.timing; return t.loadEventEnd - t.navigationStart")
        assert 0 < took < 2000, f"{name}: {took} ms"
