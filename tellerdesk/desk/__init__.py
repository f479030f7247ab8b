"""The desk: one opened workstation. Front ends hold a `Desk` and nothing below it; nothing below knows it.

`foundation` lays what every room stands on, `office`, `flows`, `counter` and `books` put the rooms together upon it,
`workstation` is the desk's life, from its opening to its close, and `places` says where its things stand.
"""

from tellerdesk.bills.payment_flow import CORE
from tellerdesk.desk.places import drafts_of, seals_file, store_url
from tellerdesk.desk.rooms import ROOMS
from tellerdesk.desk.workstation import Desk, new_request_id, open_desk

__all__ = ["CORE", "ROOMS", "Desk", "drafts_of", "new_request_id", "open_desk", "seals_file", "store_url"]
