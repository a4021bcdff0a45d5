"""The outbox of mails: queueing, leasing, what became of each."""
