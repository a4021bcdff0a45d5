"""Rates: what an hour is worth, where and since when."""
