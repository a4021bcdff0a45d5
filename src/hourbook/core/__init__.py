"""The pure ground everything stands on: time, identity, durations, money, calendar, errors.

No I/O happens here and nothing of ours is imported; the standard library, msgspec and the
zone data are all it may use (a test in tests/architecture holds that).
"""
