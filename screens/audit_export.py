"""Where to write what was found."""

from __future__ import annotations

from pathlib import Path

from screens.one_line import OneLine
from screens.saying import says


class ExportSheet(OneLine):
    """Asks for a file's name, `name` to begin with; gives what was typed, None for Esc. A name without a folder is one
    in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        detail = says("trail.export.folder", folder=str(folder))
        super().__init__(says("trail.export"), detail, says("trail.export.keys"), name)
