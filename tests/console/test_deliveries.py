"""Webhooks and their deliveries: seen without secrets, replayed, disabled; consumers and what waits for them."""

from datetime import timedelta

import pytest

from core.errors import NotFound
from core.services import audit, events
from core.services.webhooks import Webhooks, masked_url
from frontdesk.testing.venue import NOW
from plugins.bookablesites.models import BookablesitesDelivery as Delivery
from plugins.bookablesites.models import BookablesitesWebhook as Webhook
from plugins.bookablesites.usecases import deliveries
from plugins.bookablesites.usecases.http_delivery import Result

PAGE = "/desk/deliveries"


def webhook(event="appointment.booked", *, active=True, name="CRM <b>"):
    return Webhook.create(
        name=name,
        event=event,
        url="https://user:pass@crm.example/hook?token=geheim#part",
        token="t0ken-of-the-receiver",
        active=active,
        created_at=0,
    )


def deliver(hook, number, *results):
    """A delivery with these attempts."""
    delivery = deliveries.create_delivery(hook, f"dlv_{number}", '{"whose": "Odile"}', now=NOW)
    for result in results:
        deliveries.record_result(Delivery.get_by_id(delivery.id), result, now=NOW)
    return Delivery.get_by_id(delivery.id)


def replay(browser, ids):
    fields = [("form_token", browser.token()), ("plugin", "bookablesites"), ("action", "replay")]
    return browser.post(PAGE, [*fields, *(("ids[]", str(id)) for id in ids)], expect_errors=True)


OK, FAILED = Result(200, "", 12), Result(500, "the receiver answered 500", 34)
GIVEN_UP = (FAILED,) * (len(deliveries.RETRIES) + 1)


def rows(page, label):
    table = page.html.find("div", {"aria-label": label})
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]


def test_webhooks_and_deliveries_are_listed_without_secrets(any_desk):
    hook = webhook()
    deliver(hook, 1, OK)
    deliver(hook, 2, FAILED)
    deliver(hook, 3, *GIVEN_UP)
    page = any_desk.vera.get(PAGE)

    assert rows(page, "Webhooks of bookablesites") == [
        ["CRM <b>", "appointment.booked", "https://…@crm.example/hook?…#…", "enabled"]
    ]
    assert [row[:7] for row in rows(page, "Deliveries of bookablesites")] == [
        ["dlv_3", "CRM <b>", "appointment.booked", "2 Mar 2026, 10:00", "given up", "6", "–"],
        ["dlv_2", "CRM <b>", "appointment.booked", "2 Mar 2026, 10:00", "waiting", "1", "in 1 minute"],
        ["dlv_1", "CRM <b>", "appointment.booked", "2 Mar 2026, 10:00", "delivered", "1", "–"],
    ]  # fmt: skip
    one = any_desk.vera.get(page.html.find("a", string="dlv_2")["href"])
    assert rows(one, "Attempts") == [["2 Mar 2026, 10:00", "500", "the receiver answered 500", "34 ms"]]
    for text in (page.text, one.text):
        for secret in ("geheim", "pass", "t0ken", "Odile", "CRM <b>"):
            assert secret not in text.replace("password", "")
    assert not page.html.find("button", {"value": "replay"})


def test_lists_are_bounded_and_have_older_pages(desk):
    hook = webhook()
    for number in range(120):
        deliver(hook, number)
    first = desk.vera.get(PAGE)
    second = desk.vera.get(first.html.find("a", string="Older")["href"])
    third = desk.vera.get(second.html.find("a", string="Older")["href"])
    names = [row[0] for page in (first, second, third) for row in rows(page, "Deliveries of bookablesites")]
    assert names == [f"dlv_{number}" for number in reversed(range(120))]
    assert not third.html.find("a", string="Older")
    assert third.html.find("a", string="Newest")["href"] == f"{PAGE}?plugin=bookablesites"


def test_filters_choose_webhook_status_and_plugin(desk):
    first, second = webhook(), webhook("appointment.canceled", name="Other")
    deliver(first, 1, OK)
    deliver(second, 2, OK)
    deliver(second, 3, FAILED)

    def names(**query):
        return [row[0] for row in rows(desk.vera.get(PAGE, query), "Deliveries of bookablesites")]

    assert names(webhook=second.id) == ["dlv_3", "dlv_2"]
    assert names(webhook=second.id, status="delivered") == ["dlv_2"]
    assert names(plugin="bookablesites", status="waiting") == ["dlv_3"]
    assert names(status="nonsense", webhook="x", before="-") == ["dlv_3", "dlv_2", "dlv_1"]
    assert "bookablesites</h2>" not in desk.vera.get(PAGE, {"plugin": "other"}).text


def test_a_delivery_is_replayed_with_its_attempts_on_record(any_desk):
    delivery = deliver(webhook(), 1, *GIVEN_UP)
    form = any_desk.otto.get(f"{PAGE}/bookablesites/{delivery.id}").forms[1]
    form["reason"] = "they were down"
    answer = form.submit("action")
    assert answer.status_int == 303
    assert "The delivery is due now." in answer.follow().text

    replayed = Delivery.get_by_id(delivery.id)
    assert (replayed.status, replayed.attempts, replayed.not_before) == ("waiting", 0, int(NOW.timestamp()))
    assert [found.id for found in deliveries.lease(now=NOW, lasting=timedelta(seconds=9), limit=9)] == [delivery.id]
    page = any_desk.vera.get(f"{PAGE}/bookablesites/{delivery.id}")
    assert len(rows(page, "Attempts")) == 6
    entry = audit.entries(audit.Filter(kind="delivery.replayed"), limit=9)[0]
    assert (entry.actor, entry.reason, entry.subject_id) == ("operator:otto", "they were down", delivery.id)
    assert entry.data == {"plugin": "bookablesites"}


def test_all_that_were_given_up_are_replayed_at_once(desk):
    hook = webhook()
    ended = [deliver(hook, number, *GIVEN_UP).id for number in range(3)]
    fine = deliver(hook, 9, OK)
    page = desk.otto.get(PAGE)
    form = page.html.find("form", {"data-confirm": "Send 3 deliveries again?"})
    ids = [field["value"] for field in form.find_all("input", {"name": "ids[]"})]
    answer = replay(desk.otto, ids)
    assert "3 deliveries are due now." in answer.follow().text
    assert {Delivery.get_by_id(id).status for id in ended} == {"waiting"}
    assert Delivery.get_by_id(fine.id).status == "delivered"


def test_a_webhook_is_disabled_and_enabled(any_desk):
    hook = webhook()
    waiting = deliver(hook, 1)
    fields = {"plugin": "bookablesites", "id": hook.id, "reason": "moving"}
    answer = any_desk.otto.send(PAGE, {**fields, "action": "disable"})
    assert "The webhook is disabled." in answer.follow().text
    assert not Webhook.get_by_id(hook.id).active
    page = any_desk.vera.get(PAGE)
    assert rows(page, "Webhooks of bookablesites")[0][3] == "disabled"
    assert rows(page, "Deliveries of bookablesites")[0][6] == "when enabled"
    assert deliveries.lease(now=NOW, lasting=timedelta(seconds=9), limit=9) == []

    any_desk.otto.send(PAGE, {**fields, "action": "enable", "back_status": "waiting"})
    enabled = Webhook.get_by_id(hook.id)
    assert enabled.active
    assert [found.id for found in deliveries.lease(now=NOW, lasting=timedelta(seconds=9), limit=9)] == [waiting.id]
    kinds = [entry.kind for entry in audit.entries(audit.Filter(subject_kind="webhook"), limit=9)]
    assert kinds == ["webhook.enabled", "webhook.disabled"]


@pytest.mark.parametrize(
    "fields, status",
    [
        ({"plugin": "nobody", "action": "replay", "ids[]": "1"}, 404),
        ({"plugin": "bookablesites", "action": "replay", "ids[]": "999"}, 404),
        ({"plugin": "bookablesites", "action": "disable", "id": "999"}, 404),
        ({"plugin": "bookablesites", "action": "disable", "id": "x"}, 404),
        ({"plugin": "bookablesites", "action": "explode"}, 422),
        ({"plugin": "bookablesites"}, 422),
        ({"plugin": "bookablesites", "action": "replay", "ids": "1"}, 303),
        ({"plugin": "bookablesites", "action": "disable", "id": "9" * 40}, 404),
    ],
)
def test_a_strange_form_changes_nothing(desk, fields, status):
    assert desk.otto.send(PAGE, fields, expect_errors=True).status_int == status
    assert audit.entries(audit.Filter(subject_kind="delivery"), limit=9) == []


def test_an_unknown_one_of_several_replays_none(desk):
    ended = deliver(webhook(), 1, *GIVEN_UP)
    assert replay(desk.otto, [ended.id, 999]).status_int == 404
    assert Delivery.get_by_id(ended.id).status == "given_up"


def test_viewers_change_nothing(desk):
    hook = webhook()
    fields = {"plugin": "bookablesites", "id": hook.id, "action": "disable"}
    assert desk.vera.send(PAGE, fields, expect_errors=True).status_int == 403
    assert Webhook.get_by_id(hook.id).active


@pytest.mark.parametrize("path", ["bookablesites/999", "nobody/1", f"bookablesites/{'9' * 40}", "bookablesites/x"])
def test_no_address_is_an_error_of_ours(desk, path):
    assert desk.vera.get(f"{PAGE}/{path}", expect_errors=True).status_int in (404, 422)


def boom(**_):
    raise RuntimeError("geheim")


def replace_source(desk, **changes):
    """Another plugin beside the real one, with these functions."""
    functions = {
        "webhooks": list,
        "deliveries": lambda **_: [],
        "attempts": lambda **_: [],
        "replay": boom,
        "set_enabled": boom,
    }
    sources = {**desk.manager.webhooks, "pager": Webhooks(**{**functions, **changes})}
    object.__setattr__(desk.manager, "webhooks", sources)


@pytest.mark.parametrize("deliveries_of", [boom, lambda **_: None, lambda **_: ["x"]], ids=["raises", "None", "texts"])
def test_a_plugin_that_fails_is_named_and_hurts_nobody_else(desk, caplog, deliveries_of):
    deliver(webhook(), 1, OK)
    replace_source(desk, deliveries=deliveries_of)
    page = desk.vera.get(PAGE)
    assert "The plugin pager could not say what it delivers" in page.text
    assert "geheim" not in page.text
    assert [row[0] for row in rows(page, "Deliveries of bookablesites")] == ["dlv_1"]
    assert "pager" in caplog.text
    assert "register_webhooks" in caplog.text


def test_a_plugin_that_fails_to_act_is_named(desk, caplog):
    replace_source(desk)
    answer = desk.otto.send(PAGE, {"plugin": "pager", "action": "disable", "id": 1}, expect_errors=True)
    assert answer.status_int == 500
    assert "The plugin pager failed" in answer.text
    assert "geheim" not in answer.text
    assert audit.entries(audit.Filter(subject_kind="webhook"), limit=9) == []


def test_consumers_and_workers_are_shown(any_desk):
    events.register_consumer("gone.sms")
    events.record_event("customer.created", "customer", 1, now=NOW, data={})
    page = any_desk.vera.get(PAGE)
    listed = {row[0]: row[1:4] for row in rows(page, "Consumers")}
    assert listed["gone.sms no plugin"] == ["1", "0", "just now"]
    assert "bookablesites.webhooks" in listed
    assert "<code>bookablesites.webhooks</code>" in page.text


@pytest.mark.parametrize(
    "url, shown",
    [
        ("https://crm.example/hook", "https://crm.example/hook"),
        ("https://user:secret@crm.example:8443/a?b=c#d", "https://…@crm.example:8443/a?…#…"),
        ("https://a@b@crm.example/", "https://…@crm.example/"),
        ("http://[::1/x?y", "…"),
        ("nonsense?x", "nonsense?…"),
        ("", ""),
    ],
)
def test_addresses_lose_what_may_be_secret(url, shown):
    assert masked_url(url) == shown


def test_the_source_says_what_is_unknown(desk):
    source = desk.manager.webhooks["bookablesites"]
    with pytest.raises(NotFound):
        source.replay(delivery_id=1, now=NOW)
    with pytest.raises(NotFound):
        source.set_enabled(webhook_id=1, enabled=False, now=NOW)
