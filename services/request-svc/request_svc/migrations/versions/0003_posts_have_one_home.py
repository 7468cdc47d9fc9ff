"""Overseers are read from the posts that people hold (shared/posts.py)."""

from alembic import op

revision = "request_0003"
down_revision = "request_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("overseer")
