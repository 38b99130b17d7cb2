// What HTMX leaves to us: saying that the server didn't answer, and that it does again.
"use strict";

(() => {
  const trouble = (hidden) => {
    const notice = document.getElementById("trouble");
    if (notice) notice.hidden = hidden;
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => trouble(false));
  }
  document.addEventListener("htmx:responseError", (event) => trouble(event.detail.xhr.status < 500));
  document.addEventListener("htmx:afterSwap", () => trouble(true));
})();
