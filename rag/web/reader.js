// The reader: to the quoted words, the outline on a phone, where one is in the outline.
(() => {
  "use strict";

  const outline = document.getElementById("outline");
  const toggle = document.querySelector(".toggle");

  function setOpen(open) {
    outline.classList.toggle("open", open);
    toggle.setAttribute("aria-expanded", String(open));
  }

  if (outline && toggle) {
    toggle.addEventListener("click", () => setOpen(!outline.classList.contains("open")));
    outline.addEventListener("click", (event) => { if (event.target.closest("a")) setOpen(false); });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !outline.classList.contains("open")) return;
      setOpen(false);
      toggle.focus();
    });
    follow();
  }

  // Marks the entry of the outline whose section fills the upper half of the window.
  function follow() {
    const links = [...outline.querySelectorAll("a")];
    const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    let current = null;
    let waiting = false;

    function update() {
      waiting = false;
      let at = places.findIndex((place) => place && place.getBoundingClientRect().top > innerHeight / 2) - 1;
      if (at === -2) at = places.length - 1;
      const link = links[Math.max(at, 0)];
      if (link === current) return;
      current?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      current = link;
      const top = link.offsetTop - outline.clientHeight / 2;
      outline.scrollTo({ top, behavior: "auto" });
    }

    addEventListener("scroll", () => {
      if (!waiting) requestAnimationFrame(update);
      waiting = true;
    }, { passive: true });
    update();
  }
})();
