"""The counterparts as programs: a core bank, six billers and a PIN pad, with their own ledgers, over real HTTP.

For training, tests and demonstrations. The desk never imports this package: it meets the counterparts over the network
alone. One process holds them all, each behind a fault front that can lose, delay, double and garble messages on demand.
"""
