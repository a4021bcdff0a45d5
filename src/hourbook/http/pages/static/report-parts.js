/* The parts a shared report's page is made of: figures in words, elements, bars. All text of the
   report goes in as text, never as markup. */
"use strict";

const parts = (function () {
  const SVG = "http://www.w3.org/2000/svg";
  const COLOR = /^#[0-9a-f]{6}$/i;

  /* An element; children are elements or text, null is left out. */
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  const two = (number) => String(number).padStart(2, "0");

  function time(seconds) {
    const whole = Math.abs(Math.round(seconds || 0));
    const words = Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
    return seconds < 0 ? "−" + words : words;
  }

  /* The same without seconds where there are none, for narrow columns. */
  function hours(seconds) {
    return seconds % 60 ? time(seconds) : time(seconds).slice(0, -3);
  }

  function share(part, whole) {
    return whole ? (100 * part / whole).toFixed(1) + " %" : "";
  }

  /* Minor units of a currency as people write them; a code the browser does not know stands behind its number. */
  function money(minor, currency) {
    try {
      const format = new Intl.NumberFormat(undefined, { style: "currency", currency, currencyDisplay: "code" });
      return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
    } catch {
      return (minor / 100).toFixed(2) + " " + currency;
    }
  }

  /* The first of the amounts of a row, by currency where there are several. */
  function amount(row) {
    const first = (row.amounts || [])[0];
    if (!first) return "";
    const several = first.amountByCurrency || [];
    if (several.length > 1) return several.map((one) => money(one.amount, one.currency)).join(", ");
    return money(first.value, several.length ? several[0].currency : row.currency);
  }

  /* A day like 2026-05-20 in the author's spelling. */
  function day(text, format) {
    const [year, month, date] = String(text).slice(0, 10).split("-");
    return (format || "YYYY-MM-DD").replace(/YYYY|MM|DD|YY/g, (word) => (
      { YYYY: year, YY: year.slice(2), MM: month, DD: date }[word]
    ));
  }

  function clock(text) {
    return String(text || "").slice(11, 16);
  }

  /* A name with the color of its project before it. */
  function named(text, color) {
    if (!COLOR.test(color || "")) return text;
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    dot.style.backgroundColor = color;
    return element("span", { class: "named" }, dot, element("span", null, text));
  }

  function shortened(text, length) {
    return text.length > length ? text.slice(0, length - 1) + "…" : text;
  }

  /* Lines of bars: [{label, seconds, color}], the longest first or in their own order. */
  function bars(rows, width) {
    const line = 30, from = Math.min(width * .38, 230), to = width - 80, letters = Math.floor(from / 8.2);
    const longest = Math.max(...rows.map((row) => row.seconds), 1);
    const box = drawn("svg", { viewBox: `0 0 ${width} ${rows.length * line}`, role: "img" });
    rows.forEach((row, place) => {
      const y = place * line, size = Math.max((to - from) * row.seconds / longest, 2);
      const bar = drawn("rect", { x: from, y: y + 6, width: size, height: line - 12, rx: 3 });
      if (COLOR.test(row.color || "")) bar.style.fill = row.color;
      bar.append(drawn("title", {}, `${row.label}: ${time(row.seconds)}`));
      const label = drawn("text", { x: from - 10, y: y + 20, "text-anchor": "end" }, shortened(row.label, letters));
      box.append(label, bar, drawn("text", { x: from + size + 8, y: y + 20, class: "quiet" }, time(row.seconds)));
    });
    return box;
  }

  /* Columns side by side, for days, weeks and months. */
  function columns(rows, width) {
    const height = 220, foot = 28, head = 20;
    const longest = Math.max(...rows.map((row) => row.seconds), 1), step = width / rows.length;
    const every = Math.ceil(rows.length / (width / 60));
    const box = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    rows.forEach((row, place) => {
      const size = (height - foot - head) * row.seconds / longest;
      const middle = (place + .5) * step, wide = Math.min(step * .72, 46);
      const bar = drawn("rect", { x: middle - wide / 2, y: height - foot - size, width: wide, height: size, rx: 2 });
      bar.append(drawn("title", {}, `${row.label}: ${time(row.seconds)}`));
      box.append(bar);
      if (place % every === 0) {
        box.append(drawn("text", { x: Math.max(middle, 20), y: height - 8, "text-anchor": "middle", class: "quiet" }, row.label));
      }
      if (step >= 62 && row.seconds) {
        box.append(drawn("text", { x: middle, y: height - foot - size - 6, "text-anchor": "middle" }, hours(row.seconds)));
      }
    });
    box.append(drawn("line", { x1: 0, x2: width, y1: height - foot + .5, y2: height - foot + .5, class: "axis" }));
    return box;
  }

  return { amount, bars, clock, columns, day, element, hours, money, named, share, time };
})();
