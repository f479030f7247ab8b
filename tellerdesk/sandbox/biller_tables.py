"""The tables of a biller's books, and the day they were opened."""

from __future__ import annotations

import json
import sqlite3
from datetime import date

from tellerdesk.sandbox import people
from tellerdesk.sandbox.profiles import Profile

SCHEMA = """
CREATE TABLE IF NOT EXISTS consumers (
    consumer_no TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    standing TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrears (
    consumer_no TEXT NOT NULL REFERENCES consumers,
    period TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    paid_by TEXT REFERENCES payments,
    PRIMARY KEY (consumer_no, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS more_of_consumers (
    consumer_no TEXT PRIMARY KEY REFERENCES consumers,
    opening_fen INTEGER NOT NULL,
    facts TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offers (
    reference TEXT PRIMARY KEY,
    consumer_no TEXT NOT NULL,
    period TEXT NOT NULL,
    late_fee_fen INTEGER NOT NULL,
    made_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payments (
    biller_serial TEXT PRIMARY KEY,
    leg_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    channel_serial TEXT NOT NULL,
    consumer_no TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    accounting_date TEXT NOT NULL,
    state TEXT NOT NULL,
    booked_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payments_by_leg ON payments (leg_id);
CREATE TABLE IF NOT EXISTS splits (
    biller_serial TEXT PRIMARY KEY REFERENCES payments,
    consumer_no TEXT NOT NULL,
    late_fee_fen INTEGER NOT NULL,
    kept_fen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS splits_by_consumer ON splits (consumer_no);
CREATE TABLE IF NOT EXISTS allotments (
    consumer_no TEXT NOT NULL,
    period TEXT NOT NULL,
    biller_serial TEXT NOT NULL REFERENCES payments,
    amount_fen INTEGER NOT NULL,
    PRIMARY KEY (consumer_no, period, biller_serial)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cancellations (
    cancel_serial TEXT PRIMARY KEY,
    biller_serial TEXT NOT NULL UNIQUE REFERENCES payments,
    leg_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    booked_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refunds (
    agreement_no TEXT PRIMARY KEY,
    biller_serial TEXT NOT NULL UNIQUE REFERENCES payments,
    leg_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    agreed_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invoices (
    biller_serial TEXT PRIMARY KEY REFERENCES payments,
    invoice_no TEXT NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uses (
    number INTEGER PRIMARY KEY,
    consumer_no TEXT NOT NULL REFERENCES consumers,
    amount_fen INTEGER NOT NULL,
    payments_before INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS uses_by_consumer ON uses (consumer_no);
CREATE VIEW IF NOT EXISTS standing_allotments AS
    SELECT allotments.* FROM allotments JOIN payments USING (biller_serial) WHERE payments.state = 'PAID';
CREATE VIEW IF NOT EXISTS standing_splits AS
    SELECT splits.* FROM splits JOIN payments USING (biller_serial) WHERE payments.state = 'PAID';
CREATE VIEW IF NOT EXISTS balances AS
    SELECT consumer_no, opening_fen
        + COALESCE((SELECT SUM(kept_fen) FROM standing_splits kept WHERE kept.consumer_no = more.consumer_no), 0)
        - COALESCE((SELECT SUM(amount_fen) FROM uses WHERE uses.consumer_no = more.consumer_no), 0) AS fen
    FROM more_of_consumers more;
"""
"""Splits and allotments say where a payment went: to which periods, to the late fee, and what was kept as balance. They
stay when it is undone; what counts then is the payment's state (PAID, CANCELLED, REFUNDED).

`uses` is what consumers have spent of their balances, each after so many payments of this biller.
"""


def open_books(connection: sqlite3.Connection, profile: Profile, opening_date: date) -> None:
    """The biller's consumers and what they owe."""
    served = [(profile.number(one.index), one) for one in people.people(profile.consumers)]
    connection.executemany(
        "INSERT INTO consumers VALUES (?,?,?,?)",
        [
            (number, one.name, one.address if profile.tells_address else "", people.standing(one.index).value)
            for number, one in served
        ],
    )
    connection.executemany(
        "INSERT INTO arrears VALUES (?,?,?,NULL)",
        [(number, period, fen) for number, one in served for period, fen in profile.owes(one.index, opening_date)],
    )
    connection.executemany(
        "INSERT INTO more_of_consumers VALUES (?,?,?)",
        [
            (number, profile.balance_fen(one.index), json.dumps(profile.facts(one.index), ensure_ascii=False))
            for number, one in served
        ],
    )
