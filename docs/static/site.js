"use strict";
// What scrolls sideways can be reached by the keyboard.
addEventListener("load", () => {
  const wide = document.querySelectorAll("div.highlight pre, div.formula, table.docutils, div.body pre");
  const seen = new ResizeObserver(entries => {
    for (const {target} of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const item of wide) seen.observe(item);
});
