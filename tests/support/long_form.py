"""Whether tests are to take their long form: more desks, more rounds, the real waiting times."""

from __future__ import annotations

import os

LONG = os.environ.get("TELLERDESK_LONG") == "1"
