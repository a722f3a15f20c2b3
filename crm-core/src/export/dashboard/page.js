"use strict";
// The dashboard as it is counted here: the same ten answers as the engine's `report.dashboard`, over the deals that the
// filters admit. Money is BigInt in minor units; a share, a mean or a percentile is rounded once, half away from zero.
const data = JSON.parse(document.getElementById("data").textContent);
const { deals, moves } = data;
const BEHIND = { owner: "owners", team: "teams", region: "regions", source: "sources", product: "products", stage: "stages" };
const FILTERS = Object.keys(BEHIND);
const OPEN = "open", WON = "won", LOST = "lost";
const minor = deals.amount.map(text => text === null ? null : BigInt(text.replace(".", "")));
const firstMove = [];
moves.count.reduce((sum, count, row) => { firstMove[row] = sum; return sum + count; }, 0);
const state = { lang: document.documentElement.lang.startsWith("zh") ? "zh" : "en", from: "", to: "" };

const say = (en, zh) => state.lang === "zh" ? zh : en;
const shownLabel = label => label[state.lang];
const NONE = data.none;

// ---- numbers
const decimal = (units, scale) => {
  const sign = units < 0n ? "-" : "", digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  return sign + (scale ? digits.slice(0, -scale) + "." + digits.slice(-scale) : digits);
};
const ratio = (part, whole, places) => {
  const much = 10n ** BigInt(places), negative = part < 0n;
  const units = ((negative ? -part : part) * much * 2n + whole) / (whole * 2n);
  return decimal(negative ? -units : units, places);
};
const fixed = (text, up, places) => {
  const negative = text.startsWith("-"), [whole, part = ""] = text.replace("-", "").split(".");
  let units = BigInt(whole + part);
  const more = part.length - up - places;
  if (more > 0) { const by = 10n ** BigInt(more); units = (units + by / 2n) / by; } else units *= 10n ** BigInt(-more);
  return decimal(negative ? -units : units, places);
};
const grouped = text => {
  const [whole, part] = text.replace("-", "").split(".");
  return (text.startsWith("-") ? "−" : "") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part === undefined ? "" : "." + part);
};
const money = units => decimal(units, data.scale);
const trimmed = (units, scale) => {
  while (scale > data.scale && units % 10n === 0n) { units /= 10n; scale -= 1; }
  return decimal(units, scale);
};
const SHOWN = {
  text: text => text, count: grouped, money: grouped, exact: grouped,
  rate: text => grouped(fixed(text, 2, 1)) + " %", days: text => grouped(fixed(text, 0, 1)),
};
const shown = (cell, type) =>
  cell === null ? "–" : typeof cell === "object" ? shownLabel(cell) : SHOWN[type](String(cell));
const short = value => {
  const steps = say([[1e9, "B"], [1e6, "M"], [1e3, "K"]], [[1e12, "万亿"], [1e8, "亿"], [1e4, "万"]]);
  const [size, end] = steps.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  return grouped(String(Number((value / size).toFixed(2)))) + end;
};
const months = new Map();
const monthOf = day => {
  if (day === null) return null;
  if (!months.has(day)) months.set(day, new Date(day * 864e5).toISOString().slice(0, 7));
  return months.get(day);
};
const dayOf = text => text ? Math.round(Date.parse(text + "T00:00:00Z") / 864e5) : null;

// ---- which deals
const admitted = (name, values) => {
  const wanted = state[name];
  return wanted === undefined ? null : values.map(value => value.key === wanted);
};
function rowsAdmitted() {
  const owners = admitted("owner", data.owners), regions = admitted("region", data.regions);
  const teams = state.team === undefined ? null : data.owners.map(owner => data.teams[owner.team].key === state.team);
  const sources = admitted("source", data.sources), stages = admitted("stage", data.stages);
  const products = admitted("product", data.products);
  const sets = products && data.sets.map(set => set.length ? set.some(product => products[product]) : products[0]);
  const from = dayOf(state.from) ?? -Infinity, to = dayOf(state.to) ?? Infinity;
  const of = [[owners, deals.owner], [teams, deals.owner], [regions, deals.region], [sources, deals.source],
    [stages, deals.stage], [sets, deals.products]].filter(([bits]) => bits);
  const rows = [];
  for (let row = 0; row < deals.owner.length; row += 1) {
    const made = deals.created_day[row];
    if (made >= from && made < to && of.every(([bits, codes]) => bits[codes[row]])) rows.push(row);
  }
  return rows;
}

// ---- what they come to
const add = (map, key, worth) => {
  const tally = map.get(key) ?? { deals: 0, minor: 0n };
  tally.deals += 1;
  tally.minor += worth;
  map.set(key, tally);
};
const more = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
function counted(rows) {
  const found = {
    stages: new Map(), stale: new Map(), moved: new Map(), reached: new Map(), won: new Map(), forecast: new Map(),
    top: new Map(), wins: [new Map(), new Map(), new Map(), new Map()], cycle: [], dwell: new Map(), unpriced: 0, open: 0n,
  };
  const ended = (map, key, outcome) => {
    const tally = map.get(key) ?? { won: 0, lost: 0 };
    tally[outcome] += 1;
    map.set(key, tally);
  };
  for (const row of rows) {
    const place = deals.place[row], outcome = data.stages[place].outcome, worth = minor[row] ?? 0n;
    if (minor[row] === null) found.unpriced += 1;
    add(found.stages, place, worth);
    if (outcome === OPEN) {
      const odds = BigInt(deals.odds[row] ?? data.stages[place].odds);
      found.open += worth;
      add(found.forecast, monthOf(deals.expected[row]), worth * odds);
      if (deals.since[row] < data.stale_before) add(found.stale, place, worth);
    } else {
      ended(found.wins[0], deals.owner[row], outcome);
      ended(found.wins[1], deals.region[row], outcome);
      ended(found.wins[2], deals.source[row], outcome);
      const set = data.sets[deals.products[row]];
      for (const product of set.length ? set : [0]) ended(found.wins[3], product, outcome);
    }
    if (outcome === WON) {
      add(found.won, monthOf(deals.since_day[row]), worth);
      add(found.top, deals.owner[row], worth);
      found.cycle.push(Math.max(0, deals.since[row] - deals.created[row]));
    }
    const places = new Set(), end = firstMove[row] + moves.count[row];
    for (let at = firstMove[row]; at < end; at += 1) {
      const step = data.steps[moves.step[at]];
      more(found.moved, step.from * data.stages.length + step.to);
      if (step.to) places.add(step.to);
      if (step.timed) {
        if (!found.dwell.has(step.from)) found.dwell.set(step.from, []);
        found.dwell.get(step.from).push(moves.stood[at]);
      }
    }
    places.forEach(place => more(found.reached, place));
  }
  return found;
}
const percentile = (sorted, percent) => {
  const at = (sorted.length - 1) * percent, low = Math.floor(at / 100), high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] * 100 + (sorted[high] - sorted[low]) * (at % 100);
};
const spread = values => {
  if (!values.length) return [null, null, null];
  const sorted = [...values].sort((a, b) => a - b), sum = values.reduce((sum, value) => sum + BigInt(value), 0n);
  const days = percent => ratio(BigInt(percentile(sorted, percent)), 8640000n, 4);
  return [ratio(sum, BigInt(values.length) * 86400n, 4), days(50), days(90)];
};
const shares = counts => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const points = counts.map(count => Math.floor(count * 10000 / total));
  const left = 10000 - points.reduce((sum, point) => sum + point, 0);
  counts.map((count, at) => [count * 10000 % total, at]).sort((a, b) => b[0] - a[0] || a[1] - b[1])
    .slice(0, left).forEach(([, at]) => { points[at] += 1; });
  return points;
};

// ---- as tables, cell by cell as the engine's
const column = (key, en, zh, type) => ({ key, label: { en, zh }, type });
const KEY = key => column(key, "Key", "代码", "text");
const DEALS = column("deals", "Deals", "商机", "count"), AMOUNT = column("amount", "Amount", "金额", "money");
const stageColumns = (key, en, zh) => [column(key, en + ": key", zh + "代码", "text"), column(key + "_name", en, zh, "text")];
const named = value => [value.key, value.label];
const byKey = (a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
function tables(found) {
  const ascending = map => [...map.keys()].sort((a, b) => a - b);
  const stage = at => named(data.stages[at]);
  const placed = (key, en, zh, map) => ({
    key, title: { en, zh }, columns: [...stageColumns("stage", "Stage", "阶段"), DEALS, AMOUNT],
    rows: ascending(map).map(at => [...stage(at), map.get(at).deals, money(map.get(at).minor)]),
  });
  const wins = (name, en, zh, map, values) => ({
    key: "win_rate_" + name, title: { en: "Win rate by " + en.toLowerCase(), zh: `赢单率（按${zh}）` },
    columns: [KEY(name), column("name", en, zh, "text"), column("won", "Won", "赢单", "count"),
      column("lost", "Lost", "输单", "count"), column("win_rate", "Win rate", "赢单率", "rate")],
    rows: ascending(map).map(at => {
      const { won, lost } = map.get(at);
      return [...named(values[at]), won, lost, ratio(BigInt(won), BigInt(won + lost), 4)];
    }).sort(byKey),
  });
  const monthly = (key, en, zh, map, scale, type) => ({
    key, title: { en, zh }, columns: [column("month", "Month", "月份", "text"), DEALS, column("amount", "Amount", "金额", type)],
    rows: [...map.keys()].sort((a, b) => a === null ? -1 : b === null ? 1 : a < b ? -1 : 1).map(month =>
      [month ?? NONE, map.get(month).deals, trimmed(map.get(month).minor, scale)]),
  });
  const top = [...found.top].sort(([a, one], [b, two]) =>
    one.minor > two.minor ? -1 : one.minor < two.minor ? 1 : a - b).slice(0, data.top);
  const size = data.stages.length;
  return [
    placed("stages", "Deals by stage", "各阶段商机", found.stages),
    {
      key: "transitions", title: { en: "Moves from stage to stage", zh: "阶段流转" },
      columns: [...stageColumns("from", "From", "来自"), ...stageColumns("to", "To", "去往"), column("moves", "Moves", "次数", "count")],
      rows: ascending(found.moved).map(at => [...stage(Math.floor(at / size)), ...stage(at % size), found.moved.get(at)]),
    },
    {
      key: "reached", title: { en: "Deals that ever reached a stage", zh: "曾到达各阶段的商机" },
      columns: [...stageColumns("stage", "Stage", "阶段"), DEALS],
      rows: ascending(found.reached).map(at => [...stage(at), found.reached.get(at)]),
    },
    wins("owner", "Owner", "负责人", found.wins[0], data.owners),
    wins("region", "Region", "地区", found.wins[1], data.regions),
    wins("source", "Source", "来源", found.wins[2], data.sources),
    wins("product", "Product", "产品", found.wins[3], data.products),
    {
      key: "cycle", title: { en: "Days from the making of a deal until it was won", zh: "赢单周期天数" },
      columns: [column("won", "Won", "赢单", "count"), column("mean", "Mean", "均值", "days"),
        column("median", "Median", "中位数", "days"), column("p90", "90 %", "P90", "days")],
      rows: [[found.cycle.length, ...spread(found.cycle)]],
    },
    monthly("won", "Won by month", "各月赢单", found.won, data.scale, "money"),
    monthly("forecast", "Weighted forecast by month", "各月加权预测", found.forecast, data.scale + 4, "exact"),
    {
      key: "top_owners", title: { en: "Owners with the most won", zh: "赢单金额最高的负责人" },
      columns: [column("owner", "Login", "登录名", "text"), column("name", "Owner", "负责人", "text"), DEALS, AMOUNT],
      rows: top.map(([at, tally]) => [...named(data.owners[at]), tally.deals, money(tally.minor)]),
    },
    {
      key: "dwell", title: { en: "Days in a stage until it was left", zh: "阶段停留天数" },
      columns: [...stageColumns("stage", "Stage", "阶段"), column("moves", "Left", "离开次数", "count"),
        column("mean", "Mean", "均值", "days"), column("p90", "90 %", "P90", "days")],
      rows: ascending(found.dwell).map(at => {
        const [mean, , p90] = spread(found.dwell.get(at));
        return [...stage(at), found.dwell.get(at).length, mean, p90];
      }),
    },
    placed("stale", "Stale open deals", "停滞商机", found.stale),
  ];
}
function figures(found, rows) {
  const sum = (map, part, zero) => [...map.values()].reduce((sum, tally) => sum + tally[part], zero);
  const won = sum(found.wins[0], "won", 0), lost = sum(found.wins[0], "lost", 0);
  const weighted = trimmed(sum(found.forecast, "minor", 0n), data.scale + 4);
  const rate = won + lost ? ratio(BigInt(won), BigInt(won + lost), 4) : null;
  return [
    ["deals", "Deals", "商机", rows.length, "count"],
    ["won_amount", "Won", "赢单金额", money(sum(found.won, "minor", 0n)), "money"],
    ["win_rate", "Win rate", "赢单率", rate, "rate", say(`${won} won, ${lost} lost`, `赢 ${won}，输 ${lost}`)],
    ["open_amount", "Open", "在途金额", money(found.open), "money"],
    ["weighted", "Weighted forecast", "加权预测", fixed(weighted, 0, data.scale), "money"],
    ["stale", "Stale", "停滞", sum(found.stale, "deals", 0), "count",
      say(`over ${data.stale_days} days in a stage`, `停留超过 ${data.stale_days} 天`)],
  ];
}

// ---- on the page: texts of others only ever become text nodes
const el = (tag, about = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const draw = (tag, about = {}, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(about)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const isNumber = type => type !== "text";
function tableOf(table) {
  const head = table.columns.map(({ label, type }) =>
    el("th", { scope: "col", class: isNumber(type) ? "n" : "" }, shownLabel(label)));
  const rows = table.rows.map(row => el("tr", {}, ...row.map((cell, at) => {
    const type = table.columns[at].type, raw = cell === null ? "" : typeof cell === "object" ? cell.en : String(cell);
    return el("td", { class: isNumber(type) ? "n" : "", "data-v": raw }, shown(cell, type));
  })));
  return el("div", { class: "scroll", tabindex: "0" },
    el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)));
}
/// Lying bars: name, share of the longest, and the number in words.
function bars(items, kind = "") {
  const most = Math.max(...items.map(item => Math.abs(item.value)), 0) || 1;
  return el("div", { class: "bars " + kind }, ...items.map(({ name, value, text }) => {
    const bar = el("i");
    bar.style.width = Math.max(0, value / most * 100) + "%";
    return el("div", {}, el("span", { title: name }, name), el("b", {}, bar), el("em", {}, text));
  }));
}
/// A scale of round numbers that holds `most`.
function ticks(most) {
  const rough = most / 4 || 1, size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(times => times * size).find(step => step >= rough);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step);
}
/// All months between the first and the last, those without deals with nothing.
function dense(rows) {
  const known = new Map(rows.filter(row => row[0] !== NONE).map(row => [row[0], row]));
  const names = [...known.keys()];
  if (!names.length) return [];
  const index = name => Number(name.slice(0, 4)) * 12 + Number(name.slice(5)) - 1;
  const first = index(names[0]), last = index(names.at(-1)), found = [];
  for (let at = first; at <= last && found.length < 600; at += 1) {
    const name = `${Math.floor(at / 12)}-${String(at % 12 + 1).padStart(2, "0")}`;
    found.push([name, Number(known.get(name)?.[2] ?? 0)]);
  }
  return found;
}
function line(rows, width) {
  const points = dense(rows);
  if (!points.length) return empty();
  const high = 210, left = 64, foot = 24, right = 12, top = 10;
  const scale = ticks(Math.max(...points.map(([, value]) => value), 0)), most = scale.at(-1);
  const x = at => left + (points.length === 1 ? 0.5 : at / (points.length - 1)) * (width - left - right);
  const y = value => top + (1 - value / most) * (high - top - foot);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${high}`, width, height: high, "aria-hidden": "true" });
  for (const value of scale) {
    svg.append(draw("path", { class: "grid", d: `M${left} ${y(value)}H${width - right}` }),
      draw("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  const each = Math.ceil(points.length / Math.max(1, Math.floor((width - left) / 68)));
  points.forEach(([name], at) => {
    if (at % each === 0) svg.append(draw("text", { x: x(at), y: high - 4, "text-anchor": "middle" }, name));
  });
  const path = points.map(([, value], at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  svg.append(draw("path", { class: "area", d: `${path}L${x(points.length - 1).toFixed(1)} ${y(0)}L${x(0).toFixed(1)} ${y(0)}Z` }),
    draw("path", { class: "line", d: path }));
  points.forEach(([name, value], at) => svg.append(draw("circle", { cx: x(at), cy: y(value), r: points.length > 40 ? 1.5 : 3 },
    draw("title", {}, `${name} ${grouped(String(value))}`))));
  return svg;
}
/// A ring of shares that sum to 100.00; each part has a number in it and in the list, so that no colour is needed.
function pie(items) {
  const parts = items.filter(item => item.value > 0).sort((a, b) => b.value - a.value);
  if (!parts.length) return empty();
  if (parts.length > 7) {
    const rest = parts.splice(6).reduce((sum, item) => sum + item.value, 0);
    parts.push({ name: say("others", "其他"), value: rest });
  }
  const points = shares(parts.map(part => part.value));
  const svg = draw("svg", { viewBox: "-100 -100 200 200", width: 180, height: 180, "aria-hidden": "true" });
  const at = (turn, radius) => `${(Math.sin(turn) * radius).toFixed(2)} ${(-Math.cos(turn) * radius).toFixed(2)}`;
  let turn = 0;
  const list = el("ol");
  parts.forEach((part, number) => {
    const angle = points[number] / 10000 * 2 * Math.PI, wide = angle > Math.PI ? 1 : 0, end = turn + angle;
    const ring = radius => `M0 ${-radius}A${radius} ${radius} 0 1 1 0 ${radius}A${radius} ${radius} 0 1 1 0 ${-radius}`;
    svg.append(draw("path", {
      class: "p" + (number + 1), "fill-rule": "evenodd",
      d: points[number] === 10000 ? ring(96) + ring(56)
        : `M${at(turn, 96)}A96 96 0 ${wide} 1 ${at(end, 96)}L${at(end, 56)}A56 56 0 ${wide} 0 ${at(turn, 56)}Z`,
    }));
    if (points[number] > 450) {
      const [x, y] = at(turn + angle / 2, 76).split(" ");
      svg.append(draw("text", { class: "on" + (number + 1), x, y: Number(y) + 5, "text-anchor": "middle" }, String(number + 1)));
    }
    turn = end;
    list.append(el("li", {}, el("i", { class: "p" + (number + 1) }), el("span", { title: part.name }, part.name),
      el("em", {}, `${decimal(BigInt(points[number]), 2)} %`)));
  });
  return el("div", { class: "pie" }, svg, list);
}
/// A grid from stage to stage; darker is more, and every cell says its number.
function heat(table) {
  const names = side => [...new Map(table.rows.map(row => [row[side], shown(row[side + 1], "text")]))];
  const order = new Map(data.stages.map((stage, at) => [stage.key, at]));
  const sorted = side => names(side).sort((a, b) => order.get(a[0]) - order.get(b[0]));
  const from = sorted(0), to = sorted(2), most = Math.max(...table.rows.map(row => row[4]));
  const count = new Map(table.rows.map(row => [JSON.stringify([row[0], row[2]]), row[4]]));
  const head = el("tr", {}, el("th", {}, say("from ╲ to", "从 ╲ 到")), ...to.map(([, name]) => el("th", { scope: "col", class: "n" }, name)));
  const rows = from.map(([key, name]) => el("tr", {}, el("th", { scope: "row" }, name), ...to.map(([other]) => {
    const moved = count.get(JSON.stringify([key, other]));
    const cell = el("td", { class: moved > most * 0.75 ? "n deep" : "n" }, moved === undefined ? "–" : grouped(String(moved)));
    cell.style.setProperty("--depth", moved === undefined ? "0%" : 6 + 94 * moved / most + "%");
    return cell;
  })));
  return el("div", { class: "scroll", tabindex: "0" }, el("table", { class: "heat" }, el("thead", {}, head), el("tbody", {}, ...rows)));
}
const empty = () => el("p", { class: "empty" }, say("No deals.", "没有商机。"));

const BARS_MAX = 12;
/// What is drawn above the table of each answer.
const PICTURES = {
  stages: table => bars(table.rows.map(row => ({ name: shown(row[1], "text"), value: Number(row[3]), text: `${grouped(String(row[2]))} · ${short(Number(row[3]))}` }))),
  transitions: table => heat(table),
  reached: table => {
    const open = new Set(data.stages.filter(stage => stage.outcome === OPEN).map(stage => stage.key));
    const rows = table.rows.filter(row => open.has(row[0]));
    const first = Math.max(...rows.map(row => row[2]), 1);
    return rows.length ? bars(rows.map(row => ({ name: shown(row[1], "text"), value: row[2], text: `${grouped(String(row[2]))} · ${shown(ratio(BigInt(row[2]), BigInt(first), 4), "rate")}` })), "funnel") : empty();
  },
  win_rate_source: table => pie(table.rows.map(row => ({ name: shown(row[1], "text"), value: row[2] }))),
  won: (table, width) => line(table.rows, width),
  forecast: table => bars(table.rows.slice(0, BARS_MAX).map(row => ({ name: shown(row[0], "text"), value: Number(row[2]), text: short(Number(row[2])) }))),
  top_owners: table => bars(table.rows.slice(0, BARS_MAX).map(row => ({ name: shown(row[1], "text"), value: Number(row[3]), text: `${row[2]} · ${short(Number(row[3]))}` }))),
  dwell: table => bars(table.rows.map(row => ({ name: shown(row[1], "text"), value: Number(row[3]), text: say(`${shown(row[3], "days")} days`, `${shown(row[3], "days")} 天`) }))),
  stale: table => table.rows.length ? bars(table.rows.map(row => ({ name: shown(row[1], "text"), value: row[2], text: `${grouped(String(row[2]))} · ${short(Number(row[3]))}` }))) : empty(),
};
const rates = table => bars([...table.rows].sort((a, b) => Number(b[4]) - Number(a[4])).slice(0, BARS_MAX)
  .map(row => ({ name: shown(row[1], "text"), value: Number(row[4]), text: `${shown(row[4], "rate")} · ${row[2]}/${row[2] + row[3]}` })));
for (const name of ["owner", "region", "product"]) PICTURES["win_rate_" + name] = rates;
const ORDER = ["stages", "reached", "won", "forecast", "win_rate_source", "win_rate_owner", "top_owners", "win_rate_region",
  "win_rate_product", "dwell", "stale", "transitions", "cycle"];
const TITLES = { win_rate_source: { en: "Won deals by source", zh: "赢单来源构成" } };
const WIDE = new Set(["won", "transitions", "cycle"]);

const open = new Set();
function panel(table, width) {
  const title = shownLabel(TITLES[table.key] ?? table.title), picture = PICTURES[table.key];
  const made = el("section", { class: WIDE.has(table.key) ? "panel full" : "panel", "data-key": table.key, "aria-label": title }, el("h2", {}, title));
  if (!table.rows.length) {
    made.append(empty());
    return made;
  }
  if (!picture) {
    made.append(tableOf(table));
    return made;
  }
  const box = WIDE.has(table.key) ? width : width > 900 ? (width - 12) / 2 : width;
  const details = el("details", {}, el("summary", {}, say("Figures", "数据")), tableOf(table));
  details.open = open.has(table.key);
  details.addEventListener("toggle", () => open[details.open ? "add" : "delete"](table.key));
  made.append(picture(table, Math.floor(box - 34)), details);
  return made;
}

const page = document.getElementById("page"), form = document.getElementById("filters"), told = document.getElementById("told");
const reset = document.getElementById("reset");
const controls = new Map();
function fill() {
  form.replaceChildren();
  controls.clear();
  const label = (name, en, zh, control) => {
    controls.set(name, control);
    form.append(el("label", {}, el("span", {}, say(en, zh)), control));
  };
  const names = { owner: ["Owner", "负责人"], team: ["Team", "团队"], region: ["Region", "地区"], source: ["Source", "来源"], product: ["Product", "产品"], stage: ["Stage", "阶段"] };
  for (const name of FILTERS) {
    const control = el("select", { name }, el("option", { value: "all" }, say("All", "全部")));
    const told = new Set();
    for (const value of data[BEHIND[name]]) {
      if (!value.is_used || told.has(value.key)) continue;
      told.add(value.key);
      control.append(el("option", { value: "k" + value.key }, shownLabel(value.label)));
    }
    control.value = state[name] === undefined ? "all" : "k" + state[name];
    control.addEventListener("change", () => {
      if (control.value === "all") delete state[name]; else state[name] = control.value.slice(1);
      go();
    });
    label(name, ...names[name], control);
  }
  for (const [name, en, zh] of [["from", "Made from", "创建自"], ["to", "Made before", "创建早于"]]) {
    const control = el("input", { type: "date", name });
    control.value = state[name];
    control.addEventListener("change", () => { state[name] = control.value; go(); });
    label(name, en, zh, control);
  }
  reset.textContent = say("Show all", "显示全部");
}
reset.addEventListener("click", () => {
  FILTERS.forEach(name => delete state[name]);
  state.from = state.to = "";
  fill();
  go();
});
let answers = [], cards = [];
function show() {
  const width = page.clientWidth;
  const notes = cards.map(([key, en, zh, cell, type, note]) => {
    const text = shown(cell, type);
    return el("div", { "data-key": key, "data-v": cell === null ? "" : String(cell) }, el("dt", {}, say(en, zh)),
      el("dd", { class: text.length > 13 ? "longer" : text.length > 10 ? "long" : "" }, text), ...(note ? [el("dd", {}, note)] : []));
  });
  const of = new Map(answers.map(table => [table.key, table]));
  page.replaceChildren(el("dl", { class: "cards" }, ...notes), el("div", { class: "panels" }, ...ORDER.map(key => panel(of.get(key), width))));
}
function go() {
  const rows = rowsAdmitted(), found = counted(rows), all = deals.owner.length;
  answers = tables(found);
  cards = figures(found, rows);
  const unpriced = found.unpriced ? say(` · ${grouped(String(found.unpriced))} without an amount in ${data.currency}: counted, in no sum`,
    ` · ${grouped(String(found.unpriced))} 个商机没有 ${data.currency} 金额：计数但不计入金额`) : "";
  told.textContent = say(`${grouped(String(rows.length))} of ${grouped(String(all))} deals`, `${grouped(String(rows.length))} / ${grouped(String(all))} 个商机`) + unpriced;
  reset.hidden = rows.length === all;
  show();
  const hash = new URLSearchParams({ lang: state.lang });
  for (const name of [...FILTERS, "from", "to"]) if (state[name] !== undefined && state[name] !== "") hash.set(name, state[name]);
  for (const name of FILTERS) if (state[name] === "") hash.set(name, "");
  history.replaceState(null, "", "#" + hash);
}
function read() {
  const hash = new URLSearchParams(location.hash.slice(1));
  if (hash.has("lang")) state.lang = hash.get("lang") === "zh" ? "zh" : "en";
  for (const name of FILTERS) if (hash.has(name)) state[name] = hash.get(name); else delete state[name];
  for (const name of ["from", "to"]) state[name] = /^\d{4}-\d{2}-\d{2}$/.test(hash.get(name) ?? "") ? hash.get(name) : "";
  document.getElementById(state.lang).checked = true;
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  fill();
  go();
}
for (const lang of ["en", "zh"]) {
  document.getElementById(lang).addEventListener("change", () => {
    state.lang = lang;
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    fill();
    go();
  });
}
let last = 0;
addEventListener("resize", () => {
  if (page.clientWidth === last) return;
  last = page.clientWidth;
  show();
});
addEventListener("hashchange", read);
read();
last = page.clientWidth;
