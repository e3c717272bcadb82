"use strict";
(() => {
  const PAUSE = 120;  // milliseconds after the last key before a question is asked
  const PATIENCE = 700;  // how long an answer is waited for while a newer question stands by
  const form = document.getElementById("ask");
  const field = document.getElementById("formula");
  const part = Object.fromEntries(["fault", "sliders", "status", "curves", "along", "beside", "card", "copies", "code", "stamps", "tracked", "shown", "ways"]
    .map(name => [name, document.getElementById(name)]));
  const second = document.getElementById("with") ?? {name: "with", value: "", addEventListener() {}};
  const names = new Set([...document.querySelectorAll("#catalogue option, select option")].map(option => option.value));
  const kept = JSON.parse(document.getElementById("kept")?.textContent ?? "null");  // the answers, where no server is
  let asked = null;  // the question whose answer is shown or awaited
  let running = null;  // {controller, began} while an answer is awaited
  let timer = 0;

  const values = () => [...part.sliders.querySelectorAll("input[type=text]")];
  const query = () => {
    const made = new URLSearchParams();
    const formula = field.value.trim();
    made.set(field.name, formula);
    const other = asked && asked.get(field.name) !== formula;
    if (!(other && names.has(formula)))  // a name of the catalogue brings its own values
      for (const input of values()) if (input.value.trim()) made.set(input.name, input.value.trim());
    if (second.value.trim()) made.set(second.name, second.value.trim());
    return made;
  };

  const reach = root => {  // what scrolls sideways can be reached by the keyboard
    for (const wide of root.querySelectorAll(".wide, .formula"))
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  };
  const folds = root => [...root.querySelectorAll("summary")];
  const label = summary => (summary.querySelector(".what") ?? summary).textContent.trim();
  const replaceCard = html => {
    const open = new Set(folds(part.card).filter(one => one.parentElement.open).map(label));
    const held = document.activeElement;
    const focus = part.card.contains(held) && held.matches("summary") ? label(held) : null;
    part.card.innerHTML = html;
    for (const one of folds(part.card)) {
      if (open.has(label(one))) one.parentElement.open = true;
      if (focus === label(one)) one.focus({preventScroll: true});
    }
    reach(part.card);
  };

  const rows = () => [...part.sliders.querySelectorAll(".slider")];
  const tracks = new Map();  // of a parameter what is asked along its slider: {key, controller}
  const parameter = row => row.querySelector("[type=text]").name.slice(part.shown.dataset.param.length);
  const colour = () => {  // the track of a slider shows one criterion
    for (const strip of part.sliders.querySelectorAll(".tracks svg")) strip.toggleAttribute("hidden", strip.dataset.key !== part.shown.value);
  };
  const mark = row => {  // where the slider stands, in the charts along it
    const range = row.querySelector("[type=range]");
    const share = (range.value - range.min) / (range.max - range.min);
    for (const now of part.along.querySelectorAll(`[data-name="${CSS.escape(parameter(row))}"] .now`))
      now.setAttribute("transform", `translate(${share * now.dataset.wide} 0)`);
  };
  const forget = () => {
    for (const one of tracks.values()) one.controller.abort();
    tracks.clear();
    part.along.replaceChildren();
  };
  const track = async (row, question) => {
    const [name, range] = [parameter(row), row.querySelector("[type=range]")];
    const own = new URLSearchParams(question);
    own.delete(part.shown.dataset.param + name);
    own.delete(second.name);
    own.set(part.shown.dataset.over + name, `${range.min}:${range.max}`);
    const key = String(own);
    const old = tracks.get(name);
    if (old?.key === key) return;
    old?.controller.abort();
    const made = {key, controller: new AbortController()};
    tracks.set(name, made);
    row.querySelector(".tracks").replaceChildren();
    let place = part.along.querySelector(`[data-name="${CSS.escape(name)}"]`);
    if (!place) {
      place = document.createElement("div");
      place.dataset.name = name;
      part.along.append(place);
    }
    place.classList.add("stale");
    try {
      await read("track", own, made.controller.signal, said => {
        if (tracks.get(name) !== made) return;
        if ("track" in said) {
          row.querySelector(".tracks").innerHTML = Object.values(JSON.parse(said.track)).join("");
          place.innerHTML = said.along;
          colour();
          mark(row);
        }
      });
      place.classList.remove("stale");
    } catch {  // it is asked again when something moves
      if (tracks.get(name) === made) tracks.delete(name);
    }
  };
  const trackAll = question => {
    if (kept) return;
    part.tracked.hidden = part.ways.hidden = !rows().length;
    for (const name of tracks.keys()) if (!rows().some(row => parameter(row) === name)) {
      tracks.get(name).controller.abort();
      tracks.delete(name);
    }
    for (const place of [...part.along.children]) if (!tracks.has(place.dataset.name)) place.remove();
    for (const row of rows()) track(row, question);
  };
  part.shown.addEventListener("change", colour);

  const showRanges = () => {
    for (const rail of part.sliders.querySelectorAll(".rail")) rail.hidden = false;
  };
  const replaceSliders = html => {
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    const key = root => root.querySelector("fieldset")?.dataset.key ?? "";
    if (key(fresh) === key(part.sliders)) {  // the same parameters: what is held or typed stays as it is
      const old = values();
      for (const [place, input] of [...fresh.querySelectorAll("input[type=text]")].entries()) {
        if (old[place] !== document.activeElement && !old[place].value.trim()) old[place].value = input.value;
      }
      return;
    }
    forget();
    part.sliders.replaceChildren(...fresh.childNodes);
    showRanges();
  };

  const take = (made, question) => {
    if ("fault" in made) {
      part.fault.innerHTML = made.fault;
      field.setAttribute("aria-invalid", "true");
    }
    if ("sliders" in made) {
      part.fault.replaceChildren();
      field.removeAttribute("aria-invalid");
      replaceSliders(made.sliders);
    }
    if ("curves" in made) {
      part.curves.innerHTML = made.curves;
      part.curves.classList.remove("stale");
    }
    if ("beside" in made) {
      part.beside.innerHTML = made.beside;
      reach(part.beside);
    }
    if ("card" in made) {
      replaceCard(made.card);
      part.card.classList.remove("stale");
      document.title = `${question.get(field.name)}, propcheck`;
    }
  };

  const recall = (path, question, said) => {
    const key = new URLSearchParams(question);
    if (path === "facts") key.delete(second.name);
    const found = kept.answers[key];
    if (!found) throw new Error("This copy does not keep that; propcheck serve answers it");
    for (const [name, lines] of Object.entries(found))
      if (kept.parts[path].includes(name)) said({[name]: lines.map(line => kept.lines[line]).join("\n")});
  };
  const read = async (path, question, signal, said) => {
    if (kept) return recall(path, question, said);
    const response = await fetch(`${path}?${question}`, {signal});
    if (!response.ok) throw new Error((await response.text()).trim());
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let whole = false;
    for (;;) {
      const {value, done} = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const made = JSON.parse(line);
        whole ||= made.end === "";
        said(made);
      }
    }
    if (!whole) throw new Error("the answer broke off");
  };

  const ask = async (question = query()) => {
    clearTimeout(timer);
    if (String(question) === String(asked)) return;
    if (running && performance.now() - running.began < PATIENCE) {
      running.again = true;
      timer = setTimeout(ask, PATIENCE - (performance.now() - running.began) + 1);
      return;
    }
    running?.controller.abort();
    asked = question;
    history.replaceState(null, "", `?${question}`);
    if (!question.get(field.name)) {
      running = null;
      for (const name of ["fault", "sliders", "curves", "beside", "card"]) part[name].replaceChildren();
      forget();
      part.tracked.hidden = part.ways.hidden = true;
      field.removeAttribute("aria-invalid");
      part.status.textContent = "";
      return;
    }
    const controller = new AbortController();
    const own = running = {controller, began: performance.now(), again: false};
    const told = {};
    const said = made => {
      if (running !== own) return;
      take(made, question);
      Object.assign(told, made);
      if (made.working) part.status.textContent = `Still working on: ${made.working}`;
    };
    const slow = setTimeout(() => {
      if (running !== own) return;
      for (const name of ["curves", "card"]) if (!(name in told)) part[name].classList.add("stale");
      if (!told.working) part.status.textContent = "Working";
    }, 300);
    try {
      part.copies.hidden = part.code.hidden = true;
      const paired = question.get(second.name);
      if (!paired) part.beside.replaceChildren();
      const found = path => read(path, question, controller.signal, said);
      await Promise.all([found("facts").then(() => paired && found("beside")), found("curves")]);
      if (running !== own) return;
      const seconds = (performance.now() - own.began) / 1000;
      for (const name of ["curves", "card"]) part[name].classList.toggle("stale", "fault" in told);
      const stale = part.card.childElementCount ? "What stands below is of the formula before" : "";
      const took = `Found in ${seconds.toFixed(seconds < 0.1 ? 2 : 1)} s${told.stopped ? `; ${told.stopped}` : ""}`;
      part.status.textContent = "fault" in told ? stale : kept ? "" : took;
      part.copies.hidden = "fault" in told;
      if (!("fault" in told)) trackAll(question);
    } catch (error) {
      if (controller.signal.aborted || running !== own) return;
      controller.abort();
      asked = null;
      part.status.textContent = error instanceof TypeError ? "The server does not answer: is propcheck serve still running?" : error.message;
    } finally {
      clearTimeout(slow);
      if (running === own) {
        running = null;
        if (own.again) ask();
      }
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  const copy = async text => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {  // the browser lets nobody but the reader copy
      return false;
    }
  };
  part.copies.addEventListener("click", async event => {
    const button = event.target.closest("button");
    if (!button || !asked) return;
    const kind = button.dataset.copy;
    let text = String(new URL(`?${asked}`, location));
    let fault = false;
    if (kind !== "link") {
      part.status.textContent = "Writing it";
      const question = new URLSearchParams(asked);
      question.set("to", kind);
      try {
        await read("code", question, undefined, made => {
          if ("fault" in made) fault = true;
          if ("code" in made) text = made.code;
        });
      } catch (error) {
        part.status.textContent = error.message;
        return;
      }
    }
    if (fault) return;
    const copied = await copy(text);
    part.code.textContent = text;
    part.code.hidden = copied && kind === "link";
    part.status.textContent = copied ? "Copied" : "Select it below to copy it";
  });

  form.addEventListener("submit", event => {
    event.preventDefault();
    ask();
  });
  field.addEventListener("input", soon);
  second.addEventListener("input", soon);
  part.sliders.addEventListener("input", event => {
    const row = event.target.closest(".slider");
    if (!row) return;
    const [text, range] = [row.querySelector("[type=text]"), row.querySelector("[type=range]")];
    if (event.target === range) text.value = range.value;
    else if (Number.isFinite(Number(text.value)) && text.value.trim()) range.value = text.value;
    mark(row);
    soon();
  });
  showRanges();
  const gallery = document.getElementById("gallery");
  const pictures = () => {
    if (!gallery.open || part.stamps.dataset.drawn) return;
    part.stamps.dataset.drawn = "yes";
    read("gallery", "", undefined, made => {
      if ("gallery" in made) part.stamps.innerHTML = made.gallery;
    }).catch(() => delete part.stamps.dataset.drawn);
  };
  gallery.addEventListener("toggle", pictures);
  pictures();
  const given = new URLSearchParams(kept ? location.search : "");
  if (names.has(given.get(field.name))) {
    field.value = given.get(field.name);
    second.value = given.get(second.name) ?? "";
    part.sliders.replaceChildren();
    ask(given);
  } else if (part.card.childElementCount || part.fault.childElementCount) {
    asked = query();
    part.copies.hidden = !part.card.childElementCount;
    reach(part.beside);
    reach(part.card);
    if (part.card.childElementCount) trackAll(asked);
  } else if (field.value.trim()) ask();
  field.focus({preventScroll: true});
})();
