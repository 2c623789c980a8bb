// A classic script in the head, so that the page never flashes in the wrong colours.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("steelyard-theme");
  } catch {
    // Storage may be forbidden; then the system's choice holds.
  }
  const { dataset } = document.documentElement;
  dataset.choice = kept === "light" || kept === "dark" ? kept : "auto";
  const dark = kept !== "light" && matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = dark || kept === "dark" ? "dark" : "light";
})();
