"""Who owns a transaction, and what happens to a write that is begun inside another."""

import ast
from collections import defaultdict

import pytest
from shop import NOON
from test_house import PACKAGE, name_of

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import Nested, writes, writing
from kiosk.guard import audit, limits
from kiosk.models import Setting


def keep(name: str) -> None:
    db.session.add(Setting(name=name, value="1"))


def keep_and_count() -> None:
    keep("a")
    limits.count("a", most=None, seconds=60, at=NOON)


def names_stored() -> set[str]:
    return {setting.name for setting in db.session.query(Setting)}


def test_a_verb_inside_a_verb_is_refused_by_both_names(in_shop):
    with pytest.raises(Nested, match=r"kiosk\.guard\.limits\.add_count .* test_writing\.keep_and_count"):
        writes(keep_and_count)()

    writes(keep)("b")  # and the next is served
    assert names_stored() == {"b"}


def test_a_door_inside_a_door_is_refused_by_both_names(in_shop):
    def inner():
        with writing():
            keep("inner")

    def outer():
        with writing():
            keep("outer")
            with pytest.raises(Nested, match=r"<locals>\.inner .*<locals>\.outer"):
                inner()

    outer()

    assert names_stored() == {"outer"}  # what was begun goes on as if nothing had been tried


def test_a_refusal_noted_inside_a_write_is_refused_too(in_shop):
    @writes
    def refused_inside():
        with audit.refusals("redeem", NOON, by=audit.Actor()):
            raise Refusal("used")

    with pytest.raises(Nested, match="add_note"):
        refused_inside()


def test_a_write_that_fails_leaves_the_next_its_turn(in_shop):
    with pytest.raises(RuntimeError, match="broken"), writing():
        raise RuntimeError("broken")

    writes(keep)("after")

    assert names_stored() == {"after"}


class Calls(ast.NodeVisitor):
    """Whom each function of a module calls, and which own their transaction, by full names."""

    def __init__(self, module, path, calls, owners):
        self.module, self.calls, self.owners, self.names, self.within = module, calls, owners, {}, None
        self.visit(ast.parse(path.read_text()))

    def visit_ImportFrom(self, node):
        self.names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}

    def visit_FunctionDef(self, node):
        if self.within is None:
            self.within = f"{self.module}.{node.name}"
            if "writes" in (getattr(one, "id", "") for one in node.decorator_list):
                self.owners.add(self.within)
            self.generic_visit(node)
            self.within = None
        else:
            self.generic_visit(node)

    def visit_Assign(self, node):
        value = node.value
        if self.within is None and isinstance(value, ast.Call) and getattr(value.func, "id", "") == "writes":
            owner = f"{self.module}.{node.targets[0].id}"
            self.owners.add(owner)
            self.calls[owner].add(self.full_name(value.args[0]))
        self.generic_visit(node)

    def visit_Call(self, node):
        if self.within:
            self.calls[self.within].add(self.full_name(node.func))
        self.generic_visit(node)

    def visit_With(self, node):
        """What stands inside the door is an owner, and its function calls it."""
        opens = [ast.unparse(item.context_expr) for item in node.items]
        if self.within is None or "writing()" not in opens:
            return self.generic_visit(node)
        outside, self.within = self.within, f"{self.within} inside"
        self.calls[outside].add(self.within)
        self.owners.add(self.within)
        for statement in node.body:
            self.visit(statement)
        self.within = outside

    def full_name(self, node) -> str:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return f"{self.names.get(node.value.id, node.value.id)}.{node.attr}"
        name = getattr(node, "id", "")
        return self.names.get(name, f"{self.module}.{name}")


def nested(package=PACKAGE) -> list[str]:
    """Every owner of a transaction that calls another one, be it through others."""
    calls, owners, found = defaultdict(set), set(), []
    for path in package.rglob("*.py"):
        Calls(name_of(path, package), path, calls, owners)
    for owner in owners:
        reached, new = set(), {owner}
        while new:
            reached |= new
            new = set().union(*(calls[one] for one in new)) - reached
            found += [f"{owner} reaches {one}" for one in new & owners]
            new -= owners
    return sorted(found)


def test_who_owns_a_transaction_calls_nobody_who_does():
    assert nested() == []


@pytest.mark.parametrize(
    "line",
    [
        "@writes\ndef a(): limits.count()",
        "@writes\ndef a(): b()\ndef b(): limits.count()",
        "def add_a(): limits.count()\na = writes(add_a)",
        "def a():\n    with writing(): limits.count()",
    ],
)
def test_that_test_bites(tmp_path, line):
    (tmp_path / "limits.py").write_text((PACKAGE / "guard" / "limits.py").read_text())
    (tmp_path / "planted.py").write_text(
        f"from kiosk import limits\nfrom kiosk.base.writing import writes, writing\n{line}\n"
    )

    assert [one.replace("a inside", "a") for one in nested(tmp_path)] == ["kiosk.planted.a reaches kiosk.limits.count"]
