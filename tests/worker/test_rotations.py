"""Secrets that follow each other within a day: each signs for a day after it was replaced."""

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Receiver
from tests.worker.test_deliveries import verify


def test_a_rotation_that_is_asked_for_twice_leaves_the_secret_its_day_that_the_receiver_knows(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = hooks.make(receiver.url)
    secrets = [webhook["signingSecret"]]
    for _ in range(2):
        rotated = hooks.office.owner.patch(f"/webhooks/{webhook['id']}/token").body
        hooks.server.secrets += [rotated["authToken"], rotated["signingSecret"]]
        secrets.append(rotated["signingSecret"])
        hooks.server.clock.move(3600)
    for seconds in (0, 82_800 - 3600, 3600):
        hooks.server.clock.move(seconds)
        hooks.test(webhook)
        hooks.deliver()
    all_three, two, one = receiver.got
    assert [len(got.headers["webhook-signature"].split()) for got in receiver.got] == [3, 2, 1]
    for secret in secrets:
        assert verify(secret, all_three)
    assert verify(secrets[1], two)
    with pytest.raises(WebhookVerificationError):
        verify(secrets[0], two)
    with pytest.raises(WebhookVerificationError):
        verify(secrets[1], one)
