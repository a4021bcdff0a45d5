"""The steps from one schema to the next (Alembic), in `versions/`.

A revision is called by its number and the first version of Hourbook that has it, so that an older
Hourbook can say which version a database needs. `HEAD` is the newest one; it stands here because
Alembic is not imported at a start that has nothing to migrate. `generate.py` writes new steps.
"""

HEAD = "0004_v0.1.0"
