"""In which line of a TOML file a key stands: the parser of the standard library does not tell.

The text must be one that parser has taken; nothing is checked here a second time.
"""

from __future__ import annotations

import json
import re

KeyPath = tuple[str | int, ...]
"""("fields", 0, "label", "en"): names of keys, and places in arrays counted from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_BASIC = re.compile(r'"(?:\\.|[^"\\])*"')
_LITERAL = re.compile(r"'[^']*'")
_LONG = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}', re.DOTALL)
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[^\s,\]}#]+|[^\s,\]}#]+")
_ESCAPED = re.compile(r"\\(?:U(?P<code>[0-9A-Fa-f]{8})|.)")
_AT_LINE = re.compile(r"\(at line (?P<line>[0-9]+), column [0-9]+\)$")


class Lines:
    """The lines of every key of `text`, counted from 1."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._known: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}  # of arrays of tables
        self._read()

    def of(self, path: KeyPath) -> int:
        """The line of `path`; where it is not in the file, that of the nearest table it would stand in; else 1."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)

    # -- the document ---------------------------------------------------------------------------------------------

    def _read(self) -> None:
        table: KeyPath = ()
        while self._skip() < len(self._text):
            if self._next("[["):
                table = self._header("]]")
            elif self._next("["):
                table = self._header("]")
            else:
                self._pair(table)

    def _header(self, closing: str) -> KeyPath:
        line = self._line()
        names = self._key()
        path = self._within((), names[:-1]) + names[-1:]
        self._skip()
        self._next(closing)
        if closing == "]]":
            place = self._lengths.get(path, 0)
            self._lengths[path] = place + 1
            self._known.setdefault(path, line)
            path += (place,)
        self._note(path, line)
        self._known[path] = line  # a part of it may have stood further up
        return path

    def _within(self, path: KeyPath, names: KeyPath) -> KeyPath:
        """`names` below `path`; where one is an array of tables, in its last table."""
        for name in names:
            path += (name,)
            if path in self._lengths:
                path += (self._lengths[path] - 1,)
        return path

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table + self._key()
        self._note(path, line)
        self._skip()
        self._next("=")
        self._value(path)

    def _key(self) -> KeyPath:
        names: list[str] = []
        while True:
            self._skip()
            if bare := _BARE.match(self._text, self._at):
                names.append(self._take(bare))
            elif literal := _LITERAL.match(self._text, self._at):
                names.append(self._take(literal)[1:-1])
            else:
                names.append(_unescaped(self._take(_BASIC.match(self._text, self._at))))
            self._skip()
            if not self._next("."):
                return tuple(names)

    def _value(self, path: KeyPath) -> None:
        self._skip()
        if self._next("["):
            self._array(path)
        elif self._next("{"):
            while self._skip() < len(self._text) and not self._next("}"):
                self._pair(path)
                self._skip()
                self._next(",")
        else:
            text, at = self._text, self._at
            self._take(
                _LONG.match(text, at) or _BASIC.match(text, at) or _LITERAL.match(text, at) or _PLAIN.match(text, at)
            )

    def _array(self, path: KeyPath) -> None:
        place = 0
        while self._skip() < len(self._text) and not self._next("]"):
            self._note((*path, place), self._line())
            self._value((*path, place))
            place += 1
            self._skip()
            self._next(",")

    # -- the text -------------------------------------------------------------------------------------------------

    def _skip(self) -> int:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank is not None else self._at
        return self._at

    def _next(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def _take(self, matched: re.Match[str] | None) -> str:
        if matched is None:
            raise ValueError(self._line())
        self._at = matched.end()
        return matched[0]

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._known.setdefault(path[:length], line)


def line_of_syntax_error(text: str, error: ValueError) -> int:
    """The line a TOMLDecodeError names; the last one where it names the end of the document."""
    found = _AT_LINE.search(str(error))
    return int(found["line"]) if found is not None else text.rstrip("\n").count("\n") + 1


def _unescaped(quoted: str) -> str:
    """What a quoted key says: TOML's escapes are JSON's, and \\UXXXXXXXX."""
    return str(json.loads(_ESCAPED.sub(_shortened, quoted), strict=False))


def _shortened(escaped: re.Match[str]) -> str:
    return json.dumps(chr(int(escaped["code"], 16)))[1:-1] if escaped["code"] else escaped[0]
