"""The built console: which file a path means, with the headers that keep a page safe."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from portside.web.answers import Answer

PREFIX: Final = "/console/"
APP: Final = Path(__file__).with_name("app")
_INDEX: Final = "index.html"
_ASSETS: Final = "assets/"
_FOREVER: Final = "public, max-age=31536000, immutable"

SAFE: Final = {
    # Scripts only from here, none of them inline. Cloudscape sets styles on elements.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}

NOT_BUILT: Final = (
    b"The console is not part of this installation.\n\n"
    b"From a source tree: install Node.js 20.19 or newer and run `make console`,\n"
    b"then start the server again. Released packages bring the console along.\n"
)


class ConsoleFiles:
    """The files of the built console, known by name since the start: no path leads out."""

    def __init__(self, folder: Path = APP) -> None:
        self._files = {
            file.relative_to(folder).as_posix(): file
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }

    @property
    def are_built(self) -> bool:
        """Whether there is a console to serve."""
        return _INDEX in self._files

    def answer(self, path: str) -> Answer:
        """The file of a path; screens have paths of their own, which all are the one page."""
        name = path.removeprefix(PREFIX)
        if not self.are_built:
            headers = {"content-type": "text/plain; charset=utf-8", **SAFE}
            return Answer(503, headers, NOT_BUILT)
        file = self._files.get(name)
        if file is None and name.startswith(_ASSETS):
            return Answer(404, {"content-type": "text/plain; charset=utf-8"}, b"no such file\n")
        file = file or self._files[_INDEX]
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        caching = _FOREVER if name.startswith(_ASSETS) else "no-cache"
        headers = {"content-type": kind, "cache-control": caching, **SAFE}
        headers["content-length"] = str(file.stat().st_size)
        return Answer(200, headers, file)
