"""What is asked of the database while something is done: the statements, counted, and how SQLite carries them out."""

import re
from contextlib import contextmanager

from sqlalchemy import Engine, event

BIG = ("customer", "name_word", "coupon", "signup", "visit", "redemption", "undo", "audit", "answer", "consent",
       "reward", "referral", "message")  # fmt: skip
ABOUT_TRANSACTIONS = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Said:
    """The statements in the order they were sent, and their parameters; without those about a transaction."""

    def __init__(self, engine):
        self.engine, self.all, self.others = engine, [], 0

    def __len__(self):
        """How many there were, those about a transaction too."""
        return len(self.all) + self.others

    def __str__(self):
        return "\n".join(sql for sql, _ in self.all)

    def plans(self) -> list[tuple[str, str]]:
        """The steps in which SQLite carries them out (https://sqlite.org/eqp.html), each with its statement."""
        with self.engine.connect() as connection:
            asked = ((connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given), sql) for sql, given in self.all)
            return [(row[3], sql) for rows, sql in asked for row in rows]

    def scans(self) -> list[tuple[str, str]]:
        """The steps that read the whole of a table that grows with the shop, or all its rows that lack something, each
        with its statement."""
        whole = re.compile(rf"SCAN ({'|'.join(BIG)})(_\d+)?\b")
        return [(step, sql) for step, sql in self.plans() if whole.match(step) or _looks_for_none(step, sql)]

    def sorts(self) -> list[str]:
        """The statements of which rows are put in order only when all of them have been read."""
        return [sql for step, sql in self.plans() if step.startswith("USE TEMP B-TREE FOR ORDER BY")]


def _looks_for_none(step: str, sql: str) -> bool:
    """Whether the step takes an index to find the rows that have nothing in its column, which may be nearly all."""
    found = re.match(rf"SEARCH ((?:{'|'.join(BIG)})(?:_\d+)?) USING .*INDEX \w+ \((\w+)=\?\)", step)
    return bool(found) and f"{found[1]}.{found[2]} IS NULL" in sql


@contextmanager
def listening(engine):
    """The statements sent while the block runs, by whichever thread."""
    said = Said(engine)

    def note(_connection, _cursor, sql, parameters, _context, _many):
        if sql.startswith(ABOUT_TRANSACTIONS):
            said.others += 1
        else:
            said.all.append((sql, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)
