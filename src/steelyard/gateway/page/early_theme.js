// A classic script in the head, so that the page never flashes in the wrong colours.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("steelyard-theme");
  } catch {
    // Storage may be forbidden; then the system's choice holds.
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
