"""The fault harness: stops a flow at every step, lies to it in every way, and asks the counterparts' books.

A case is one transaction with one fault at most and one or two kills; `run` takes cases in bulk or one by its text.
"""
