"""Who oversees, keeps seals, administers: read from the posts people hold (shared/posts.py)."""

from alembic import op

revision = "document_0003"
down_revision = "document_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("administrator")
    op.drop_table("seal_keeper")
    op.drop_table("overseer")
