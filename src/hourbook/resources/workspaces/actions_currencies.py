"""The verbs of a workspace's currencies: list, add, remove, make another one the default.

No amount is ever converted. A time entry keeps the currency it was tracked in, a client its own;
what a change of the default would turn into other money is refused (docs/decisions).
"""

import msgspec

from hourbook.core.errors import InvalidValue, NameTaken
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.workspaces import actions, rules, store, store_currencies
from hourbook.resources.workspaces.rules import Currency, Workspace


def list_currencies(tx: ReadTx) -> list[Currency]:
    """By code."""
    return tx.rows(store.LIST_CURRENCIES, workspace_ids=[tx.workspace_id])


def add_currency(tx: Tx, code: str | None) -> Currency:
    """InvalidValue for what is no code of ISO 4217, NameTaken for one that is there."""
    _lock(tx)
    wanted = rules.check_currency(code)
    if any(other.code == wanted for other in list_currencies(tx)):
        raise NameTaken("Currency", wanted)
    currency = Currency(tx.workspace_id, tx.new_id(), wanted, False)
    tx.insert(store.CURRENCY, currency)
    return currency


def remove_currency(tx: Tx, currency_id: str) -> None:
    """InvalidValue for the default one and for one that a client or a time entry is in."""
    _lock(tx)
    currency = _get(tx, currency_id)
    if currency.is_default:
        raise InvalidValue("The default currency can't be removed. Make another one the default first.")
    if store_currencies.is_currency_used(tx, currency):
        raise InvalidValue(f"{currency.code} can't be removed: clients or time entries are in it.")
    tx.delete(store.CURRENCY, currency)


def make_default(tx: Tx, currency_id: str) -> Currency:
    """Whatever names no currency is in this one from now on.

    InvalidValue while rates are set that would become other money by that: rates of the workspace, of
    members, and of projects and tasks without a client.
    """
    workspace = _lock(tx)
    currency = _get(tx, currency_id)
    if currency.is_default:
        return currency
    if store_currencies.has_rates_in_default(tx):
        raise InvalidValue(
            f"Rates are set in {workspace.currency}, and the same numbers in {currency.code} would be other money. "
            "Set them to 0, or give the projects clients with a currency of their own, then change the default."
        )
    before = actions.default_currency(tx)
    after = msgspec.structs.replace(currency, is_default=True)
    tx.update(store.CURRENCY, before, msgspec.structs.replace(before, is_default=False))
    tx.update(store.CURRENCY, currency, after)
    tx.update(store.WORKSPACE, workspace, msgspec.structs.replace(workspace, currency=currency.code))
    return after


def _get(tx: Tx, currency_id: str) -> Currency:
    found: Currency = tx.get(store.CURRENCY, currency_id, locked=True)
    return found


def _lock(tx: Tx) -> Workspace:
    """Changes of a workspace's currencies come one after the other."""
    found: Workspace = tx.get(store.WORKSPACE, tx.workspace_id, locked=True)
    return found
