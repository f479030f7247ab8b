"""The findings as a person reads them, and as a machine does."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence

from tellerdesk.doctor.findings import Finding, Group, Verdict
from tellerdesk.i18n import Words

_MARKS = {Verdict.WELL: "✓", Verdict.WRONG: "✗", Verdict.LEFT_OUT: "–"}
_LEAST_ROOM = 24
_NEVER_FIRST = "，。；：、）”"


def lines(findings: Sequence[Finding], speak: Words, columns: int | None) -> Iterator[str]:
    """A heading for each group, a mark, a word, a name and a sentence for each finding, and what it comes to.

    Sentences are folded into `columns` cells and go on below where they began; None folds nothing.
    """
    words = [speak(verdict) for verdict in Verdict]
    names = [_name(finding, speak) for finding in findings]
    word_width, name_width = max(map(cells, words)), max(map(cells, names), default=0)
    for group in Group:
        told = [(finding, name) for finding, name in zip(findings, names, strict=True) if finding.group is group]
        if not told:
            continue
        yield speak(group)
        for finding, name in told:
            word = _padded(speak(finding.verdict), word_width)
            begin = f"  {_MARKS[finding.verdict]} {word}  {_padded(name, name_width)}  "
            sentence = speak.message(finding.told)
            first, *more = folded(sentence, max(columns - cells(begin), _LEAST_ROOM)) if columns else [sentence]
            yield begin + first
            yield from (" " * cells(begin) + line for line in more)
        yield ""
    count = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    yield speak(
        "door.doctor.sum", well=count[Verdict.WELL], wrong=count[Verdict.WRONG], left_out=count[Verdict.LEFT_OUT]
    )


def to_json(findings: Sequence[Finding], speak: Words) -> str:
    """One object: whether all is well, and each finding by its ids, its arguments and its sentence."""
    told = {
        "well": all(finding.well for finding in findings),
        "findings": [
            {
                "group": finding.group.rpartition(".")[2],
                "what": finding.what.rpartition(".")[2],
                "name": finding.name.said(speak.language) if finding.name else None,
                "verdict": finding.verdict.rpartition(".")[2],
                "message": finding.told.id,
                "arguments": finding.told.args,
                "sentence": speak.message(finding.told),
            }
            for finding in findings
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes: a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def folded(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at a space or beside a Han character, else where it must."""
    found = []
    while cells(text) > width:
        cut, used = 0, 0
        for index, char in enumerate(text):
            used += cells(char)
            if used > width:
                break
            if char == " " or (cells(char) == 2 and text[index + 1] not in _NEVER_FIRST):
                cut = index + 1
            fits = index + 1
        found.append(text[: cut or fits].rstrip())
        text = text[cut or fits :].lstrip()
    return [*found, text]


def _name(finding: Finding, speak: Words) -> str:
    return finding.name.said(speak.language) if finding.name else speak(finding.what)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
