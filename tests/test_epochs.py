"""A restore makes no spent coupon good again, and lets nobody back in."""

from datetime import timedelta
from pathlib import Path

import pytest
from people import Staffer
from shop import NOON, a_coupon, at_till, close_shop, new_id, on_sqlite_only, open_shop, signed_up
from test_backup import Shop

from kiosk import config
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import by_hand, coupons
from kiosk.coupons.visits import Purchase
from kiosk.customers import forgetting
from kiosk.guard import audit
from kiosk.models import Audit, Coupon, Customer, Redemption, Staff
from kiosk.staff import people
from kiosk.upkeep import backup, epochs, restore, rotation

LATER = NOON + timedelta(hours=1)


def redeem(code, till, at=LATER, **said):
    return coupons.redeem(code, new_id(), at, by=till, **said).redemption


def word(code, till):
    with pytest.raises(Refusal) as refused:
        redeem(code, till)
    return refused.value.word


def told(redemption):
    """As the till's browser remembers it."""
    return epochs.Done(
        redemption.operation_id, epochs.named(redemption.coupon), redemption.visit.amount, redemption.happened_at
    )


@pytest.fixture
def after(app, folder):
    """Make some coupons and a backup, let something happen, and restore; gives back the codes and what happened."""

    def after(between, *, coupons=3, tills=("1",), restored_at=LATER):
        with app.app_context():
            codes = [a_coupon().code for _ in range(coupons)]
            for label in tills:
                at_till(label=label)
            backup.make(folder / "backup.suki", NOON)
            happened = between(codes)
        close_shop(app)
        restore.restore(folder / "backup.suki", Shop(app).settings, restored_at)
        return codes, happened

    return after


def all_redeemed(codes):
    return [told(redeem(code, at_till(), amount=20000)) for code in codes]


def test_of_fifty_coupons_redeemed_since_the_backup_none_is_spent_without_a_manager(app, after):
    codes, _ = after(all_redeemed, coupons=50)

    with app.app_context():
        till = at_till()
        assert [word(code, till) for code in codes] == ["maybe_used"] * 50
        assert db.session.query(Redemption).count() == 0
        assert redeem(a_coupon(LATER).code, till).coupon.is_spent  # one of after it is as good as any


def test_the_till_brings_back_what_it_did_and_the_doubt_ends(app, after):
    codes, done = after(lambda codes: all_redeemed(codes[:2]))

    with app.app_context():
        till = at_till()
        assert epochs.report(done, LATER, by=till) == 2
        assert epochs.report(done, LATER, by=till) == 0

        assert [word(code, till) for code in codes[:2]] == ["used", "used"]
        kept = db.session.query(Redemption).order_by(Redemption.id).all()
        assert [told(one) for one in kept] == done
        assert [(one.visit.discount, one.received_at) for one in kept] == [(2000, LATER)] * 2
        assert redeem(codes[2], till).coupon.is_spent
        assert [*audit.troubles()] == []


def test_each_till_has_to_report_and_a_piece_is_not_the_whole(app, after):
    codes, done = after(lambda codes: all_redeemed(codes[:1]), tills=("1", "2"))

    with app.app_context():
        one, two = at_till(label="1"), at_till(label="2")
        epochs.report(done, LATER, by=one, goes_on=True)
        epochs.report([], LATER, by=two)
        assert (word(codes[1], two), [till.label for till in epochs.silent_tills()]) == ("maybe_used", ["1"])

        epochs.report([], LATER, by=one)
        assert (redeem(codes[1], two).coupon.is_spent, epochs.silent_tills()) == (True, [])


def test_the_doubt_outlasts_reports_that_do_not_reach_back_to_the_backup(app, after):
    codes, _ = after(all_redeemed, restored_at=NOON + timedelta(hours=73))

    with app.app_context():
        epochs.report([], LATER, by=at_till())
        assert word(codes[0], at_till()) == "maybe_used"


def test_what_is_known_comes_before_what_is_in_doubt(app, after):
    codes, _ = after(all_redeemed)

    with app.app_context():
        with writing():
            void, other = (db.session.query(Coupon).filter_by(code=code).one() for code in codes[:2])
            void.voided_at = NOON
        till = at_till()

        assert [word(code, till) for code in codes[:2]] == ["void", "maybe_used"]
        made_up = [codes[1], f"{other.id} {'0' * 32}", epochs.named(void).replace(str(void.id), str(other.id), 1)]
        done = [epochs.Done(new_id(), name, None, NOON) for name in [epochs.named(void), *made_up]]
        assert epochs.report(done, LATER, by=till) == 0


def test_a_manager_lets_a_coupon_through_with_a_reason_once(app, after):
    codes, _ = after(all_redeemed)

    with app.app_context():
        till, coupon = at_till(), db.session.query(Coupon).filter_by(code=codes[0]).one()
        said = {"by": till, "purchase": Purchase(20000)}
        with pytest.raises(Invalid):
            by_hand.honour(coupon, new_id(), LATER, **said)

        by_hand.honour(coupon, new_id(), LATER, reason="The till is broken", **said)

        assert word(codes[0], till) == "used"
        noted = db.session.query(Audit).order_by(Audit.id.desc()).filter(Audit.action == "honour").first()
        assert noted.outcome == "done"


def test_at_the_till_it_says_may_have_been_used_before_anything_is_tapped(app, after):
    codes, _ = after(all_redeemed)
    ana, ben = Staffer(app, "Eva"), Staffer(app, "Ben", "cashier")
    for person in (ana, ben):
        person.becomes("till")
        person.sign_in()
        person.visit("/till")
        assert person.post("/till/lookups", json=False, q=codes[0]).status_code == 303
        page = person.visit("/till")
        assert "May have been used" in page.text
        assert not [tag for tag in page.all("button") if "data-redeem" in tag]
        assert ("Reason for giving the discount anyway" in page.text) is (person is ana)
    assert ben.redeem(codes[0]).json == {"refusal": "maybe_used"}

    assert ben.post("/till/reports", operations="[{}]").status_code == 422
    assert ben.post("/till/reports", operations="[]").json["epoch"] == LATER.isoformat()


def test_who_was_deactivated_since_the_backup_stays_out_until_a_manager_lets_her_in(run, app, folder):
    ana, ben = Staffer(app), Staffer(app, "Ben", "cashier")
    with app.app_context():
        backup.make(folder / "backup.suki", NOON)
        people.disable(ben.id, NOON, by=at_till("Ana"))
    close_shop(app)

    done = run("restore", folder / "backup.suki")

    assert "Deactivated since that backup, and still so until a manager lets them in: Ben." in done.output
    with app.app_context():
        assert db.session.get(Staff, ben.id).disabled_at
        people.enable(ben.id, LATER, by=at_till("Ana"))
        assert (people.disable_again(LATER), db.session.get(Staff, ben.id).disabled_at) == ([], None)
    assert ben.sign_in().status_code == 303 and ana


@on_sqlite_only
def test_on_a_new_machine_the_lists_beside_the_backup_count(app, folder):
    with app.app_context():
        maria = signed_up(name="Maria").coupon.customer_id
        rotation.make(NOON)
        forgetting.forget(maria, NOON, by=None)
        rotation.make(NOON + timedelta(days=1))
        file = rotation.files_in(rotation.first_place())[-1]
    stick = folder / "stick"
    stick.mkdir()
    for one in (file, *file.parent.glob("forgotten")):
        (stick / one.name).write_bytes(one.read_bytes())
    settings = config.load({"KIOSK_INSTANCE": str(folder / "new")})
    Path(settings["KIOSK_INSTANCE"]).mkdir()
    (Path(settings["KIOSK_INSTANCE"]) / "tmp").mkdir()

    restore.restore(stick / file.name, settings, LATER)

    there = open_shop(settings["KIOSK_INSTANCE"])
    with there.app_context():
        assert db.session.query(Customer).count() == 1
        assert (forgetting.forget_again(LATER), db.session.query(Customer).count()) == (1, 0)
    close_shop(there)
