"""Run by Alembic for every command; `db/migrate.py` hands over the connection it works on.

The transaction belongs to whoever opened the connection. Nothing here opens a database.
"""

from alembic import context

from hourbook.db.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
