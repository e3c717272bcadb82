"use strict";
(() => {
  const form = document.querySelector(".controls");
  const tables = [...document.querySelectorAll("table[data-rows]")]; // of the same functions, in one order
  if (form && tables.length) {
    const rows = [...tables[0].tBodies[0].rows].map((row, place) => {
      const own = tables.map(table => table.tBodies[0].rows[place]);
      const cells = own.flatMap(one => [...one.cells].slice(1));
      return {
        row, own, place,
        name: row.cells[0].textContent.trim().toLowerCase(),
        values: cells.map(cell => cell.dataset.value === "" ? NaN : Number(cell.dataset.value)),
        words: cells.map(cell => cell.dataset.word),
      };
    });
    const heads = tables.flatMap(table => [...table.tHead.rows[0].cells]);
    const fields = form.elements;
    const compare = (by, order) => (a, b) => {
      if (by === "") return a.place - b.place;
      if (by === "name") return order * a.name.localeCompare(b.name) || a.place - b.place;
      const [one, other] = [a.values[by], b.values[by]];
      if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other) || a.place - b.place;
      return one === other ? a.place - b.place : order * (one < other ? -1 : 1);
    };
    const show = () => {
      const by = fields.by.value;
      const order = Number(fields.order.value);
      const text = fields.text.value.trim().toLowerCase();
      const wanted = [...form.querySelectorAll("[name=verdict]")].filter(field => field.value);
      let shown = 0;
      for (const item of rows) {
        const contradicted = "contradicted" in item.row.dataset;
        const fits = item.name.includes(text)
          && wanted.every(field => item.words[field.dataset.place] === field.value)
          && (!fields.claims.value || (fields.claims.value === "contradicted") === contradicted)
          && (!fields.experiments?.value || (fields.experiments.value === "differ") === "differs" in item.row.dataset);
        for (const one of item.own) one.hidden = !fits;
        shown += fits;
      }
      const sorted = [...rows].sort(compare(by, order));
      tables.forEach((table, place) => table.tBodies[0].append(...sorted.map(item => item.own[place])));
      for (const head of heads) {
        const own = head.dataset.place ?? "name";
        if (own === by) head.setAttribute("aria-sort", order > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      }
      form.querySelector("output").textContent = `${shown} of ${rows.length} shown`;
    };
    for (const head of heads) {
      const own = head.dataset.place ?? "name";
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const again = fields.by.value === own;
        fields.order.value = again ? String(-Number(fields.order.value)) : own === "name" ? "1" : "-1";
        fields.by.value = own;
        show();
      });
      head.append(button);
    }
    form.hidden = form.closest(".sorting").hidden = false;
    form.addEventListener("input", show);
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(show));
    show();
  }
  const folded = () => document.querySelectorAll(".verdict");
  const unfold = document.querySelector(".unfold");
  if (unfold) {
    unfold.hidden = false;
    unfold.addEventListener("click", () => {
      const shut = unfold.getAttribute("aria-pressed") !== "true";
      unfold.setAttribute("aria-pressed", String(shut));
      for (const item of folded()) item.open = !shut;
    });
  }
  for (const box of document.querySelectorAll(".certificate")) {
    const named = ({ property, order }) => (property === "range" && order === 1 ? "derivative_range" : property);
    for (const button of box.closest(".card").querySelectorAll(".certificate button, button[data-fact]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const said = button.closest("td, .certificate").querySelector("output"), fact = button.dataset.fact;
        said.textContent = "being checked";
        setTimeout(() => {
          const words = [];
          const begun = performance.now();
          const taken = () => `${((performance.now() - begun) / 1000).toFixed(2)} s`;
          try {
            const all = JSON.parse(box.querySelector("pre").textContent);
            const facts = all.facts.filter(({ claim }) => !fact || named(claim) === fact);
            certificates.check({ ...all, facts }, text => words.push(`confirmed: ${text}`));
            words.push(`all is confirmed, in ${taken()}`);
          } catch (error) {
            words.push(`refused: ${error.message}, after ${taken()}`);
          }
          said.textContent = words.join("\n");
        });
      });
    }
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open], .numbers, .rows, .claims, .certificate, .aside)")];
    for (const item of closed) item.open = true;
  });
  addEventListener("afterprint", () => {
    for (const item of closed) item.open = false;
  });
  const reach = items => {
    const wide = items.map(item => item.scrollWidth > item.clientWidth || item.scrollHeight > item.clientHeight + 1);
    items.forEach((item, place) => {
      if (wide[place]) item.tabIndex = 0;
      else item.removeAttribute("tabindex");
    });
  };
  const seen = new ResizeObserver(entries => reach(entries.map(entry => entry.target)));
  for (const item of document.querySelectorAll(".wide, .formula")) seen.observe(item);
})();
