"""Text from outside: counterparts, files, the keyboard, the clipboard. It enters here or not at all.

Third-party text can hold terminal escapes, direction overrides, markup and invisible characters. `clean` replaces
every character that is not plainly printable by U+FFFD, normalises to NFC and caps the length; `SafeText` is the same
as a pydantic type for message contracts. Brackets stay: text is shown as Text or Content, never parsed as markup.
"""

from __future__ import annotations

import re
import unicodedata

from tellerdesk.errors import BadInput

REPLACEMENT = "�"
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = re.compile(r"\s+")


def is_plain(char: str) -> bool:
    """True for a character that only draws a glyph or a space: no control, format, surrogate, private or unassigned."""
    return unicodedata.category(char) not in _FORBIDDEN


def clean(text: str, most: int = 200) -> str:
    """`text` in NFC, every character that is not plain replaced by U+FFFD, runs of white space folded, at most
    `most` characters (the last one an ellipsis where it was cut)."""
    folded = _SPACES.sub(" ", text[: 4 * most]).strip()
    # Composing may only bring assigned, plain characters closer together, so it comes last but one.
    plain = "".join(char if is_plain(char) else REPLACEMENT for char in unicodedata.normalize("NFC", folded))
    return plain if len(plain) <= most and len(text) <= 4 * most else plain[: most - 1] + "…"


def typed(text: str, *, field: str, most: int = 200) -> str:
    """What a person typed or pasted, folded by NFKC (full-width digits become ASCII) with spaces at the ends cut.

    Raises BadInput where a character is not plain or the text is longer than `most`: what a person meant to type is
    never silently changed beyond that.
    """
    if len(text) > 8 * most:
        raise BadInput("error.text.too_long", field=field, most=most)
    folded = _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    if len(folded) > most:
        raise BadInput("error.text.too_long", field=field, most=most)
    for char in folded:
        if not is_plain(char):
            raise BadInput("error.text.not_plain", field=field, character=f"U+{ord(char):04X}")
    return folded


def mask_name(name: str) -> str:
    """王晓燕 -> *晓燕: the surname is masked, so that the given name can be checked aloud with the customer.

    A compound surname is masked whole; a Latin name keeps its last word.
    """
    name = name.strip()
    if not name:
        return ""
    if " " in name:
        return "* " + name.rsplit(" ", 1)[1]
    if len(name) == 1:
        return "*"
    if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES:
        return "*" + name[2:]
    return "*" + name[1:]


def mask_address(address: str) -> str:
    """An address with every digit from the first house number on masked: 科技园路 18 号 302 -> 科技园路 ** 号 ***."""
    return re.sub(r"\d", "*", address)


def mask_number(number: str, last: int = 4) -> str:
    """All but the `last` characters as asterisks."""
    return "*" * max(len(number) - last, 0) + number[-last:] if last else "*" * len(number)


def mask_account(number: str) -> str:
    """An account number with its first six and last four digits in clear; a short one keeps its last four."""
    return number[:6] + "*" * (len(number) - 10) + number[-4:] if len(number) > 10 else mask_number(number)


def grouped(number: str, by: int = 4) -> str:
    """A number a customer reads aloud, in groups of four from the left: 07550031884620 -> 0755 0031 8846 20."""
    return " ".join(number[start : start + by] for start in range(0, len(number), by))


_COMPOUND_SURNAMES = frozenset(
    """欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 东方 独孤 南宫 宇文 长孙 轩辕 端木 百里 呼延
    西门 东郭 公羊 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘 亓官 第五 闻人 赫连""".split()  # noqa: SIM905
)
