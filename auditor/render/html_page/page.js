"use strict";
(() => {
  const STEP = 50; // rows at a time: what a reader takes in, and what a browser lays out in a moment
  const SEVERITY = { ok: 0, expiring: 1, inGrace: 2, dark: 3 };
  const byId = (id) => document.getElementById(id);
  const { fields, words, rows: values } = JSON.parse(byId("rows").textContent);
  const rows = values.map((row, place) => {
    const one = Object.fromEntries(fields.map((field, index) => [field, row[index]]));
    one.place = place;
    one.text = `${one.name}\n${one.id}\n${one.tenant}`.toLowerCase();
    return one;
  });
  const body = byId("organization-rows");
  const heads = [...byId("organizations-table").querySelectorAll("thead button")];
  const selects = [...document.querySelectorAll("#interactive select")];
  const search = byId("filter-text");
  const opened = new Set();
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  let details = null;
  let ordered = rows;
  let matching = rows;
  let limit = STEP;
  let isPrinting = false;

  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  function shown(value) {
    if (value === null) return make("span", "unknown", words.notKnown);
    if (value === false) return make("span", "none", words.noPart);
    return make("bdi", "", typeof value === "number" ? value.toLocaleString("en-US") : value);
  }

  function measured(value, unit) {
    return make("td", "number", shown(value), make("span", "unit", unit));
  }

  function rowOf(row) {
    const button = make("button", "open", make("bdi", "", row.name), make("span", "id", row.id));
    button.type = "button";
    button.dataset.place = row.place;
    button.setAttribute("aria-expanded", String(opened.has(row.place)));
    const head = make("th", "name", button);
    head.scope = "row";
    return make(
      "tr",
      "",
      head,
      make("td", "name", make("bdi", "", row.tenant)),
      make("td", "text", row.model),
      make("td", "text", make("span", `status ${row.status}`, row.status)),
      make("td", "text", make("span", `standing ${row.standing}`, words.standings[row.standing] ?? row.standing)),
      make("td", "day", shown(row.dark_on)),
      measured(row.ending, row.ending_unit),
      make("td", "number", shown(row.at_risk)),
      make("td", "number", shown(row.unused)),
      measured(row.size, row.size_unit),
    );
  }

  function lineOf(label, value) {
    const told = value === words.notKnown ? shown(null) : make("bdi", "", value);
    return make("div", "", make("dt", "", make("bdi", "", label)), make("dd", "", told));
  }

  function cellOf(text, index, kind) {
    const cell = make(index ? "td" : "th", kind, text === words.noPart ? shown(false) : make("bdi", "", text));
    if (!index) cell.scope = "row";
    return cell;
  }

  function tableOf({ caption, notes, rows: told }, place) {
    const title = make("caption", "", caption);
    title.id = `attention-of-${place}`;
    const table = make("table", "", title);
    if (told.length) {
      const columns = details.columns.map(([head, kind]) => {
        const cell = make("th", kind, head);
        cell.scope = "col";
        return cell;
      });
      const lines = told.map((row) =>
        make("tr", "", ...row.map((text, index) => cellOf(details.texts[text], index, details.columns[index][1]))),
      );
      table.append(make("thead", "", make("tr", "", ...columns)), make("tbody", "", ...lines));
    }
    const region = make("div", "scroll", table);
    region.setAttribute("role", "region");
    region.setAttribute("aria-labelledby", title.id);
    region.tabIndex = 0;
    return make("div", "attention", region, ...notes.map((line) => make("p", "note", line)));
  }

  function detailOf(place) {
    details ??= JSON.parse(byId("details").textContent);
    const parts = details.parts[place].map((places) => {
      const [heading, ...told] = places.map((one) => details.texts[one]);
      const lines = [];
      for (let one = 0; one < told.length; one += 2) lines.push(lineOf(told[one], told[one + 1]));
      return make("div", "part", make("h3", "", make("bdi", "", heading)), make("dl", "", ...lines));
    });
    const cell = make("td", "", make("div", "parts", ...parts));
    const attention = details.tables?.[place];
    if (attention) cell.append(tableOf(attention, place));
    cell.colSpan = heads.length;
    const row = make("tr", "detail", cell);
    row.id = `detail-${place}`;
    return row;
  }

  function elementsOf(row) {
    const element = rowOf(row);
    if (!opened.has(row.place)) return [element];
    element.querySelector("button").setAttribute("aria-controls", `detail-${row.place}`);
    return [element, detailOf(row.place)];
  }

  function tell(count) {
    const all = `${rows.length.toLocaleString("en-US")} organization${rows.length === 1 ? "" : "s"}`;
    const found = matching.length.toLocaleString("en-US");
    const of = matching.length === rows.length ? all : `${found} of ${all}`;
    byId("shown").textContent =
      matching.length === 0 ? `None of ${all} matches.` : count < matching.length ? `${of}, the first ${count} shown.` : `${of}.`;
    byId("more").hidden = byId("all").hidden = isPrinting || count >= matching.length;
    byId("more").textContent = `Show ${Math.min(STEP, matching.length - count)} more`;
    byId("all").textContent = `Show all ${found}`;
  }

  function draw() {
    const visible = isPrinting ? ordered : matching.slice(0, limit);
    body.replaceChildren(...visible.flatMap(elementsOf));
    tell(visible.length);
  }

  function filter() {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = selects.filter((one) => one.value).map((one) => [one.dataset.field, one.value]);
    matching = ordered.filter(
      (row) => chosen.every(([field, value]) => row[field] === value) && asked.every((word) => row.text.includes(word)),
    );
    limit = STEP;
    draw();
  }

  // What is known comes first in both directions, then what is not, then what has no part in it.
  const rank = (value) => (value === null ? 1 : value === false ? 2 : 0);

  function compared(left, right, sign) {
    if (rank(left) || rank(right)) return rank(left) - rank(right);
    return sign * (typeof left === "number" ? left - right : collator.compare(left, right));
  }

  function keyOf(row, field) {
    return field === "standing" ? SEVERITY[row.standing] ?? null : row[field];
  }

  function sort(button) {
    const head = button.parentElement;
    const current = head.getAttribute("aria-sort");
    const other = { ascending: "descending", descending: "ascending" };
    const direction = current ? other[current] : button.dataset.first;
    for (const one of heads) one.parentElement.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const { field } = button.dataset;
    ordered = rows.toSorted((left, right) => compared(keyOf(left, field), keyOf(right, field), sign));
    filter();
  }

  function toggle(button) {
    const place = Number(button.dataset.place);
    const row = button.closest("tr");
    if (opened.delete(place)) {
      row.nextElementSibling.remove();
      button.removeAttribute("aria-controls");
    } else {
      opened.add(place);
      row.after(detailOf(place));
      button.setAttribute("aria-controls", `detail-${place}`);
    }
    button.setAttribute("aria-expanded", String(opened.has(place)));
  }

  function extend(rowCount) {
    const first = limit;
    limit = rowCount;
    const added = matching.slice(first, limit).flatMap(elementsOf);
    body.append(...added);
    tell(Math.min(limit, matching.length));
    added[0].querySelector("button").focus();
  }

  function clear() {
    search.value = "";
    for (const one of selects) one.value = "";
    filter();
    search.focus();
  }

  function print(isBeginning) {
    if (isPrinting === isBeginning) return;
    isPrinting = isBeginning;
    draw();
  }

  for (const head of heads) head.addEventListener("click", () => sort(head));
  for (const one of selects) one.addEventListener("change", filter);
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && search.value) clear();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (button) toggle(button);
  });
  byId("clear").addEventListener("click", clear);
  byId("more").addEventListener("click", () => extend(limit + STEP));
  byId("all").addEventListener("click", () => extend(matching.length));
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", (event) => print(event.matches));
  byId("interactive").hidden = false;
  filter(); // a browser may have kept what was chosen before the page was loaded again
})();
