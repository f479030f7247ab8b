"""The words printed on the paper, in both languages at once, from the `receipts` catalogues."""

from __future__ import annotations

from functools import cache

from tellerdesk.errors import DocumentFailed
from tellerdesk.i18n import words


@cache
def zh(key: str) -> str:
    """The Chinese words for `key`. Raises DocumentFailed where the catalogue has none: no paper shows a key."""
    return _said("zh_CN", key)


@cache
def en(key: str) -> str:
    """The English words for `key`. Raises DocumentFailed where the catalogue has none."""
    return _said("en", key)


def both(key: str, **args: str | int) -> str:
    """Chinese, then English, in one sentence; `args` fill the places of both."""
    return f"{zh(key)} {en(key)}".format_map(args) if args else f"{zh(key)} {en(key)}"


def _said(language: str, key: str) -> str:
    catalogue = words(language)
    if not catalogue.knows(key):
        raise DocumentFailed("error.document.render", reason=f"no words for {key} ({language})")
    return catalogue(key)
