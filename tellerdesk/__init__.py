"""The teller's desk: agency bill payment and ETC at a bank counter."""

__version__ = "0.1.0"
