"""Run by Alembic for every command; `db/migrate.py` hands over the connection it works on.

The transaction belongs to whoever opened the connection. Nothing here opens a database.
"""

from alembic import context

from hourbook.db.schema import whole_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=whole_tables(),
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
