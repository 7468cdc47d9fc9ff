"""Tables that only grow: the database itself refuses to change or remove their rows.

For migrations. Whoever owns the database can drop the triggers; the chain of hashes over the rows
shows what was done then.
"""

from alembic import op

_SQLITE = """
CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""  # noqa: E501
_POSTGRESQL = (
    "CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def append_only(*tables: str) -> None:
    """From now on UPDATE, DELETE and TRUNCATE of these tables fail."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        for table in tables:
            for statement in _POSTGRESQL:
                op.execute(statement.format(table=table))
        return
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(table=table, verb=verb))


def written_once(table: str, *columns: str) -> None:
    """From now on these columns of a row never change, and no row is removed; others may change."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
        op.execute(
            f"CREATE TRIGGER {table}_keeps_columns BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_keeps_rows BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(_SQLITE.format(table=table, verb="DELETE"))
    verb = f"UPDATE OF {', '.join(columns)}"
    named = _SQLITE.replace("{table}_keeps_{verb}", "{table}_keeps_columns")
    op.execute(named.format(table=table, verb=verb))
