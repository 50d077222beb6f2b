// Bars and charts told one by one: under the pointer, and by arrow keys from one tab stop each. Without this script they
// are pictures with a sentence.
"use strict";
(() => {
  const PICTURES = "svg.bars, svg.chart";
  const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7, Home: -Infinity, End: Infinity };
  const { lang, dataset } = document.documentElement;
  const formats = {
    86400: new Intl.DateTimeFormat(lang, { month: "long", day: "numeric", timeZone: "UTC" }),
    3600: new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: dataset.zone }),
  };
  const told = new WeakMap();
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // the picture itself says the same to screen readers
  document.body.append(tip);
  let shown = null;

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

  function partsOfBars(picture) {
    const { kinds, start, step, none } = picture.dataset;
    const titles = [...picture.querySelectorAll("title")].map((title) => title.textContent);
    const name = (index) => formats[step].format(new Date(Date.parse(start) + index * step * 1000));
    return [...kinds].map((kind, index) => {
      const title = kind === "d" ? titles.shift() : null;
      return { x: index * 5, width: 4, text: () => title ?? `${name(index)}: ${kind === "u" ? "100 %" : none}` };
    });
  }

  function partsOfChart(picture) {
    return [...picture.querySelectorAll(".hit")].map((hit) => {
      const title = hit.textContent;
      return { x: Number(hit.getAttribute("x")), width: Number(hit.getAttribute("width")), text: () => title };
    });
  }

  function prepare(picture) {
    if (told.has(picture)) return;
    const parts = picture.matches(".chart") ? partsOfChart(picture) : partsOfBars(picture);
    if (!parts.length) return;
    told.set(picture, parts);
    for (const title of picture.querySelectorAll("title")) title.remove(); // or the browser shows a second tip
    picture.closest(".chart-wrap")?.removeAttribute("tabindex");
    const last = parts.length - 1;
    const attributes = { role: "slider", tabindex: 0, "aria-readonly": true, "aria-valuemin": 0, "aria-valuemax": last };
    for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
    point(picture, last);
  }

  function point(picture, index) {
    picture.setAttribute("aria-valuenow", index);
    picture.setAttribute("aria-valuetext", told.get(picture)[index].text());
  }

  function show(picture, index) {
    const { x, width, text } = told.get(picture)[index];
    const box = picture.viewBox.baseVal;
    if (shown !== picture) hide();
    shown = picture;
    let mark = picture.querySelector(".at");
    if (!mark) {
      mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      mark.setAttribute("class", "at");
      mark.setAttribute("y", 0);
      mark.setAttribute("height", box.height);
      picture.append(mark);
    }
    mark.setAttribute("x", x);
    mark.setAttribute("width", width);
    if (document.activeElement === picture) mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    tip.textContent = text();
    tip.hidden = false;
    const at = mark.getBoundingClientRect();
    const left = at.left + at.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${clamp(left, 4, document.documentElement.clientWidth - tip.offsetWidth - 4)}px`;
    tip.style.top = `${at.top >= tip.offsetHeight ? at.top - tip.offsetHeight : at.bottom}px`;
  }

  function hide() {
    tip.hidden = true;
    shown?.querySelector(".at")?.remove();
    shown = null;
  }

  function nearest(picture, clientX) {
    const frame = picture.getBoundingClientRect();
    const x = ((clientX - frame.left) / frame.width) * picture.viewBox.baseVal.width;
    const distance = (part) => Math.abs(part.x + part.width / 2 - x);
    return told.get(picture).reduce((best, part, index, all) => (distance(part) < distance(all[best]) ? index : best), 0);
  }

  function follow(event) {
    const picture = event.target.closest?.(PICTURES);
    if (picture && told.has(picture)) {
      const index = nearest(picture, event.clientX);
      if (event.type === "pointerdown") point(picture, index); // it takes the focus, which tells the current one
      show(picture, index);
    } else if (shown && shown !== document.activeElement && event.target !== tip) {
      hide();
    }
  }

  const current = (picture) => Number(picture.getAttribute("aria-valuenow"));
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerdown", follow);
  document.addEventListener("focusin", ({ target }) => (told.has(target) ? show(target, current(target)) : hide()));
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const picture = event.target;
    const step = STEPS[event.key];
    if (!told.has(picture) || step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const index = clamp(current(picture) + step, 0, told.get(picture).length - 1);
    point(picture, index);
    show(picture, index);
  });
  // What is being read stays: the next refresh brings it again.
  document.addEventListener("htmx:oobBeforeSwap", (event) => shown && event.detail.target.contains(shown) && event.preventDefault());
  const prepareAll = (root) => root.querySelectorAll(PICTURES).forEach(prepare);
  document.addEventListener("htmx:load", ({ target }) => {
    if (shown && !shown.isConnected) hide();
    prepareAll(target);
  });
  prepareAll(document);
})();
