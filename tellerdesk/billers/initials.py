"""What a teller types for a Chinese name: the first letters of its pinyin (深圳供电局: szgdj).

A character with more than one reading is read as the word it stands in says (重庆: cq, 重量: zl). Where such a
character is commonly read in two ways, the other reading counts too.
"""

from __future__ import annotations

from functools import cache
from itertools import islice, product

MOST = 16
"""Initial strings of one name."""

_EITHER = {
    "重": "cz",
    "长": "cz",
    "行": "hx",
    "乐": "ly",
    "厦": "xs",
    "石": "sd",
    "单": "ds",
    "曾": "cz",
    "会": "hk",
    "调": "dt",
    "朝": "cz",
    "车": "cj",
    "番": "fp",
    "蔚": "wy",
    "莘": "sx",
    "贾": "jg",
    "省": "sx",
    "传": "cz",
    "藏": "cz",
    "降": "jx",
    "系": "xj",
    "校": "xj",
    "弹": "dt",
    "查": "cz",
    "率": "ls",
    "种": "zc",
    "解": "jx",
    "给": "gj",
}
"""Characters of company and place names that are commonly read in two ways, with the first letters of both."""


@cache
def initials_of(name: str) -> tuple[str, ...]:
    """The initial strings of `name`, the one its words say first; none for a name that has neither a Chinese character
    nor a Latin letter or digit. Letters and digits stand for themselves in lower case, everything else is left out."""
    from pypinyin import Style, lazy_pinyin

    choices: list[str] = []
    at = 0
    for part in lazy_pinyin(name, style=Style.FIRST_LETTER):
        if part and name.startswith(part, at):  # no Chinese: handed through
            choices += [letter for letter in part.lower() if letter.isascii() and letter.isalnum()]
            at += len(part)
        else:
            choices.append(part + _EITHER.get(name[at], "").replace(part, ""))
            at += 1
    return tuple("".join(letters) for letters in islice(product(*choices), MOST)) if choices else ()
