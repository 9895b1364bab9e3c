"""The description of the routes: all from the front's own address, under the page's policy, and it can be tried out."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def docs(browser, front):
    page = browser.new_page()
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{front.url}/docs")
    yield page
    page.close()


def test_a_route_can_be_tried_and_nothing_comes_from_elsewhere(docs, front):
    expect(docs.locator(".opblock")).not_to_have_count(0)
    assert {"/predict", "/translate", "/health"} <= set(docs.locator(".opblock-summary-path").all_inner_texts())
    health = docs.locator(".opblock", has=docs.locator("[data-path='/health']"))
    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    expect(health.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert f"{front.url}/health" in docs.asked
    assert [url for url in docs.asked if not url.startswith((f"{front.url}/", "data:", "blob:"))] == []
    assert docs.errors == []
