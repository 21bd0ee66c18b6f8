"""Use cases with joins, locks and bulk statements work on SQLite and PostgreSQL."""

import copy

import pytest

from core.app import create_app, start
from core.domain.requests import ChangeRequest
from core.services import bookings, doctor
from frontdesk.testing.stores import KINDS, open_store
from plugins.bookablesites.usecases import deliveries
from tests.plugins.bookablesites.conftest import NOW, Api, Salon, configure


@pytest.fixture(params=KINDS)
def salon(request, tmp_path, make_api, clock):
    """A salon on each kind of datastore; ``make_api`` cleans up after it."""
    url = open_store(request.param, tmp_path)
    config = configure(
        tmp_path, url=url, tables={"webhooks": {"allow_private": True, "timeout": 1}}, allow_http_webhooks=True
    )
    manager = start(config, clock=clock, migrate=True)
    for model in manager.models["bookablesites"]:
        model.delete().execute()
    return Salon(Api(create_app(config, clock=clock, manager=manager), manager, clock))


def test_all_use_cases_in_one_round(salon, clock):
    api = salon.api
    service = salon.service(min_capacity=3, max_capacity=6, allow_below_min_capacity=True)
    webhook = {"name": "CRM", "event": "appointment.booked", "url": "http://127.0.0.1:9/"}
    webhook = api.post("webhooks", webhook, status=201).json
    first = salon.book(service, "09:00", persons=2, customer=salon.guest(1))
    second = salon.book(service, "09:00", customer=salon.guest(2))
    id = first["appointment_id"]
    assert api.get(f"appointments?status=approved&customer={second['customer']['id']}").json["data"][0]["id"] == id
    assert api.get("appointments?status=pending,canceled,rejected,no_show").json["pagination"]["total"] == 0
    moved = api.post(f"appointments/{id}/reschedule", {"date": salon.DAY, "time": "10:00"}, status=200).json
    assert (moved["id"], [b["id"] for b in moved["bookings"]]) == (id, [first["id"], second["id"]])
    group = {"customer": salon.mira, "bookings": [{"service": service, "date": salon.DAY, "time": "13:00"}] * 3}
    assert api.post("bookings/quote", group, status=200).json["available"] is True
    created = api.post("bookings", group, status=201).json
    assert len(api.delete(f"bookings/groups/{created['group_id']}", status=200).json["bookings"]) == 3
    assert api.get("appointments?sort_by=start_time&sort_order=asc&limit=1").json["pagination"]["total"] >= 2
    api.post(f"employees/{salon.ola}/days-off", {"start_date": "2026-06-08"}, status=201)
    assert salon.starts(service, day="2026-06-08") == []

    worker = deliveries.DeliveryWorker(api.manager.host)
    worker.work()
    attempts = api.get(f"webhooks/{webhook['id']}/deliveries").json["data"]
    assert len(attempts) == 5
    assert {attempt["status"] for attempt in attempts} == {"waiting"}
    clock.move(days=60)
    assert deliveries.prune(now=clock(), keep=deliveries.timedelta(days=30)) == 0
    worker.send_due()

    importer = api.manager.importers["bookablesites"]
    site = api.manager.host.site
    document = importer.dump(site=site, now=NOW)
    importer.load(copy.deepcopy(document), site=site, now=NOW)
    assert importer.dump(site=site, now=NOW) == document
    report = api.get("reports/bookings?start_date=2026-06-01&end_date=2026-06-30&group_by=customer").json
    assert report["totals"]["bookings"] == 5
    assert doctor.examine(now=NOW).breaches == []


def note_of(salon, id):
    return salon.api.get(f"appointments/{id}", status=200).json["note"]


def test_every_bookings_note_stays(salon):
    """Of a joined appointment, of a group and of an appointment with parties, also after an import."""
    service = salon.service(max_capacity=9)
    first = salon.book(service, "09:00", customer=salon.guest(1), note="nut allergy")
    id = first["appointment_id"]
    salon.book(service, "09:00", customer=salon.guest(2), note="brings a dog")
    salon.book(service, "09:00", customer=salon.guest(3))
    assert note_of(salon, id) == "nut allergy\nbrings a dog"

    time = {"service": service, "date": salon.DAY, "time": "09:00"}
    group = [{**time, "note": "front row"}, {**time, "note": "late"}]
    salon.api.post("bookings", {"customer": salon.mira, "bookings": group}, status=201)
    party = {**time, "bookings": [{"customer": salon.mira}, {"customer": salon.guest(4)}], "note": "two chairs"}
    assert salon.api.post("appointments", party, status=201).json["id"] == id
    all_notes = "nut allergy\nbrings a dog\nfront row\nlate\ntwo chairs"
    assert note_of(salon, id) == all_notes

    importer, site = salon.api.manager.importers["bookablesites"], salon.api.manager.host.site
    document = importer.dump(site=site, now=NOW)
    importer.load(copy.deepcopy(document), site=site, now=NOW)
    assert note_of(salon, id) == all_notes


def test_a_note_of_another_dialect_is_added(salon):
    service = salon.service(max_capacity=9)
    first = salon.book(service, "09:00", customer=salon.guest(1))
    bookings.update(first["id"], ChangeRequest(note="by phone"), now=NOW)
    salon.book(service, "09:00", customer=salon.guest(2), note="brings a dog")
    assert note_of(salon, first["appointment_id"]) == "by phone\nbrings a dog"


def test_a_patch_replaces_an_appointments_note(salon):
    service = salon.service(max_capacity=9)
    id = salon.book(service, "09:00", customer=salon.guest(1), note="nut allergy")["appointment_id"]
    other = salon.book(service, "09:00", customer=salon.guest(2), note="brings a dog")
    path = f"appointments/{id}"
    version = bookings.get(other["id"]).version
    salon.api.patch(path, {"note": "nut allergy\nbrings a dog"}, status=200)
    assert bookings.get(other["id"]).version == version, "the same note changes nothing"
    assert salon.api.patch(path, {"note": "both asked"}, status=200).json["note"] == "both asked"
    salon.book(service, "09:00", customer=salon.guest(3), note="vegan")
    assert note_of(salon, id) == "both asked\nvegan"
    assert salon.api.patch(path, {"note": None}, status=200).json["note"] is None


def test_a_cancel_reason_is_stored_with_the_cancelled_bookings(salon):
    service = salon.service(max_capacity=9)
    first = salon.book(service, "09:00", customer=salon.guest(1))
    path = f"appointments/{first['appointment_id']}/cancel"
    salon.api.post(path, {"reason": "ill"}, status=200)
    salon.api.post(path, {"reason": "again"}, status=200)
    assert bookings.get(first["id"]).extras["bookablesites"]["cancel_reason"] == "ill"
