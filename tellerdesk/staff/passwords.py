"""Passwords: the rules for new ones, and argon2id for keeping and checking them."""

from __future__ import annotations

import os
import unicodedata
from base64 import b64encode

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from tellerdesk.errors import BadInput

LEAST, MOST = 8, 128
"""Characters, after NFKC. Length is what counts (ASVS 5.0, 6.2): no rule about kinds of characters."""

COMMON = frozenset(
    """00000000 11111111 12345678 123456789 1234567890 12341234 123123123 87654321 88888888 66668888 99999999 13145200
    1qaz2wsx 1q2w3e4r 1q2w3e4r5t qwertyui qwertyuiop qwer1234 asdfghjk asdf1234 zxcvbnm1 zaq12wsx abcd1234 abcdefgh
    abc12345 abc123456 a1234567 a12345678 a123456789 aa123456 aaa12345 q1234567 qq123456 password password1 passw0rd
    p@ssw0rd p@ssword pass1234 admin123 admin888 administrator root1234 welcome1 welcome123 changeme letmein1
    iloveyou iloveyou1 woaini1314 woaini520 woaini123 5201314520 1314520520 zhang123 wang1234 liwei123 yinhang123
    yinhang888 guiyuan1 guiyuan123 teller01 teller123 tellerdesk bank1234 bank8888 superman sunshine princess
    football baseball dragon123 monkey123 computer internet trustno1 starwars whatever""".split()  # noqa: SIM905
)
"""Refused however they are cased, as is one character repeated."""


class Passwords:
    """Checks and keeps passwords with one profile of argon2id; by default RFC 9106's for little memory (64 MiB, some
    100 ms a check). A hash made under another profile still opens, and is `outdated`."""

    def __init__(self, profile: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(profile)
        self._nobodys = _nobodys_hash(profile)

    def check_rules(self, password: str, *, staff_no: str, field: str = "password") -> None:
        """Raises BadInput, naming `field`, where `password` may not become the password of `staff_no`: too short or
        too long, common, or nothing but the staff number, once or repeated."""
        folded = _folded(password)
        if folded is None:
            raise BadInput("error.password.characters", field=field)
        if len(folded) < LEAST:
            raise BadInput("error.password.short", field=field, least=LEAST)
        if len(folded) > MOST:
            raise BadInput("error.password.long", field=field, most=MOST)
        if not folded.casefold().replace(staff_no.casefold(), ""):
            raise BadInput("error.password.staff_no", field=field)
        if folded.casefold() in COMMON or len(set(folded)) == 1:
            raise BadInput("error.password.common", field=field)

    def hash(self, password: str) -> str:
        """The encoded hash of a password that keeps the rules."""
        return self._hasher.hash(unicodedata.normalize("NFKC", password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`; with None (nobody there) always False after the same work,
        so that the time of an answer does not tell who exists."""
        folded = _folded(password)
        usable = stored is not None and folded is not None and len(folded) <= MOST
        try:
            self._hasher.verify(stored if usable and stored else self._nobodys, folded if usable and folded else "")
        except (VerificationError, InvalidHashError):
            return False
        return usable

    def outdated(self, stored: str) -> bool:
        """Whether `stored` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def same(one: str, other: str) -> bool:
    """Whether both are one password, whichever keyboard they were typed on."""
    return _folded(one) == _folded(other)


def _folded(password: str) -> str | None:
    """NFKC, so that every keyboard gives the same password; None for what no keyboard types or is far too long."""
    if len(password) > 8 * MOST or any(unicodedata.category(char) in {"Cc", "Cs", "Cn"} for char in password):
        return None
    return unicodedata.normalize("NFKC", password)


def _nobodys_hash(profile: Parameters) -> str:
    """A hash with `profile`'s parameters that no password opens: its salt and digest are random bytes."""
    kind = {Type.D: "argon2d", Type.I: "argon2i", Type.ID: "argon2id"}[profile.type]
    salt, digest = (
        b64encode(os.urandom(length)).rstrip(b"=").decode() for length in (profile.salt_len, profile.hash_len)
    )
    costs = f"m={profile.memory_cost},t={profile.time_cost},p={profile.parallelism}"
    return f"${kind}$v={profile.version}${costs}${salt}${digest}"
