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

  // Marks the entry of the outline that was jumped to, then the one whose section crosses the line of reading.
  function follow() {
    const links = [...outline.querySelectorAll("a")];
    const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    let current = null;
    let waiting = false;
    let jumped = null; // the element that the address names, while the window stays where that put it
    let jumpedTo = 0;

    function isAbove(place) {
      if (!jumped) return place.getBoundingClientRect().top <= innerHeight * 0.35;
      return place === jumped || place.compareDocumentPosition(jumped) & Node.DOCUMENT_POSITION_FOLLOWING;
    }

    function jump() {
      jumped = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const top = jumped?.getBoundingClientRect().top;
      if (!(top >= 0 && top < innerHeight)) jumped = null; // a reload returns to where the reader was
      jumpedTo = scrollY;
      update();
    }

    function update() {
      waiting = false;
      if (Math.abs(scrollY - jumpedTo) > 2) jumped = null;
      const at = places.findLastIndex((place) => place && isAbove(place));
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
    addEventListener("hashchange", jump);
    addEventListener("load", () => requestAnimationFrame(jump));
    update();
  }
})();
