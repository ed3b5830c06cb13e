// The page's own behaviour: one listener for clicks, one for keys; all words come from the server.
(() => {
  "use strict";

  const language = document.currentScript.dataset.lang;
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

  function ask(question) {
    const field = box();
    const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set;
    setter.call(field, question);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => find("#ask").click()); // after the framework has taken the input in
  }

  async function copy(button) {
    const done = await copied(button.dataset.text);
    const label = button.textContent;
    button.textContent = done ? button.dataset.done : button.dataset.failed;
    speak(button.textContent);
    setTimeout(() => { button.textContent = label; }, 1800);
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

  const actions = {
    copy,
    unfold,
    back: (button) => goBack(button.closest(".card")),
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("a.note, a.example, [data-do]");
    if (!target || !target.closest("#result")) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (target.matches("a.note")) {
      event.preventDefault();
      cameFrom = target;
      show(target.hash.replace("#passage-", ""));
    } else if (target.matches("a.example")) {
      event.preventDefault();
      ask(target.textContent);
    } else {
      actions[target.dataset.do]?.(target);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
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

  function watch() {
    const result = find("#result");
    if (!result || !box()) return setTimeout(watch, 50);
    document.documentElement.lang = language;
    document.body.append(voice);
    new MutationObserver(() => speak(find("[data-announce]", result)?.textContent ?? ""))
      .observe(result, { childList: true, subtree: true });
    const asked = new URLSearchParams(location.search).get("q");
    if (asked) {
      history.replaceState(null, "", location.pathname); // a question does not stay in the address
      ask(asked);
    }
    return undefined;
  }
  watch();
})();
