"""Single sign-on: a workspace's identity provider, and signing in through it."""
