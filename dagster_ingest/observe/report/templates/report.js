"use strict";
(() => {
  const root = document.documentElement;
  const kept = (value) => { try { return value === undefined ? localStorage.getItem("theme") : localStorage.setItem("theme", value); } catch { return null; } };
  const chosen = kept();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

  const make = (name, words, ...classes) => {
    const made = document.createElement(name);
    if (words !== undefined && words !== null) made.textContent = words;
    if (classes.length) made.className = classes.join(" ");
    return made;
  };

  function theme() {
    const button = document.getElementById("theme");
    const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const show = () => { button.textContent = dark() ? "Light" : "Dark"; };
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; kept(root.dataset.theme); show(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    show();
  }

  /* A cursor over a chart reads the row of its table; arrow keys move it. */
  function charts() {
    for (const plot of document.querySelectorAll(".plot")) {
      const figure = plot.closest("figure"), drawn = plot.parentElement;
      const names = [...figure.querySelectorAll("thead th")].map((th) => th.textContent);
      const rows = figure.querySelectorAll("tbody tr"), cursor = plot.querySelector(".cursor");
      const count = +plot.dataset.n, left = +plot.dataset.left, step = +plot.dataset.step;
      let at = -1;
      const tip = make("div", "", "tip");
      tip.setAttribute("role", "status");
      tip.hidden = true;
      drawn.append(tip);
      const show = (place) => {
        at = Math.max(0, Math.min(count - 1, place));
        if (!rows[at]) return;
        const cells = [...rows[at].children].map((td) => td.textContent);
        tip.textContent = "";
        tip.append(make("b", cells[0]));
        cells.slice(1).forEach((cell, n) => { if (cell) { tip.append(make("br"), `${names[n + 1]}: ${cell}`); } });
        tip.hidden = false;
        plot.classList.add("on");
        const x = left + (at + 0.5) * step;
        cursor.setAttribute("transform", `translate(${x} 0)`);
        const shown = x / plot.viewBox.baseVal.width * plot.clientWidth;
        tip.style.left = `${Math.max(0, Math.min(drawn.clientWidth - tip.offsetWidth, shown + (shown > drawn.clientWidth / 2 ? -tip.offsetWidth - 12 : 12)))}px`;
      };
      const hide = () => { tip.hidden = true; plot.classList.remove("on"); };
      plot.addEventListener("pointermove", (event) => {
        const box = plot.getBoundingClientRect();
        const x = (event.clientX - box.left) / box.width * plot.viewBox.baseVal.width;
        show(Math.floor((x - left) / step));
      });
      plot.addEventListener("pointerleave", hide);
      plot.addEventListener("blur", hide);
      plot.addEventListener("keydown", (event) => {
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key];
        if (to === undefined) { if (event.key === "Escape") hide(); return; }
        event.preventDefault();
        show(at < 0 ? count - 1 : to);
      });
    }
  }

  function sorting() {
    const value = (row, n) => { const cell = row.children[n]; return cell.dataset.v === undefined ? cell.textContent.trim() : +cell.dataset.v; };
    for (const table of document.querySelectorAll("table.sortable")) {
      [...table.tHead.rows[0].cells].forEach((head, n) => {
        if (head.querySelector(".sr")) return;
        const button = make("button", head.textContent);
        button.type = "button";
        head.replaceChildren(button);
        button.addEventListener("click", () => {
          const up = head.getAttribute("aria-sort") === "descending" || (!head.hasAttribute("aria-sort") && !head.classList.contains("n"));
          for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
          head.setAttribute("aria-sort", up ? "ascending" : "descending");
          const rows = [...table.tBodies[0].rows];
          const compared = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
          rows.sort((a, b) => compared(value(a, n), value(b, n)) * (up ? 1 : -1));
          table.tBodies[0].append(...rows);
        });
      });
    }
  }

  function menus() {
    document.addEventListener("click", (event) => {
      for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") for (const menu of document.querySelectorAll(".menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
    });
  }

  /* The catalog: assets with numbers that point into pools of what many share. */
  function catalog() {
    const source = document.getElementById("catalog-data");
    if (!source) return;
    const { assets, pools } = JSON.parse(source.textContent);
    const tables = pools.schemas, input = document.getElementById("q"), list = document.getElementById("found");
    const picks = [...document.querySelectorAll(".search select")], count = document.getElementById("count");
    const most = 100;
    const names = tables.map((columns) => columns.map((c) => `${c[0]} ${c[2]} ${c[3].join(" ")} ${c[5].join(" ")}`).join(" ").toLowerCase());
    const words = assets.map((a) => `${a.key} ${pools.texts[a.description] || ""} ${pools.owners[a.owners].join(" ")} ${a.contract || ""} ${a.kinds.join(" ")}`.toLowerCase());

    for (const pick of picks) {
      const seen = new Set(assets.flatMap((a) => pick.name === "owner" ? pools.owners[a.owners] : [a[pick.name]]));
      for (const one of [...seen].filter(Boolean).sort()) { const option = make("option", one); option.value = one; pick.append(option); }
    }

    const marked = (text, terms) => {
      const made = make("span");
      let rest = text;
      while (rest) {
        const low = rest.toLowerCase();
        const hit = terms.map((t) => [low.indexOf(t), t.length]).filter(([n]) => n >= 0).sort((a, b) => a[0] - b[0] || b[1] - a[1])[0];
        if (!hit) { made.append(rest); break; }
        made.append(rest.slice(0, hit[0]), make("mark", rest.slice(hit[0], hit[0] + hit[1])));
        rest = rest.slice(hit[0] + hit[1]);
      }
      return made;
    };

    const fact = (facts, name, value) => { if (value) facts.append(make("dt", name), typeof value === "string" ? make("dd", value) : value); };
    const linked = (keys) => {
      const made = make("dd");
      keys.forEach((key, n) => { const a = make("a", key, "mono"); a.href = `#${encodeURIComponent(key)}`; made.append(n ? ", " : "", a); });
      return keys.length ? made : null;
    };

    function open(item, a, terms) {
      if (item.childElementCount > 1) return;
      const facts = make("dl", null, "facts");
      fact(facts, "owners", pools.owners[a.owners].join(", "));
      fact(facts, "contract", a.contract && `${a.contract} ${a.version || ""}`);
      fact(facts, "freshness", pools.texts[a.freshness]);
      fact(facts, "states", pools.owners[a.states].join(", "));
      fact(facts, "cost", pools.texts[a.cost]);
      fact(facts, "defined in", pools.texts[a.code]);
      fact(facts, "read from", linked(a.upstream.map((n) => assets[n].key)));
      item.append(facts);
      const columns = tables[a.schema];
      if (!columns.length) return;
      const box = make("div", null, "cols", "scroll"), table = make("table"), head = table.createTHead().insertRow();
      box.tabIndex = 0;
      for (const name of ["column", "type", "classification", "description", "made of", "source columns"]) { const th = make("th", name); th.scope = "col"; head.append(th); }
      const body = table.createTBody();
      for (const [name, type, text, classes, made, sources] of columns) {
        const row = body.insertRow();
        const cell = make("td", null, "mono");
        cell.append(marked(name, terms));
        row.append(cell, make("td", type));
        const chips = make("td");
        for (const one of classes) chips.append(make("span", one, "chip", ...(one === "private" ? ["private"] : [])), " ");
        row.append(chips, make("td", text), make("td", made.join(", "), "mono"), make("td", a.layer === "elt" ? "" : sources.join(", "), "mono"));
      }
      box.append(table);
      item.append(box);
    }

    function line(a, terms) {
      const li = make("li"), item = make("details"), summary = make("summary");
      const name = make("span", null, "mono");
      name.append(marked(a.key, terms));
      summary.append(name, make("span", pools.texts[a.description] || "", "what"), make("span", a.layer, "chip"));
      item.append(summary);
      item.addEventListener("toggle", () => { if (item.open) open(item, a, terms); });
      li.append(item);
      return [li, item];
    }

    function search() {
      const terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const hits = new Map();  // a schema is looked at once for a word, however many assets have it
      const named = (term, schema) => {
        const key = `${schema} ${term}`;
        if (!hits.has(key)) hits.set(key, names[schema].includes(term));
        return hits.get(key);
      };
      const asked = picks.filter((p) => p.value);
      const found = [];
      assets.forEach((a, n) => {
        for (const pick of asked) {
          if (pick.name === "owner" ? !pools.owners[a.owners].includes(pick.value) : a[pick.name] !== pick.value) return;
        }
        let score = 0;
        for (const term of terms) {
          const key = a.key.indexOf(term);
          if (key >= 0) score += 4 + (a.key.endsWith(`/${term}`) ? 4 : 0);
          else if (words[n].includes(term)) score += 2;
          else if (named(term, a.schema)) score += 1;
          else return;
        }
        found.push([score, n]);
      });
      found.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
      count.textContent = `${found.length.toLocaleString("en")} of ${assets.length.toLocaleString("en")} assets${found.length > most ? `, the first ${most} shown` : ""}`;
      list.replaceChildren(...found.slice(0, most).map(([, n]) => line(assets[n], terms)[0]));
    }

    function jump() {
      let wanted = "";
      try { wanted = decodeURIComponent(location.hash.slice(1)); } catch { return; }
      const a = assets.find((each) => each.key === wanted);
      if (!a) return;
      input.value = a.key;
      for (const pick of picks) pick.value = "";
      search();
      const first = list.querySelector("details");
      if (first) { first.open = true; first.querySelector("summary").focus(); }
    }

    document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", search);
    for (const pick of picks) pick.addEventListener("change", search);
    addEventListener("hashchange", jump);
    document.getElementById("search").hidden = false;
    search();
    jump();
  }

  document.addEventListener("DOMContentLoaded", () => { theme(); menus(); charts(); sorting(); catalog(); });
})();
