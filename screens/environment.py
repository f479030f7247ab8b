"""What the environment may not do to the screens. Imported before Textual, so it imports nothing of it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
_WEB_NAMES = frozenset({"TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM"})


def scrub_environment(environ: MutableMapping[str, str] | None = None) -> list[str]:
    """Removes every TEXTUAL variable: they can log keys, press keys, take pictures of the screen and load a foreign
    driver. To be called before Textual is first imported, which reads them then. Returns the names removed.

    textual-serve starts its children with a driver of Textual's own and two harmless values; those, and only those,
    are kept.
    """
    env = os.environ if environ is None else environ
    web = env.get("TEXTUAL_DRIVER") == _WEB_DRIVER
    removed = [
        name for name in env if (name == "TEXTUAL" or name.startswith("TEXTUAL_")) and not (web and name in _WEB_NAMES)
    ]
    for name in removed:
        del env[name]
    return removed
