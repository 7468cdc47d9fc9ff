"""Overseers are read from the posts that people hold (shared/posts.py)."""

from alembic import op

revision = "gateway_0003"
down_revision = "gateway_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("overseer")
