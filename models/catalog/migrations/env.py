"""What Alembic runs for each command: the revisions, on the connection it was handed."""

from alembic import context

from gluematch.models.catalog.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
