"""`hourbook mail`: whether mail goes out, what waits, and trying at once what waits.

`test` speaks to the mail server from this process, without the outbox, and says precisely which step
failed. Values of mails (links) are never shown.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hourbook.cli.runtime import (
    Commands,
    DatabaseOption,
    DataOption,
    JsonOption,
    opened,
    print_json,
    settings_of,
)
from hourbook.core.errors import CannotRun

if TYPE_CHECKING:
    from hourbook.resources.mail.rules import QueuedMail

SHOWN = 50
mail = typer.Typer(cls=Commands, no_args_is_help=True, help="Sending mail: a test, what waits, another try.")


@mail.command("test")
def send_test(
    address: Annotated[str, typer.Argument(help="Whom the test mail is sent to.")],
    language: Annotated[str, typer.Option(help="The language of the mail, like en or de.")] = "en",
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Send a test mail now and say what the mail server answered, or what failed."""
    import secrets

    from hourbook.resources.mail.rules import check_address
    from hourbook.worker import mails, smtp

    settings = settings_of(data=data, database=database)
    if not settings.mail_is_on:
        raise CannotRun("No mail is sent: SMTP_HOST is not set. `hourbook settings` lists what belongs to it.")
    rendered = mails.render("test", {}, language=language, zone="UTC")
    message_id = "test-" + secrets.token_hex(8)
    message = smtp.compose(rendered, to=check_address(address), sender=settings.mail_from, message_id=message_id)
    try:
        answer = smtp.deliver(settings, message)
    except smtp.NotSent as error:
        raise CannotRun(f"The mail was not sent: {error}.") from None
    typer.echo(f"The mail to {address} is on its way: {answer}.")


@mail.command("list")
def list_mails(
    limit: Annotated[int, typer.Option(help="How many, the last changed first.", min=1, max=1000)] = SHOWN,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List mails that wait, were sent or were given up, with the reason."""
    from hourbook.resources.mail import actions

    with opened(settings_of(data=data, database=database)) as database_open:
        rows = [_listed(one) for one in database_open.read(lambda tx: actions.list_recent(tx, limit))]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        tries = f"{row['tries']} {'try' if row['tries'] == 1 else 'tries'}"
        reason = f"  {row['reason']}" if row["reason"] else ""
        typer.echo(f"{row['changedAt']}  {row['state']:<6}  {row['template']}  {row['to']}  {tries}{reason}")
    if not rows:
        typer.echo("No mail was queued yet.")


@mail.command("retry")
def retry(data: DataOption = None, database: DatabaseOption = None) -> None:
    """Try every mail that waits at once, instead of when its pause is over."""
    from hourbook.resources.mail import actions

    with opened(settings_of(data=data, database=database)) as database_open:
        count = database_open.write(actions.retry_now)
    typer.echo(f"{count} {'mail is' if count == 1 else 'mails are'} tried at once.")


def _listed(one: "QueuedMail") -> dict[str, Any]:
    from hourbook.core.calendar import format_instant
    from hourbook.core.clock import seconds_of

    def instant(at_us: int) -> str:
        return format_instant(seconds_of(at_us))

    return {
        "mailId": one.id,
        "state": one.state.value,
        "to": one.recipient,
        "template": one.template,
        "tries": one.attempts,
        "queuedAt": instant(one.created_at_us),
        "changedAt": instant(one.updated_at_us),
        "nextTryAt": instant(one.next_try_at_us) if one.state == "QUEUED" else None,
        "reason": one.reason or None,
    }
