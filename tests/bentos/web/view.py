"""The page as a test sees it."""

from typing import Any

from playwright.sync_api import BrowserContext, expect

WAIT = 60_000  # milliseconds; generous: machines of CI are slow
expect.set_options(timeout=WAIT)
# keeps what the service says, and every stream a camera gave
WATCH = """
async () => {
  const { app } = await import("/web/page.js");
  window.app = app;
  window.events = [];
  const take = app.captions.take.bind(app.captions);
  app.captions.take = (event) => { window.events.push(event); take(event); };
}
"""


class View:
    """One page in a browser profile of its own.

    Args:
        context: the profile.
        url: of the front.
        script: run before the page's own.
    """

    def __init__(self, context: BrowserContext, url: str, script: str = ""):
        self.context, self.url = context, url
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if script:
            self.page.add_init_script(script)
        self.page.goto(url)
        self.page.evaluate(WATCH)

    def ready(self) -> "View":
        """Wait until the vocabulary is there."""
        expect(self["#choices input"]).not_to_have_count(0)
        return self

    def __getitem__(self, selector: str) -> Any:
        return self.page.locator(selector)

    def run(self, script: str, argument: Any = None) -> Any:
        """Evaluate JavaScript in the page."""
        return self.page.evaluate(script, argument)

    def notice(self, state: str) -> None:
        """Wait until this state is shown."""
        expect(self["#notice"]).to_have_attribute("data-state", state)
        expect(self["#notice"]).to_be_visible()

    def kinds(self) -> list[str]:
        """Kinds of the service's events so far."""
        return self.run("() => window.events.map((event) => event.type)")

    def wait(self, script: str, timeout: float = WAIT / 1000) -> None:
        """Wait until a JavaScript expression is true; the page's policy forbids Playwright's own way."""
        for _ in range(int(timeout * 10)):
            if self.run(f"() => Boolean({script})"):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"not true in {timeout:g} s: {script}")

    def check(self) -> None:
        """Nothing was asked of another host, no script failed, nothing is stored."""
        allowed = (self.url, self.url.replace("http", "ws"), "blob:" + self.url, "data:")
        assert not [url for url in self.asked if not url.startswith(allowed)]
        assert not self.errors
        assert not self.context.cookies()
