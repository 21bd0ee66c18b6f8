/* The calendar: EventCalendar over /calendar/entries; a booking that is dragged is moved on the server, or comes back. */
"use strict";

(() => {
  const options = JSON.parse(document.getElementById("calendar-options").textContent);
  const token = document.querySelector('meta[name="form-token"]').content;
  const views = { day: "timeGridDay", week: "timeGridWeek", month: "dayGridMonth" };
  const names = Object.fromEntries(Object.entries(views).map(([name, view]) => [view, name]));
  const problem = document.getElementById("calendar-problem");
  const message = document.getElementById("calendar-message");
  const legend = document.getElementById("legend");
  const shown = new Set();

  /* Colours are classes, because the page's policy allows no styles in the markup. */
  const statuses = ["pending", "confirmed", "paid", "completed", "unpaid", "hold", "done", "cancelled"];
  const palette = options.colour === "status" ? statuses : options.dialects;
  const colourOf = (word) => {
    const place = palette.indexOf(word);
    return `colour-${place < 0 ? 8 : place % 8}`;
  };

  const say = (element, text, link) => {
    problem.hidden = message.hidden = true;
    element.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.textContent = "Explain";
      element.append(" ", anchor);
    }
    element.hidden = !text;
  };

  const pad = (number) => String(number).padStart(2, "0");
  const local = (date) =>
    `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}` +
    `T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;

  const addLegend = (word) => {
    if (shown.has(word)) return;
    shown.add(word);
    const item = document.createElement("li");
    item.className = colourOf(word);
    item.textContent = word.replaceAll("_", " ") || "operator";
    legend.append(item);
  };

  const asEvents = (entry) => {
    if (entry.day !== undefined) return dayEvents(entry);
    if (String(entry.id).startsWith("slot-")) {
      const left = entry.left;
      return [{
        id: entry.id, start: entry.start, end: entry.end, display: "background",
        title: left === null ? "free" : `${left} left`,
        classNames: [left === 0 ? "slot-full" : "slot-free"], editable: false,
      }];
    }
    const word = options.colour === "status" ? entry.status : entry.dialect;
    addLegend(word);
    return [{
      id: String(entry.id), title: entry.title, start: entry.start, end: entry.end, allDay: entry.allDay,
      classNames: ["booking", colourOf(word), `status-${entry.status}`],
      extendedProps: { isBooking: true },
    }];
  };

  /* A month is shown as numbers per day; the day has the bookings. */
  const dayEvents = (entry) => {
    const texts = [];
    if (entry.count) texts.push([`${entry.count} bookings`, "colour-0"]);
    if (entry.left !== null) texts.push([`${entry.left} places left`, entry.left ? "slot-free" : "slot-full"]);
    return texts.map(([title, colour]) => ({
      id: `${entry.day}-${colour}`, title, allDay: true, start: entry.day, end: entry.day,
      classNames: ["count", colour], editable: false, extendedProps: { day: entry.day },
    }));
  };

  const filter = () => {
    const query = new URLSearchParams(new FormData(document.querySelector("form.filter")));
    for (const name of ["date", "view"]) query.delete(name);
    return query;
  };

  const load = async (span) => {
    const query = filter();
    query.set("start", span.startStr);
    query.set("end", span.endStr);
    const answer = await fetch(`${options.entries}?${query}`, { headers: { Accept: "application/json" } });
    if (answer.status === 401) window.location.reload();
    const entries = await answer.json();
    if (!answer.ok) {
      say(problem, entries.error);
      return [];
    }
    return entries.flatMap(asEvents);
  };

  const move = async (info) => {
    const fields = new URLSearchParams({ action: "move", start: local(info.event.start), clock: "site" });
    let answer, result;
    try {
      answer = await fetch(`${options.booking}/${info.event.id}`, {
        method: "POST", body: fields, headers: { Accept: "application/json", "X-Form-Token": token },
      });
      result = await answer.json();
    } catch {
      info.revert();
      say(problem, "The server did not answer; the booking stays where it was.");
      return;
    }
    if (answer.ok) {
      say(message, result.message);
    } else {
      info.revert();
      say(problem, result.error, result.explain);
    }
    calendar.refetchEvents();
  };

  const open = (info) => {
    const extra = info.event.extendedProps;
    if (extra.day) {
      calendar.setOption("date", extra.day);
      calendar.setOption("view", "timeGridDay");
    } else if (extra.isBooking) {
      window.location.href = `${options.booking}/${info.event.id}`;
    }
  };

  const remember = (info) => {
    const query = filter();
    const date = calendar?.getOption("date") ?? info.view.currentStart;
    query.set("date", local(new Date(date)).slice(0, 10));
    query.set("view", names[info.view.type] ?? "week");
    document.querySelector('form.filter [name="date"]').value = query.get("date");
    document.querySelector('form.filter [name="view"]').value = query.get("view");
    document.getElementById("day-list").href = `${options.list}?date=${query.get("date")}`;
    window.history.replaceState(null, "", `?${query}`);
  };

  /* The calendar claims to be a table without being built like one; the list below it is what screen readers read. */
  const tidy = (root) => {
    for (const element of [root, ...root.querySelectorAll("[role]")]) {
      if (element.getAttribute("role") !== "button") element.removeAttribute("role");
    }
    for (const name of ["aria-colindex", "aria-rowindex", "aria-colspan", "aria-rowspan", "aria-colcount", "aria-rowcount"]) {
      for (const element of root.querySelectorAll(`[${name}]`)) element.removeAttribute(name);
      root.removeAttribute(name);
    }
    root.querySelector("button.ec-prev")?.setAttribute("aria-label", "Earlier");
    root.querySelector("button.ec-next")?.setAttribute("aria-label", "Later");
  };
  const place = document.getElementById("calendar");
  new MutationObserver(() => tidy(place)).observe(place, { childList: true, subtree: true });

  let calendar = null;
  calendar = EventCalendar.create(place, {
    view: views[options.view], date: options.date, firstDay: 1, locale: "en-GB", nowIndicator: false, height: "38rem",
    allDaySlot: true, dayMaxEvents: 6, editable: options.mayMove, eventDurationEditable: false,
    eventStartEditable: options.mayMove, slotDuration: "00:30", scrollTime: "07:00:00",
    headerToolbar: { start: "prev,next today", center: "title", end: "dayGridMonth,timeGridWeek,timeGridDay" },
    buttonText: { today: "Today", dayGridMonth: "Month", timeGridWeek: "Week", timeGridDay: "Day" },
    eventSources: [{ events: load }],
    eventDrop: move, eventClick: open, datesSet: (info) => calendar && remember(info),
  });
})();
