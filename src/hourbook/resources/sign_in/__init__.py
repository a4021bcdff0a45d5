"""Sign-in: sessions, passwords, second factors, and API keys as their owner manages them."""
