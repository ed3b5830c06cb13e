// The page's own behaviour: asking, what is kept in this tab, clicks and keys; all words come from the server.
(() => {
  "use strict";

  const words = document.currentScript.dataset;
  document.documentElement.lang = words.lang;
  let cameFrom = null; // the [n] that led to a passage: where Esc and "back" return to

  const find = (selector, root = document) => root.querySelector(selector);
  const box = () => find("#question textarea, #question input");
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  function reveal(element, block) {
    element.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block });
  }

  function show(number) {
    const target = document.getElementById(`passage-${number}`);
    const card = target && target.closest(".card");
    if (!card) return false;
    reveal(card, "start");
    card.focus({ preventScroll: true });
    card.classList.remove("flash");
    void card.offsetWidth; // the animation starts anew
    card.classList.add("flash");
    return true;
  }

  function goBack(card) {
    const numbers = [...card.querySelectorAll("[id^=passage-]"), card].map((item) => `#${item.id}`);
    const known = cameFrom && document.contains(cameFrom) ? cameFrom : null;
    const note = known || find(numbers.map((id) => `a.note[href="${id}"]`).join(","));
    if (!note) return;
    reveal(note.closest("li"), "center");
    note.focus({ preventScroll: true });
    cameFrom = null;
  }

  // --- asking -----------------------------------------------------------------------------------------------

  const KEPT = "asked"; // in the storage of this tab: [question, levels, regions, day, any day]
  let heard = 0; // requests that went out
  let wanted = null; // what the page asks by itself: [question], or all that was kept
  let turn = null; // the number of the answer that is shown

  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const asking = () => find("#result")?.dataset.state === "asking";

  function kept(values) {
    try {
      if (values === undefined) return JSON.parse(sessionStorage.getItem(KEPT));
      if (values) sessionStorage.setItem(KEPT, JSON.stringify(values));
      else sessionStorage.removeItem(KEPT);
    } catch { /* a browser without storage: nothing is kept */ }
    return null;
  }

  // Every question goes out by one request of the library; here it is seen, kept, and followed.
  const send = window.fetch;
  window.fetch = async (input, init) => {
    const url = new URL(input?.url ?? input, location.href);
    if (!url.pathname.endsWith("/queue/join") || typeof init?.body !== "string") return send(input, init);
    heard += 1;
    const join = JSON.parse(init.body);
    if (wanted && (!join.data[0] || join.data[0] === wanted[0])) {
      join.data.splice(0, wanted.length, ...wanted);
      if (wanted.length > 1) join.data[5] = "restored";
    }
    wanted = null;
    kept(join.data[0]?.trim() ? join.data.slice(0, 5) : null);
    follow();
    try {
      const response = await send(input, { ...init, body: JSON.stringify(join) });
      if (!response.ok) lost();
      return response;
    } catch (error) {
      lost();
      throw error;
    }
  };

  // Until the answer comes, the last one is shown as past; without a server it is put away.
  async function follow() {
    const result = find("#result");
    const number = heard;
    find(".lost-notice")?.remove();
    result.dataset.state = "asking";
    result.setAttribute("aria-busy", "true");
    for (let waited = 0; waited < 15; waited += 1) {
      await pause(3000);
      if (number !== heard || !asking()) return;
      const alive = await send("/healthz", { cache: "no-store" }).then((told) => told.ok, () => false);
      if (!alive) break;
    }
    if (number === heard && asking()) lost();
  }

  function arrived() {
    const result = find("#result");
    const shown = find("[data-turn]", result)?.dataset.turn;
    if (!shown || shown === turn) return;
    turn = shown;
    delete result.dataset.state;
    result.removeAttribute("aria-busy");
    find(".lost-notice")?.remove();
    if (location.search) history.replaceState(null, "", location.pathname); // a question does not stay there
    speak(find("[data-announce]", result)?.innerText ?? "");
  }

  function lost() {
    const result = find("#result");
    result.dataset.state = "lost";
    result.removeAttribute("aria-busy");
    if (find(".lost-notice")) return;
    const notice = document.createElement("section");
    notice.className = "message lost-notice";
    notice.setAttribute("role", "alert");
    const told = document.createElement("p");
    told.textContent = words.lost;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = words.reload;
    again.addEventListener("click", () => location.reload());
    notice.append(told, again);
    result.before(notice);
  }

  function fill(question) {
    const field = box();
    const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set;
    setter.call(field, question);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(values) {
    wanted = values;
    fill(values[0]);
    setTimeout(() => find("#ask").click()); // after the framework has taken the input in
    insist();
  }

  // The library hears nothing before its handlers are attached, nor once it has lost the server.
  async function insist() {
    if (asking()) return; // asked after the one under way
    const before = heard;
    const tries = before ? 6 : 60;
    for (let tried = 0; tried < tries; tried += 1) {
      await pause(tried ? 250 : 400);
      if (heard > before) return;
      if (wanted && box().value && box().value !== wanted[0]) wanted = null; // the user writes something else
      else if (wanted) fill(wanted[0]);
      await pause(0);
      find("#ask").click();
    }
    await pause(250);
    if (heard === before) {
      if (box().value.trim()) kept([box().value]);
      lost();
    }
  }

  // --- what stands in the answer ------------------------------------------------------------------------------

  async function copy(button) {
    const done = await copied(button.dataset.text);
    button.dataset.label ??= button.textContent;
    button.textContent = done ? button.dataset.done : button.dataset.failed;
    speak(button.textContent);
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { button.textContent = button.dataset.label; }, 1800);
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // no clipboard on a page without https
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "spoken";
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  function unfold(button) {
    const open = button.getAttribute("aria-expanded") === "false";
    find("blockquote", button.closest(".card")).classList.toggle("folded", !open);
    button.setAttribute("aria-expanded", String(open));
    [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
  }

  // The question that stands above the answer, kept as answered by the passage of this card.
  async function answered(button) {
    if (button.hasAttribute("aria-disabled")) return;
    const card = button.closest(".card");
    find(".not-kept", card)?.remove();
    button.setAttribute("aria-disabled", "true"); // not "disabled", which would lose the keyboard's place
    const { question } = button.closest("[data-question]").dataset;
    const { passage, document: source } = card.dataset;
    const problem = await notKept({ question, passage: Number(passage), document: source });
    if (problem) {
      button.removeAttribute("aria-disabled");
      card.append(problem);
    } else {
      button.textContent = button.dataset.done;
      if (document.contains(button)) speak(button.textContent);
    }
  }

  async function notKept(body) {
    const problem = document.createElement("p");
    problem.className = "not-kept";
    problem.setAttribute("role", "alert");
    const reason = document.createElement("span");
    try {
      const response = await send("/api/v1/answered", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.ok) return null;
      reason.textContent = (await response.json()).error;
      reason.lang = "zh-CN";
    } catch {
      reason.textContent = words.notReached;
    }
    problem.append(words.notKept, reason);
    return problem;
  }

  const actions = {
    copy,
    unfold,
    answered,
    back: (button) => goBack(button.closest(".card")),
  };

  document.addEventListener("click", (event) => {
    if (event.isTrusted && event.target.closest("#ask")) insist();
    const target = event.target.closest("a.note, a.example, [data-do]");
    if (!target || !target.closest("#result")) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (target.matches("a.note")) {
      event.preventDefault();
      cameFrom = target;
      show(target.hash.replace("#passage-", ""));
    } else if (target.matches("a.example")) {
      event.preventDefault();
      ask([target.textContent]);
    } else {
      actions[target.dataset.do]?.(target);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "Enter" && !event.shiftKey && event.target === box()) insist();
    if (event.key === "Escape") {
      const card = event.target.closest(".card");
      if (card) goBack(card);
      else if (typing) event.target.blur();
    } else if (typing) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      box().focus();
      box().select();
    } else if (/^[1-9]$/.test(event.key)) {
      cameFrom = find(`a.note[href="#passage-${event.key}"]`);
      if (show(event.key)) event.preventDefault();
    }
  });

  // A screen reader hears one line about a new answer, not the whole of it.
  const voice = document.createElement("p");
  voice.className = "spoken";
  voice.setAttribute("role", "status");
  function speak(text) { voice.textContent = text; }

  // The filters, closed, still say how many are chosen.
  function count() {
    const button = find("#filters > button");
    const chosen = document.querySelectorAll("#level :checked, #any-day :checked, #region .token").length
      + Boolean(find("#day :is(input, textarea)")?.value.trim());
    button.setAttribute("aria-expanded", String(button.classList.contains("open")));
    find("span", button).dataset.chosen = chosen ? words.chosen.replace("{count}", chosen) : "";
  }

  function watch() {
    const result = find("#result");
    const filters = find("#filters");
    if (!result || !box() || !filters || !find("#ask")) return setTimeout(watch, 50);
    document.body.append(voice);
    new MutationObserver(arrived).observe(result, { childList: true, subtree: true });
    new MutationObserver(count)
      .observe(filters, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
    filters.addEventListener("input", count);
    filters.addEventListener("change", () => setTimeout(count));
    count();
    const asked = new URLSearchParams(location.search).get("q");
    const before = asked ? [asked] : kept();
    if (before && !box().value) ask(before);
    return undefined;
  }

  const address = new URL(location.href);
  if (address.searchParams.has("__theme")) { // the colours of page.css follow the system alone
    address.searchParams.delete("__theme");
    location.replace(address);
  }
  watch();
})();
