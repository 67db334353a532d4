"""B1, B3: many at once for one coupon, or with one and the same signup, through a real server."""

import contextlib

import pytest
from running import Visitor, at_once, new_id, running, size, value_of
from shop import a_phone

pytestmark = pytest.mark.slow
ROW_COUNT = "SELECT count(*) FROM {}"


@contextlib.contextmanager
def visitors(server, count: int, like: Visitor | None = None):
    """So many people, each on a line of her own; `like` lends them her cookies."""
    people = [Visitor(server) for _ in range(count)]
    lender = like or Visitor(server)
    if lender.token is None:
        lender.visit("/")
    for person in people:
        person.cookies, person.token = dict(lender.cookies), lender.token
    yield people
    for person in people:
        person.leave()


def test_a_coupon_is_spent_once_however_many_hands(in_memory, figures):
    coupons, hands = size(40, 200), 16
    spent, refused, other = 0, 0, []
    with running(in_memory / "shop", threads=16) as server:
        manager = Visitor(server)
        manager.set_up()
        with visitors(server, hands, manager) as tills:
            for _ in range(coupons):
                code = manager.sign_up(new_id(), phone=a_phone()).json["code"]
                answers = at_once([lambda till=till, code=code: till.redeem(code, new_id()) for till in tills])
                spent += sum(answer.status == 201 for answer in answers)
                refused += sum(answer.status == 409 and answer.json["refusal"] == "used" for answer in answers)
                other += [answer.status for answer in answers if answer.status not in (201, 409)]
        rows = value_of(server.file, ROW_COUNT.format("redemption"))

    figures(f"B1 {coupons} coupons, {hands} hands", spent=spent, refused=refused, other=len(other), rows=rows)
    assert (spent, refused, other, rows) == (coupons, coupons * (hands - 1), [], coupons)


def test_a_signup_sent_fifty_times_at_once_is_one(in_memory, figures):
    operations, times = size(20, 100), 50
    made, repeated, other, codes = 0, 0, [], set()
    with running(in_memory / "shop", threads=16) as server, visitors(server, times) as people:
        for _ in range(operations):
            same = {"operation_id": new_id(), "phone": a_phone()}
            answers = at_once([lambda person=person, same=same: person.sign_up(**same) for person in people])
            made += sum(answer.status == 201 for answer in answers)
            repeated += sum(answer.status == 200 for answer in answers)
            other += [answer.status for answer in answers if answer.status not in (200, 201)]
            codes |= {answer.json.get("code") for answer in answers}
        rows = [value_of(server.file, ROW_COUNT.format(table)) for table in ("signup", "coupon", "customer", "consent")]

    figures(f"B3 {operations} signups, each {times} times", made=made, repeated=repeated, other=len(other),
            codes=len(codes), rows=rows)  # fmt: skip
    assert (made, repeated, other) == (operations, operations * (times - 1), [])
    assert [len(codes), *rows] == [operations] * 5
