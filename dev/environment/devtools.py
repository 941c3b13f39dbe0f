"""Chromium without a window, driven over its DevTools protocol."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from . import browser
from .core import Problem, remove

PATIENCE = 40  # seconds to wait for anything
QUIET = 0.4  # seconds without a request, after which a page has all it asked for
_WORKER = "/bus/websocket_worker_bundle"
# The profile is thrown away, and Chromium talks to no one but the server at hand.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--remote-debugging-port=0",
)
# Nothing moves in a picture, and no caret blinks.
_STILL = """
const still = document.createElement("style");
still.textContent = `*, *::before, *::after {
    animation: none !important;
    transition: none !important;
    caret-color: transparent !important;
    scroll-behavior: auto !important;
}`;
(document.head || document.documentElement).append(still);
"""
_IS_SHOWN = """
(() => {
    const isShown = (element) => element.getClientRects().length > 0;
    return (
        document.readyState === "complete" &&
        document.fonts.status === "loaded" &&
        [...document.images].every((image) => image.complete) &&
        [...document.querySelectorAll(%s)].some(isShown)
    );
})()
"""
_ERROR = """
document.querySelector(".o_error_dialog")?.innerText
"""


class Browser:
    """A tab of a Chromium of its own."""

    def __init__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="chromium-"))
        self._count = 0
        self._open_requests = set()
        self._last_request = 0.0

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_error):
        self._stop()

    def _start(self):
        # only where Odoo's tests have it
        import websocket

        self._process = subprocess.Popen(
            [browser.path(), *_FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # all of its processes can be ended together
            start_new_session=True,
        )
        self._socket = websocket.create_connection(
            self._find_tab(), suppress_origin=True, timeout=PATIENCE
        )
        self._too_late = websocket.WebSocketTimeoutException
        for domain in ("Page", "Runtime", "Network"):
            self.command(f"{domain}.enable")
        self.command("Page.addScriptToEvaluateOnNewDocument", source=_STILL)
        self.command(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-reduced-motion", "value": "reduce"}],
        )

    def _find_tab(self):
        """Return the address of the tab, once Chromium has said where it listens."""
        told = self._folder / "DevToolsActivePort"
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE and self._process.poll() is None:
            # the file may not be whole yet, nor the tab be there
            with contextlib.suppress(OSError, IndexError, StopIteration):
                port = told.read_text().split()[0]
                address = f"http://127.0.0.1:{port}/json"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    return next(
                        tab["webSocketDebuggerUrl"]
                        for tab in json.load(answer)
                        if tab["type"] == "page"
                    )
            time.sleep(0.1)
        raise Problem("Chromium has not started.")

    def _stop(self):
        if hasattr(self, "_socket"):
            self._socket.close()
        if hasattr(self, "_process"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        remove(self._folder)

    def command(self, method, **parameters):
        """Give a command of the protocol, return its result."""
        self._count += 1
        number = self._count
        text = json.dumps({"id": number, "method": method, "params": parameters})
        self._socket.settimeout(PATIENCE)
        self._socket.send(text)
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                break
            self._note(message)
        if "error" in message:
            raise Problem(f"Chromium refused {method}: {message['error']['message']}")
        return message["result"]

    def _note(self, message):
        """Keep in mind which requests are open."""
        method, told = message.get("method", ""), message.get("params", {})
        if method == "Network.requestWillBeSent":
            # the end of a worker's requests is not told to the page
            if _WORKER not in told["request"]["url"]:
                self._open_requests.add(told["requestId"])
        elif method in ("Network.loadingFinished", "Network.loadingFailed"):
            self._open_requests.discard(told["requestId"])
        else:
            return
        self._last_request = time.monotonic()

    def evaluate(self, script):
        """Return the value of a script, also one that takes its time."""
        answer = self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            told = details.get("exception", {}).get("description", details["text"])
            raise Problem(f"{told}\nin {script.strip()[:200]}")
        return answer["result"].get("value")

    def resize(self, width, height):
        """Be a screen of so many pixels, a phone when it is narrow."""
        is_phone = width < 576
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )
        self.command("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def go(self, address, wait, patience=PATIENCE):
        """Open a page, wait for a selector to be shown and for all that it loads."""
        # a page that is left behind finishes nothing any more
        self.command("Page.navigate", url="about:blank")
        self._open_requests.clear()
        self.command("Page.navigate", url=address)
        self.wait(wait, patience)

    def click(self, selector, wait):
        """Press what a selector finds."""
        self.wait(selector)
        script = f"document.querySelector({json.dumps(selector)}).click()"
        self.evaluate(script)
        self.wait(wait)

    def hide(self, selector):
        """Leave what a selector finds out of pictures."""
        script = f"""
        document.head.append(
            Object.assign(document.createElement("style"), {{
                textContent: {json.dumps(selector + " { display: none !important; }")},
            }})
        );
        """
        self.evaluate(script)

    def wait(self, selector, patience=PATIENCE):
        """Wait until a selector is shown and the page has all it asked for."""
        shown = _IS_SHOWN % json.dumps(selector)
        start = time.monotonic()
        while time.monotonic() - start < patience:
            error = self._try(_ERROR)
            if error:
                raise Problem(f"The page shows an error: {error}")
            if self._try(shown) and self._is_quiet():
                return
            time.sleep(0.1)
        place = self._try("location.href")
        text = (self._try("document.body.innerText") or "")[:300]
        raise Problem(f"{selector} is not shown at {place}, but: {text}")

    def _try(self, script):
        """Return the value of a script, None while a page takes the other's place."""
        try:
            return self.evaluate(script)
        except Problem:
            return None

    def _is_quiet(self):
        return not self._open_requests and time.monotonic() - self._last_request > QUIET

    def picture(self):
        """Return a picture of the screen as PNG, once it stands still."""
        before = None
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE:
            shot = self.command("Page.captureScreenshot", format="png")["data"]
            if shot == before:
                return base64.b64decode(shot)
            before = shot
            time.sleep(0.2)
        raise Problem("The screen does not come to rest.")
