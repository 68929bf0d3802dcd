"""Headless Chromium, and what axe-core finds on the page that it shows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
FLAGS += "--disable-component-update --disable-sync --hide-scrollbars"
PHONE_WIDTH = 400
"""Up to this width a page is shown as on a phone."""


@contextmanager
def chromium(folder: Path) -> Iterator[Any]:
    """A browser with an empty profile in a folder; the test is skipped where there is none."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("needs chromium and chromedriver, which are not here; .ci/browser installs them")
    pytest.importorskip("selenium", reason="needs selenium: pip install '.[test-all]'")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in [*FLAGS.split(), f"--user-data-dir={folder}"]:
        options.add_argument(flag)
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    yield browser
    browser.quit()


def show(browser: Any, url: str, width: int) -> None:
    """Open a page at a width, with the logs emptied before."""
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width <= PHONE_WIDTH}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(url)


def serious(browser: Any, root: Path) -> list[tuple[str, str, str]]:
    """What axe-core finds serious: the rule, a piece of the page, and what is wrong there."""
    axe = root / ".browser" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("needs axe-core in .browser/, which is not here; .ci/browser installs it")
    browser.execute_script(axe.read_text(encoding="utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[0], error => arguments[0]({error: String(error)}))")
    assert found["passes"]
    return [
        (each["id"], node["html"][:200], str(node.get("failureSummary")))
        for each in found["violations"]
        for node in each["nodes"]
        if each["impact"] in ("serious", "critical")
    ]
