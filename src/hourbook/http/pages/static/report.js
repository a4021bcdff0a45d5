/* A shared report in the browser: asks the API for it, as whoever is signed in here or as nobody, and
   shows its figures. What was chosen (days, order, page) stands in the address, so that it can be passed on. */
"use strict";

(function () {
  const { amount, bars, clock, columns, day, element, hours, money, named, share, time } = parts;
  const at = (id) => document.getElementById(id);
  const main = at("report"), root = main.dataset.root;
  const id = window.location.pathname.replace(/\/+$/, "").split("/").pop();
  const CHOICES = ["dateRangeStart", "dateRangeEnd", "sortColumn", "sortOrder", "page"];
  const NAMES = {
    SUMMARY: "Summary", DETAILED: "Detailed report", WEEKLY: "Weekly report",
    ATTENDANCE: "Attendance", EXPENSE_DETAILED: "Expenses",
  };
  const GROUPS = {
    CLIENT: "client", PROJECT: "project", TASK: "task", USER: "person", USER_GROUP: "group", TAG: "tag",
    DATE: "day", WEEK: "week", MONTH: "month", TIMEENTRY: "description",
  };
  const CHART_ROWS = 12, OPEN_ROWS = 60;

  // --- what is asked ---------------------------------------------------------------------------

  function chosen() {
    const given = new URLSearchParams(window.location.search);
    return new URLSearchParams(CHOICES.filter((name) => given.get(name)).map((name) => [name, given.get(name)]));
  }

  function choose(changes) {
    const query = chosen();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    window.history.pushState(null, "", window.location.pathname + (text ? "?" + text : ""));
    return show();
  }

  async function asked(more) {
    const query = chosen();
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    const answer = await fetch(`${root}/report/v1/shared-reports/${encodeURIComponent(id)}?${query}`);
    if (answer.ok) return answer;
    const refusal = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(refusal.message || "The server refused."), { status: answer.status });
  }

  // --- what is shown ---------------------------------------------------------------------------

  async function show() {
    main.setAttribute("aria-busy", "true");
    try {
      const answer = await asked({ exportType: "JSON" });
      render(await answer.json(), answer.headers.get("X-Hourbook-Time-Zone"));
    } catch (error) {
      refuse(error);
    }
    main.setAttribute("aria-busy", "false");
  }

  function refuse(error) {
    const again = element("button", { type: "button" }, "Try again");
    again.addEventListener("click", show);
    const has = { hidden: at("content").hidden };
    if (error.status === 404) {
      at("content").hidden = true;
      at("title").textContent = "There is no report here";
      at("about").textContent = "It was deleted, or it is shared with members of its workspace only. "
        + "If you are one of them, sign in and open this link again.";
      at("more").replaceChildren(element("a", { href: root + "/#/sign-in" }, "Sign in"));
    } else {
      at("about").textContent = error.status ? error.message : "The server could not be reached.";
      const back = element("button", { type: "button" }, "Show it as it was shared");
      back.addEventListener("click", () => choose(Object.fromEntries(CHOICES.map((name) => [name, null]))));
      at("more").replaceChildren(again, chosen().size ? back : "");
    }
    at("about").classList.add("refused");
    at("more").hidden = false;
    if (has.hidden) at("title").focus();
  }

  function render(report, zone) {
    const filters = report.filters, filter = filters.filter;
    const format = filters.dateFormat;
    const from = filter.dateRangeStart.slice(0, 10), to = lastDay(filter.dateRangeEnd);
    document.title = filters.name + " · Hourbook";
    at("title").textContent = filters.name;
    at("workspace").textContent = filters.workspace.name;
    at("about").textContent = [describe(filters), `${day(from, format)} – ${day(to, format)}`, zone || filters.timezone]
      .join(" · ");
    at("about").classList.remove("refused");
    at("more").hidden = true;
    at("content").hidden = false;
    showRange(filters, from, to);
    const { table, chart, totals, pages } = SHOWN[filters.type](report, filter, format);
    at("totals").replaceChildren(...totals.map(([name, value, note]) => (
      element("div", null, element("dt", null, name), element("dd", null, value, note ? element("small", null, note) : null))
    )));
    at("totals").hidden = totals.length === 0;
    showChart(chart);
    const { caption, head, body, foot } = table;
    at("table").replaceChildren(element("caption", null, caption), head, body, ...(foot ? [foot] : []));
    if (!body.children.length) {
      body.append(element("tr", null, element("td", { colspan: head.rows[0].cells.length, class: "quiet" }, "Nothing in these days.")));
    }
    showPages(pages);
    showExports(filters.type);
    at("foot").textContent = "Figures are what the report’s author may see now. Times of day are those of "
      + (zone || filters.timezone) + ".";
  }

  function describe(filters) {
    const name = NAMES[filters.type] || filters.type;
    const groups = filters.type === "SUMMARY" ? filters.filter.summaryFilter.groups
      : filters.type === "WEEKLY" ? [filters.filter.weeklyFilter.group] : [];
    return groups.length ? name + " by " + groups.map((group) => GROUPS[group] || group).join(", ") : name;
  }

  /* A midnight ends the day before it. */
  function lastDay(text) {
    const date = text.slice(0, 10);
    if (!/[T ]00:00(:00)?/.test(text)) return date;
    return new Date(Date.parse(date + "T00:00:00Z") - 1000).toISOString().slice(0, 10);
  }

  function showRange(filters, from, to) {
    const form = at("range");
    form.hidden = filters.fixedDate;
    form.elements.from.value = from;
    form.elements.to.value = to;
  }

  at("range").addEventListener("submit", (event) => {
    event.preventDefault();
    const { from, to } = event.target.elements;
    choose({ dateRangeStart: from.value + "T00:00:00", dateRangeEnd: to.value + "T23:59:59", page: null });
  });

  function showChart(chart) {
    const rows = chart ? chart.rows.filter((row) => row.seconds > 0) : [];
    at("chart").hidden = rows.length === 0;
    if (!rows.length) return;
    const style = window.getComputedStyle(at("chart"));
    const width = Math.max(at("chart").clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), 240);
    const drawing = chart.isOfTime ? columns(chart.rows, width) : bars(rows, width);
    drawing.setAttribute("aria-labelledby", "chart-title");
    at("chart-title").textContent = chart.title;
    at("chart").replaceChildren(at("chart-title"), drawing);
  }

  function showPages(pages) {
    const box = at("pager");
    box.hidden = !pages || (pages.page === 1 && !pages.hasMore);
    if (box.hidden) return;
    const button = (label, page, isThere) => {
      const made = element("button", { type: "button" }, label);
      made.disabled = !isThere;
      made.addEventListener("click", async () => { await choose({ page }); at("scroll").focus(); });
      return made;
    };
    box.replaceChildren(
      button("Previous", pages.page - 1, pages.page > 1),
      element("span", null, pages.words),
      button("Next", pages.page + 1, pages.hasMore),
    );
  }

  function showExports(type) {
    const box = at("exports"), status = element("span", { role: "status" });
    box.hidden = false;
    box.replaceChildren(element("span", null, "Download"), ...["CSV", "XLSX", "PDF"].map((kind) => {
      const made = element("button", { type: "button" }, kind);
      made.addEventListener("click", () => download(kind, type, status));
      return made;
    }), status);
  }

  async function download(kind, type, status) {
    status.textContent = `Making the ${kind} file …`;
    try {
      const answer = await asked({ exportType: kind });
      const name = /filename=(?:"([^"]+)"|([^;]+))/.exec(answer.headers.get("Content-Disposition") || "");
      const link = element("a", { download: name ? decodeURIComponent(name[1] || name[2]).replaceAll("/", "-") : `report.${kind.toLowerCase()}` });
      link.href = URL.createObjectURL(await answer.blob());
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      status.textContent = "";
    } catch (error) {
      status.textContent = error.status ? error.message : "The server could not be reached.";
    }
  }

  // --- the reports -----------------------------------------------------------------------------

  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const cell = (text, isNumber) => element("td", isNumber ? { class: "number" } : null, text);

  function heads(names, sorted) {
    return element("thead", null, element("tr", null, ...names.map(([name, isNumber, column]) => {
      const made = element("th", { scope: "col", class: isNumber === true ? "number" : isNumber || null });
      if (!column) {
        made.append(name);
        return made;
      }
      const is = sorted.column === column, isDown = sorted.order === "DESCENDING";
      const button = element("button", { type: "button", class: "sort" }, name + (is ? (isDown ? " ↓" : " ↑") : ""));
      if (is) made.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      button.addEventListener("click", () => choose({
        sortColumn: column, sortOrder: is && !isDown ? "DESCENDING" : is ? "ASCENDING" : isNumber ? "DESCENDING" : "ASCENDING", page: null,
      }));
      made.append(button);
      return made;
    })));
  }

  function totalsOf(total) {
    if (!total) return [["Time", time(0)]];
    const found = [["Time", time(total.totalTime), `${total.entriesCount} ${total.entriesCount === 1 ? "entry" : "entries"}`],
      ["Billable", time(total.totalBillableTime), share(total.totalBillableTime, total.totalTime)]];
    const words = { EARNED: "Amount", COST: "Cost", PROFIT: "Profit" };
    for (const one of total.amounts || []) found.push([words[one.type] || one.type, amount({ amounts: [one] })]);
    return found;
  }

  function summary(report, filter) {
    const total = report.totals[0], whole = total ? total.totalTime : 0;
    const own = filter.summaryFilter, groups = own.groups;
    const hasMoney = Boolean(total && (total.amounts || []).length);
    const sorted = { column: own.sortColumn || "GROUP", order: filter.sortOrder };
    if (!sorted.order) sorted.order = sorted.column === "GROUP" ? "ASCENDING" : "DESCENDING";
    const head = heads([[capital(groups.map((one) => GROUPS[one] || one).join(" / ")), false, "GROUP"], ["Time", true, "DURATION"],
      ["Share", "number share"], ...(hasMoney ? [["Amount", true, "AMOUNT"]] : [])], sorted);
    const body = element("tbody");
    const cells = (row) => [cell(time(row.duration), true), element("td", { class: "number share" }, share(row.duration, whole)),
      ...(hasMoney ? [cell(amount(row), true)] : [])];
    addRows(body, report.groupOne, { level: 0, cells, isOpen: count(report.groupOne) <= OPEN_ROWS, parent: null });
    const isOfTime = ["DATE", "WEEK", "MONTH"].includes(groups[0]);
    const ranked = [...report.groupOne].sort((one, other) => (
      isOfTime ? (one._id < other._id ? -1 : 1) : other.duration - one.duration
    ));
    const kept = isOfTime ? ranked : ranked.slice(0, CHART_ROWS);
    return {
      totals: totalsOf(total),
      chart: {
        isOfTime,
        title: `Time by ${GROUPS[groups[0]]}` + (kept.length < ranked.length ? `, the ${kept.length} largest of ${ranked.length}` : ""),
        rows: kept.map((row) => ({ label: chartLabel(row, groups[0]), seconds: row.duration, color: row.color })),
      },
      table: { caption: `${report.groupOne.length} ${report.groupOne.length === 1 ? "row" : "rows"}`, head, body, foot: null },
    };
  }

  function chartLabel(row, group) {
    if (group === "DATE" || group === "WEEK") return row.name.slice(5);
    const name = row.name || "(no description)";
    return row.clientName ? `${name} · ${row.clientName}` : name;
  }

  const count = (rows) => rows.reduce((sum, row) => sum + 1 + count(row.children || []), 0);

  /* A line for each row and each below it. `at_.cells`: what stands behind its name. */
  function addRows(body, rows, at_) {
    for (const row of rows) {
      const label = row.name || "(no description)";
      const name = element("th", { scope: "row" });
      const line = element("tr", { class: "level-" + at_.level }, name, ...at_.cells(row));
      if (at_.parent) at_.parent.push(line);
      body.append(line);
      const below = [];
      if (row.children && row.children.length) {
        name.append(toggle(label, below, at_.isOpen));
        addRows(body, row.children, { ...at_, level: at_.level + 1, parent: below });
        if (!at_.isOpen) for (const one of below) one.hidden = true;
      }
      name.append(named(label, row.color));
      if (row.clientName) name.append(element("span", { class: "quiet" }, row.clientName));
      if (at_.parent) at_.parent.push(...below);
    }
  }

  function toggle(label, below, isOpen) {
    const made = element("button", { type: "button", class: "toggle", "aria-expanded": String(isOpen) }, isOpen ? "−" : "+");
    made.setAttribute("aria-label", "Rows of " + label);
    made.addEventListener("click", () => {
      const opens = made.getAttribute("aria-expanded") !== "true";
      made.setAttribute("aria-expanded", String(opens));
      made.textContent = opens ? "−" : "+";
      for (const line of below) {
        line.hidden = !opens;
        const inner = line.querySelector(".toggle");
        if (inner) {
          inner.setAttribute("aria-expanded", String(opens));
          inner.textContent = opens ? "−" : "+";
        }
      }
    });
    return made;
  }

  function paged(own, count, all) {
    const size = own.pageSize || 50, page = own.page || 1, first = (page - 1) * size + 1;
    const range = count ? `${first} to ${first + count - 1}` : "None";
    return { page, hasMore: all === null ? count === size : first + count - 1 < all, words: all === null ? range : `${range} of ${all}` };
  }

  function detailed(report, filter, format) {
    const own = filter.detailedFilter || {}, rows = report.timeentries, total = report.totals[0];
    const hasMoney = rows.some((row) => row.currency !== undefined && row.amount !== undefined);
    const sorted = { column: own.sortColumn || "DATE", order: filter.sortOrder || "DESCENDING" };
    const head = heads([["Day", false, "DATE"], ["Description", false, "DESCRIPTION"], ["Project", false], ["Person", false, "USER"],
      ["Time", true, "DURATION"], ...(hasMoney ? [["Amount", true]] : [])], sorted);
    const body = element("tbody", null, ...rows.map((row) => {
      const { start, end, duration } = row.timeInterval;
      const tags = row.tags.map((tag) => tag.name).join(", ");
      return element("tr", null,
        element("td", { class: "day" }, day(start, format), element("span", { class: "quiet" }, `${clock(start)} – ${end ? clock(end) : "now"}`)),
        element("th", { scope: "row" }, row.description || "(no description)", tags ? element("span", { class: "quiet" }, tags) : null),
        element("td", null, named(row.projectName || "", row.projectName ? row.projectColor : null), row.taskName ? element("span", { class: "quiet" }, row.taskName) : null),
        cell(row.userName), cell(time(duration), true), hasMoney ? cell(row.amount === undefined ? "" : money(row.amount, row.currency), true) : null);
    }));
    const days = new Map();
    for (const row of rows) {
      const of = row.timeInterval.start.slice(0, 10);
      days.set(of, (days.get(of) || 0) + row.timeInterval.duration);
    }
    const pages = paged(own, rows.length, total ? total.entriesCount : null);
    return {
      totals: report.totals.length ? totalsOf(total) : [],
      chart: {
        isOfTime: true,
        title: pages.page === 1 && !pages.hasMore ? "Time by day" : "Time by day on this page",
        rows: [...days].sort().map(([label, seconds]) => ({ label: label.slice(5), seconds })),
      },
      table: { caption: pages.words + (rows.length ? "" : " in these days"), head, body, foot: null },
      pages,
    };
  }

  function weekly(report, filter, format) {
    const from = Date.parse(filter.dateRangeStart.slice(0, 10) + "T00:00:00Z");
    const days = [0, 1, 2, 3, 4, 5, 6].map((number) => new Date(from + number * 86400000).toISOString().slice(0, 10));
    const byDay = (found) => Object.fromEntries(found.map((one) => [one.date.slice(0, 10), one.duration]));
    const total = report.totals[0], hasMoney = Boolean(total && (total.amounts || []).length);
    const names = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });
    const label = (date) => `${names.format(new Date(date + "T00:00:00Z"))} ${date.slice(8)}`;
    const head = heads([[capital(GROUPS[filter.weeklyFilter.group]), false], ...days.map((one) => [label(one), true]), ["Time", true],
      ...(hasMoney ? [["Amount", true]] : [])], {});
    const body = element("tbody");
    const cells = (row) => {
      const found = byDay(row.days || []);
      return [...days.map((one) => cell(found[one] ? hours(found[one]) : "", true)), cell(hours(row.duration), true),
        ...(hasMoney ? [cell(amount(row), true)] : [])];
    };
    addRows(body, report.groupOne, { level: 0, cells, isOpen: count(report.groupOne) <= OPEN_ROWS, parent: null });
    const all = byDay(report.totalsByDay);
    const foot = element("tfoot", null, element("tr", null, element("th", { scope: "row" }, "Total"),
      ...days.map((one) => cell(all[one] ? hours(all[one]) : "", true)), cell(hours(total ? total.totalTime : 0), true), hasMoney ? cell("", true) : null));
    return {
      totals: totalsOf(total),
      chart: { isOfTime: true, title: "Time by day", rows: days.map((one) => ({ label: label(one), seconds: all[one] || 0 })) },
      table: { caption: `Week from ${day(days[0], format)}`, head, body, foot },
    };
  }

  function attendance(report, filter, format) {
    const own = filter.attendanceFilter || {}, rows = report.entities;
    const head = heads([["Person", false, "USER"], ["Day", false, "DATE"], ["Start", true, "START"], ["End", true, "END"], ["Break", true, "BREAK"],
      ["Work", true, "WORK"], ["Capacity", true, "CAPACITY"], ["Overtime", true, "OVERTIME"]],
    { column: own.sortColumn || "USER", order: filter.sortOrder || "ASCENDING" });
    const body = element("tbody", null, ...rows.map((row) => element("tr", null,
      element("th", { scope: "row" }, row.userName), element("td", { class: "day" }, day(row.date, format)),
      cell(clock(row.zonedStart), true), cell(row.hasRunningEntry ? "now" : clock(row.zonedEnd), true),
      ...[row.break, row.totalDuration, row.capacity, row.overtime].map((seconds) => cell(seconds ? time(seconds) : "", true)))));
    const pages = paged(own, rows.length, null);
    return { totals: [], chart: null, table: { caption: `Rows ${pages.words}`, head, body, foot: null }, pages };
  }

  function expenses(report, filter, format) {
    const rows = report.expenses, totals = report.totals, currency = (row) => row.currency || "USD";
    const head = heads([["Day", false], ["Person", false], ["Project", false], ["Category", false], ["Notes", false], ["Amount", true]], {});
    const body = element("tbody", null, ...rows.map((row) => element("tr", null, element("td", { class: "day" }, day(row.date, format)),
      cell(row.userName), cell(row.projectName || ""), cell(row.categoryName || ""), cell(row.notes || ""), cell(money(row.amount, currency(row)), true))));
    const pages = paged(filter, rows.length, totals.expensesCount || 0);
    return { totals: [["Expenses", String(totals.expensesCount || 0)]], chart: null, table: { caption: pages.words, head, body, foot: null }, pages };
  }

  const SHOWN = { SUMMARY: summary, DETAILED: detailed, WEEKLY: weekly, ATTENDANCE: attendance, EXPENSE_DETAILED: expenses };

  window.addEventListener("popstate", show);
  show();
})();
