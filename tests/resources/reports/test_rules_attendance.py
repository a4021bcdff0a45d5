"""Clocks of many moments, and cells of people and days."""

from datetime import date

import numpy as np
import pytest

from hourbook.core.calendar import utc_offset_s
from hourbook.resources.reports.rules_grid import Grid
from hourbook.resources.reports.rules_walls import offsets_of, walls_of

YEAR_S = 366 * 86_400
NEW_YEAR_S = 1_767_225_600
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_of_many_moments_are_those_of_each(zone: str) -> None:
    moments = np.array(sorted({*range(NEW_YEAR_S, NEW_YEAR_S + YEAR_S, 1801), NEW_YEAR_S + YEAR_S}), dtype=np.int64)
    expected = [moment + utc_offset_s(moment, zone) for moment in moments.tolist()]
    assert walls_of(moments, zone).tolist() == expected
    assert walls_of(moments[::-1], zone).tolist() == expected[::-1]
    assert walls_of(moments[::-997], zone).tolist() == expected[::-997]


def test_an_offset_changes_at_the_very_second() -> None:
    bounds, offsets = offsets_of("Europe/Berlin", NEW_YEAR_S, NEW_YEAR_S + YEAR_S)
    assert offsets.tolist() == [3600, 7200, 3600]
    # 2026-03-29 and 2026-10-25, 01:00 UTC.
    assert bounds.tolist() == [NEW_YEAR_S, 1_774_746_000, 1_792_890_000]


def test_of_no_moments_there_are_no_clocks() -> None:
    assert walls_of(np.array([], dtype=np.int64), "Europe/Berlin").tolist() == []


def test_capacity_is_there_on_working_days_alone() -> None:
    days = [date(2026, 5, 17), date(2026, 5, 18)]
    working = np.array([[True] + [False] * 6, [False] * 6 + [True]])
    assert Grid(days, [10, 20], working).capacity.tolist() == [0, 10, 20, 0]


def test_nobody_has_no_cells() -> None:
    assert Grid([date(2026, 5, 17)], [], np.zeros((0, 7), dtype=bool)).size == 0
