// Times of a public status page by its reader's own clocks: the page is the same for everybody, and tells its owner's.
"use strict";
(() => {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    year: "numeric", month: "2-digit", day: "2-digit", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone,
  });

  function told(time) {
    const at = Object.fromEntries(format.formatToParts(new Date(time.dateTime)).map(({ type, value }) => [type, value]));
    const date = `${at.year}-${at.month}-${at.day}`, clock = `${at.hour}:${at.minute}`;
    const { day } = time.dataset; // that of the heading, by the owner's clocks: said again only where it is another here
    if (day) return day === date ? clock : `${date} ${clock}`;
    return `${date} (${at.weekday}) ${clock}`;
  }

  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = told(time);
    time.title = timeZone;
  }
  for (const zone of document.querySelectorAll("[data-zone]")) {
    const owners = zone.textContent;
    zone.textContent = timeZone;
    for (const days of document.querySelectorAll("[data-days]")) days.hidden = owners === timeZone;
  }
})();
