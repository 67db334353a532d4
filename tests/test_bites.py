"""A test that cannot fail is worse than none: each of these shops is broken on purpose, and a named test notices."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest
from shop import IS_FULL
from sqlalchemy import make_url
from test_start import ROOT

GUARDED = """\
    if db.session.execute(CLAIM, {"coupon_id": coupon.id, "at": at}).rowcount != 1:
        raise _used(coupon.id, at, by)
"""
CHECKED_FIRST = """\
    db.session.execute(update(Coupon.__table__).where(COUPON.id == coupon.id).values(spent_at=at))
"""
COMMIT = "db.session.begin():"
COMMIT_LATER = "committed_later():"
DOOR = "@contextmanager\ndef _writing(verb: str):\n"
LATER = """\
@contextmanager
def committed_later():
    import flask
    yield
    session = db.session()
    session.flush()
    flask.after_this_request(lambda answer: answer.call_on_close(session.commit) and answer)


"""
LOCK = '    alone(f"coupon {coupon.id}")\n'
LIVE_INDEX = "unique=True, **dict.fromkeys(WHERE, LIVE)"

DISABLED = """\
person.disabled_at = person.disabled_at or at
    end_sessions(at, StaffSession.staff_id == person_id)
"""


@dataclass(frozen=True)
class Broken:
    """What is wrong with the shop: texts of its files and what stands there instead; and the test that notices."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    caught_by: str


def broken(name: str, *changes: tuple[str, str, str], caught_by: str) -> Broken:
    return Broken(name, changes, caught_by)


NO_INDEX = ("kiosk/models/coupons.py", LIVE_INDEX, LIVE_INDEX.replace("True", "False"))
COUPONS, VISITS = "kiosk/coupons/coupons.py", "kiosk/coupons/visits.py"
SETTINGS = "test_database.py::test_every_connection_is_told_the_same_settings[sqlite]"
QUESTIONS = "test_office_questions.py"
TABLE = [
    broken("check, then act", (COUPONS, GUARDED, CHECKED_FIRST), (COUPONS, LOCK, ""), NO_INDEX,
           caught_by="test_coupons.py::test_sixteen_tills_redeem_each_coupon_once[postgresql-15]"),
    broken("no unique index", NO_INDEX,
           caught_by="test_coupons.py::test_the_database_itself_allows_one_live_redemption[sqlite]"),
    broken("no unique index on PostgreSQL", NO_INDEX,
           caught_by="test_coupons.py::test_the_database_itself_allows_one_live_redemption[postgresql]"),
    broken("no lock where a race is decided",
           ("kiosk/base/writing.py", "if not is_sqlite():\n        db.session", "if False:\n        db.session"),
           caught_by="test_at_once.py::test_set_up_in_two_browsers_at_once_makes_one_manager[postgresql]"),
    broken("who loses a race does not look again",
           ("kiosk/base/writing.py", "for tries_left in (2, 1, 0)", "for tries_left in (0,)"),
           caught_by="test_at_once.py::test_one_person_with_two_contacts_at_many_tablets_is_one_customer[postgresql]"),
    broken("synchronous=OFF", ("kiosk/base/database.py", '"synchronous": "FULL"', '"synchronous": "OFF"'),
           caught_by=SETTINGS),
    broken("synchronous=NORMAL", ("kiosk/base/database.py", '"synchronous": "FULL"', '"synchronous": "NORMAL"'),
           caught_by=SETTINGS),
    broken("secure_delete off", ("kiosk/base/database.py", '"secure_delete": "ON"', '"secure_delete": "OFF"'),
           caught_by=SETTINGS),
    broken("answer before commit",
           ("kiosk/base/writing.py", COMMIT, COMMIT_LATER), ("kiosk/base/writing.py", DOOR, LATER + DOOR),
           caught_by="test_tablet.py::test_an_answer_is_given_only_for_what_is_stored[sqlite]"),
    broken("sign-ups know no operation", ("kiosk/signups/signup.py", "    if there.before_id:\n", "    if False:\n"),
           caught_by="test_signup.py::test_the_same_operation_again_is_the_same_coupon[sqlite]"),
    broken("redemptions know no operation",
           (COUPONS, "    if before:\n        return _repeat", "    if False:\n        return _repeat"),
           caught_by="test_coupons.py::test_the_same_operation_again_is_the_same_redemption[sqlite]"),
    broken("purchases know no operation",
           (VISITS, "if before := made_by(operation_id, customer_id, by):", "if before := None:"),
           caught_by="test_visits.py::test_a_purchase_without_a_coupon_is_kept_once[sqlite]"),
    broken("anybody gives a discount", ("kiosk/coupons/by_hand.py", "if not by.staff.is_manager:", "if False:"),
           caught_by="test_visits.py::test_a_discount_is_a_managers_and_has_a_reason[sqlite]"),
    broken("an undo leaves the sums",
           ("kiosk/coupons/corrections.py", "    visits.take_back(redemption.visit, at, by, reason)\n", ""),
           caught_by="test_visits.py::test_an_undo_is_a_further_row_that_takes_the_sums_back[sqlite]"),
    broken("no turnstile",
           ("kiosk/base/writing.py", "with _turnstile if writer else nullcontext(), ", "with nullcontext(), "),
           caught_by="test_database.py::test_writers_are_served_in_the_order_they_came[sqlite]"),
    broken("no BEGIN IMMEDIATE",
           ("kiosk/base/writing.py", '.exec_driver_sql("BEGIN IMMEDIATE")', ""),
           caught_by="test_database.py::test_what_fails_leaves_nothing_behind[sqlite]"),
    broken("the spreadsheet guesses",
           ("kiosk/reports/spreadsheets.py", "writes.get(kind, page._write_string)", "writes.get(kind, page.write)"),
           caught_by="test_exports.py::test_nasty_values_come_back_identical_from_excel[sqlite]"),
    broken("no guard in CSV",
           ("kiosk/reports/spreadsheets.py", """return text if is_harmless else "'" + text""", "return text"),
           caught_by="test_exports.py::test_nasty_values_come_back_from_csv_but_for_the_guard[sqlite]"),
    broken("a formula begins where the other separator is read",
           ("kiosk/reports/spreadsheets.py", "text = inside.sub(r\"\\1'\", text)", "pass"),
           caught_by="test_dialects.py::test_a_formula_on_a_further_line_is_none[,]"),
    broken("the closing report counts what was undone",
           ("kiosk/reports/sums.py", "query.where(STANDS, ", "query.where("),
           caught_by="test_closing.py::test_what_was_refused_or_undone_is_worth_a_look_and_no_figure[sqlite]"),
    broken("kept sums are believed whatever became of the purchases since",
           ("kiosk/reports/sums.py", "_days_since(kept) if kept else (), _until", "set(), _until"),
           caught_by="test_sums.py::test_the_sums_are_those_of_the_rows_whatever_happened[sqlite-0]"),
    broken("the night believes what it counted of new customers the night before",
           ("kiosk/reports/cohorts.py", "or 0) >= MANY:",
            "or 0) >= MANY and not db.session.query(DaySum).filter_by(what=OF_COHORTS[0]).count():"),
           caught_by="test_sums.py::test_what_became_of_new_customers_is_that_of_the_rows_every_night[sqlite-0]"),
    broken("what the night counted by another clock is believed",
           ("kiosk/reports/cohorts.py", "min(last, sums.kept_until())", "last"),
           caught_by="test_sums.py::test_new_customers_of_days_in_another_zone_are_counted_anew[sqlite]"),
    broken("who was merged is not found by the other name",
           ("kiosk/customers/filters.py", "or_(each, merged)", "or_(each)"),
           caught_by="test_customers.py::test_a_code_or_card_finds_the_one_person_also_after_a_merge[sqlite-by row]"),
    broken("nobody is asked why everybody's contacts are taken",
           ("kiosk/views/office/room.py", 'else "not_said"', 'else ""'),
           caught_by="test_customers.py::test_the_log_keeps_why_everybodys_contacts_were_taken[sqlite--details2]"),
    broken("an answer means something else later",
           ("kiosk/signups/editing.py", "key not in still and text != in_every_language(before.text)", "False"),
           caught_by=f"{QUESTIONS}::test_a_choice_that_was_taken_away_never_means_something_else[sqlite]"),
    broken("a question changes its kind", ("kiosk/signups/editing.py", "before and kind != before.kind", "False"),
           caught_by=f"{QUESTIONS}::test_a_question_that_was_left_out_keeps_its_kind[sqlite]"),
    broken("a regular's answer is any answer",
           ("kiosk/signups/editing.py", 'before.role if before else ""', '""'),
           caught_by=f"{QUESTIONS}::test_whoever_comes_here_already_is_known_by_that_answer_after_an_edit_too[sqlite]"),
    broken("who saves last overwrites", ("kiosk/signups/editing.py", "if version != db.session", "if -1 == db.session"),
           caught_by=f"{QUESTIONS}::test_who_saves_what_was_read_before_somebody_elses_change_is_told[sqlite]"),
    broken("answers count for the questions of now",
           ("kiosk/views/asking.py", 'int(said) if re.fullmatch("[0-9]{1,9}", said) else None', "None"),
           caught_by=f"{QUESTIONS}::test_who_was_answering_while_a_version_was_saved_gets_a_coupon[sqlite]"),
    broken("answers are read by the questions of now",
           ("kiosk/reports/cells.py", "asked.get(version, newest).label(value)", "newest.label(value)"),
           caught_by=f"{QUESTIONS}::test_ten_edits_and_each_answer_is_read_by_its_own_version[sqlite]"),
    broken("a customer's page reads answers by the questions of now",
           ("kiosk/signups/questionnaires.py", "asked.get(key) or ever().get(key)", "ever().get(key)"),
           caught_by=f"{QUESTIONS}::test_ten_edits_and_each_answer_is_read_by_its_own_version[sqlite]"),
    broken("a question is a formula",
           ("kiosk/reports/spreadsheets.py", "writer.writerow(guard(", "writer.writerow(("),
           caught_by=f"{QUESTIONS}::test_a_text_is_never_markup_and_never_a_formula[sqlite]"),
    broken("a door stands open",
           ("kiosk/web/access.py", "door is None or not signed_in().may(door.to)", "False"),
           caught_by="test_access.py::test_every_door_opens_to_whom_its_route_says_and_to_nobody_else[sqlite]"),
    broken("PINs are not counted",
           ("kiosk/staff/sessions.py", "or_(Staff.pin_tries < TRIES_AT_ONCE, rested)", "Staff.id == staff_id"),
           caught_by="test_people.py::test_of_two_hundred_wrong_pins_at_once_five_are_looked_at[postgresql]"),
    broken("the audit's chain has no lock", ("kiosk/guard/audit.py", '    alone("audit")\n', ""),
           caught_by="test_audit.py::test_many_at_once_on_two_servers_make_one_chain[postgresql]"),
    broken("the audit's head is not looked at",
           ("kiosk/guard/audit.py", "if known and not is_in_chain(*known)}", "if False}"),
           caught_by="test_audit.py::test_whatever_is_done_to_the_chain_is_found[sqlite-tail cut]"),
    broken("the last manager may go",
           ("kiosk/staff/people.py", "if person.is_manager and db.session", "if False and db.session"),
           caught_by="test_people.py::test_the_last_manager_stays[sqlite]"),
    broken("who is disabled stays signed in", ("kiosk/staff/people.py", DISABLED, "person.disabled_at = at\n"),
           ("kiosk/staff/sessions.py", "found.ended_at or found.staff.disabled_at or", "found.ended_at or"),
           caught_by="test_people.py::test_who_is_disabled_is_out_within_a_second_everywhere[sqlite]"),
    broken("a session survives a change of rights",
           ("kiosk/staff/sessions.py", "(key_hash=devices.hashed(key), **changed)", "(**changed)"),
           caught_by="test_people.py::test_every_change_of_rights_is_a_new_session_and_the_old_one_is_dead[sqlite]"),
    broken("a pairing link is looked at first, and used after",
           ("kiosk/staff/devices.py", "update(Device).where(Device.key_hash == hashed(secret), _is_waiting(at))",
            "update(Device).where(Device.id == (device.id if device else 0))"),
           caught_by="test_devices.py::test_of_many_who_follow_a_link_at_once_one_is_paired[postgresql]"),
    broken("a stranger's tablet shows coupons",
           ("kiosk/signups/signup.py", "and not there.has_tablet and", "and"),
           caught_by="test_devices.py::test_once_a_tablet_is_paired_only_it_shows_a_coupon_again[sqlite]"),
    broken("outside, everybody's coupon is shown",
           ("kiosk/signups/signup.py", "has_tablet and not shop.current().public_url:", "has_tablet:"),
           caught_by="test_phone.py::test_from_outside_nobody_is_shown_another_persons_coupon[sqlite]"),
    broken("a form that is wrong asks for free",
           ("kiosk/views/till.py", "lookups.ask(scanned, by=signed_in(), at=now()) if is_wrong else lookups",
            "lookups"),
           caught_by="test_access.py::test_who_guesses_by_forms_that_are_wrong_is_stopped_too[sqlite-/till/redemptions-fields0]"),
    broken("a till's pages tell of anybody",
           ("kiosk/coupons/lookups.py", "return customer_id in known or", "return True or"),
           caught_by="test_till_tells.py::test_a_number_that_was_not_looked_up_tells_nothing[sqlite-/till/visits-fields1-page]"),
    broken("a refusal takes its count back",
           ("kiosk/coupons/lookups.py", '        return Refusal("unknown")\n', '        raise Refusal("unknown")\n'),
           caught_by="test_till_tells.py::test_each_such_try_counts_and_is_recorded[sqlite]"),
    broken("guesses in a pause are free",
           ("kiosk/coupons/lookups.py", "    if is_first:\n", "    if is_first and not paused:\n"),
           caught_by="test_coupons.py::test_a_guess_in_a_pause_counts_like_any_other[sqlite]"),
    broken("who asks whether a number is known is not counted",
           ("kiosk/signups/signup.py", "        writes(add_count)(way.sender, at)", "        pass"),
           caught_by="test_signup.py::test_who_asks_whether_numbers_are_known_is_limited_too[sqlite]"),
    broken("autocomplete missing", ("templates/parts/field.html", ' autocomplete="{{ autocomplete }}"', ""),
           caught_by="test_tablet.py::test_every_field_of_the_shared_tablet_refuses_autofill[sqlite]"),
]  # fmt: skip
# What money and data hang on is broken in every run, the others in a full one.
ALWAYS = {"check, then act", "no unique index", "synchronous=OFF", "synchronous=NORMAL", "answer before commit",
          "sign-ups know no operation", "redemptions know no operation", "no turnstile"}  # fmt: skip
TRIED = [shop for shop in TABLE if IS_FULL or shop.name in ALWAYS]


@pytest.fixture
def copied(tmp_path):
    """The project, where it may be broken."""
    folder = tmp_path / "suki"
    for name in ("kiosk", "templates", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "browser", "harness"))
    (folder / "static").symlink_to(ROOT / "static")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def tried(copied, postgresql):
    """Run tests of the copy, on the PostgreSQL there is; gives the exit code and what was said."""
    server = make_url(postgresql.new()).render_as_string(hide_password=False)

    def tried(*tests):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("KIOSK_", "PYTEST_"))}
        command = [sys.executable, "-m", "pytest", "-q", *(f"tests/{test}" for test in tests)]
        done = subprocess.run(
            command, cwd=copied, env=environment | {"KIOSK_TEST_PG_URL": server}, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    return tried


def test_the_table_is_about_the_shop_as_it_is():
    texts = [(ROOT / name).read_text().count(right) for shop in TABLE for name, right, _ in shop.changes]

    assert set(texts) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("shop", TRIED, ids=lambda shop: shop.name)
def test_a_broken_shop_is_noticed(copied, tried, shop):
    for name, right, wrong in shop.changes:
        text = (copied / name).read_text()
        assert text.count(right) == 1, f"{name} reads otherwise now: mend the table"
        (copied / name).write_text(text.replace(right, wrong))

    code, said = tried(shop.caught_by)

    assert (code, re.findall(r"\d+ (?:passed|failed|error)", said)) == (1, ["1 failed"]), said


@pytest.mark.slow
def test_those_tests_pass_in_a_shop_that_is_whole(tried):
    tests = sorted({shop.caught_by for shop in TRIED})

    code, said = tried(*tests)

    assert code == 0, said
    assert f"{len(tests)} passed" in said
