"""Values that readers derive are kept for readers of the same state of what they were made from, and for no others."""

import numpy as np

from hourbook.columns.keeping import ColumnsKeeper
from tests.columns.comparing import opened
from tests.columns.test_keeping import add
from tests.harness import Office

TAGS = ("TAG",)


class Maker:
    """Makes another value each time it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count


def test_a_value_is_made_once_and_again_after_a_change_of_its_kinds(office: Office, keeper: ColumnsKeeper) -> None:
    make = Maker()
    with opened(office, keeper) as view:
        assert [view.memo("names", TAGS, make) for _ in range(2)] == [1, 1]
    with opened(office, keeper) as view:
        assert view.memo("names", TAGS, make) == 1
    add(office.owner)
    office.owner.post("/clients", {"name": "Another kind"})
    with opened(office, keeper) as view:
        assert view.memo("names", TAGS, make) == 1
    office.owner.post("/tags", {"name": "A tag"})
    with opened(office, keeper) as view:
        assert view.memo("names", TAGS, make) == 2
        assert view.memo("names", ("TAG", "CLIENT"), make) == 3


def test_a_value_made_by_a_reader_of_before_is_not_one_of_after(office: Office, keeper: ColumnsKeeper) -> None:
    make = Maker()
    with opened(office, keeper) as old:
        office.owner.post("/tags", {"name": "A tag"})
        with opened(office, keeper) as new:
            assert old.memo("names", TAGS, make) == 1
            assert new.memo("names", TAGS, make) == 2
            assert old.memo("names", TAGS, make) == 1
        with opened(office, keeper) as later:
            assert later.memo("names", TAGS, make) == 2


def test_a_value_made_by_a_reader_of_after_is_not_one_of_before(office: Office, keeper: ColumnsKeeper) -> None:
    make = Maker()
    with opened(office, keeper) as old:
        office.owner.post("/tags", {"name": "A tag"})
        with opened(office, keeper) as new:
            assert new.memo("names", TAGS, make) == 1
        assert old.memo("names", TAGS, make) == 2
        assert old.memo("names", TAGS, make) == 2
    with opened(office, keeper) as later:
        assert later.memo("names", TAGS, make) == 1


def test_readers_on_both_sides_of_a_change_of_something_else_share_a_value(
    office: Office, keeper: ColumnsKeeper
) -> None:
    make = Maker()
    with opened(office, keeper) as old:
        office.owner.post("/clients", {"name": "Another kind"})
        with opened(office, keeper) as new:
            assert new.memo("names", TAGS, make) == 1
            assert old.memo("names", TAGS, make) == 1


def test_values_are_gone_with_the_columns_and_counted_while_they_are_kept(office: Office) -> None:
    make, keeper = Maker(), ColumnsKeeper(1 << 30)
    with opened(office, keeper) as view:
        view.memo("names", TAGS, make)
    before = keeper.nbytes
    with opened(office, keeper) as view:
        view.memo("large", TAGS, lambda: {"one": [np.zeros(100_000)]})
    assert keeper.nbytes >= before + 800_000
    office.owner.post("/tags", {"name": "A tag"})
    with opened(office, keeper):
        pass
    assert keeper.nbytes < before + 800_000
    small = ColumnsKeeper(1)
    for number in (2, 3):
        with opened(office, small) as view:
            assert view.memo("names", TAGS, make) == number


def test_a_value_that_grows_is_counted_as_large_as_it_is(office: Office, keeper: ColumnsKeeper) -> None:
    class Growing:
        nbytes = 0

    with opened(office, keeper) as view:
        view.memo("grows", (), Growing)
    before = keeper.nbytes
    with opened(office, keeper) as view:
        view.memo("grows", (), Growing).nbytes = 5_000_000
    assert keeper.nbytes == before + 5_000_000
