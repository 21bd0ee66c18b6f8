/* Shows the document in a viewer, where scripts run; the plain list stays within reach, and alone where they do not. */
"use strict";

const place = document.getElementById("viewer");
const plain = document.getElementById("plain");
const toggle = document.getElementById("switch");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

const SETTINGS = {
  "render-style": "focused",
  "show-header": "false",
  "allow-spec-url-load": "false",
  "allow-spec-file-load": "false",
  "allow-spec-file-download": "false",
  "allow-server-selection": "false",
  "load-fonts": "false",
  "regular-font": "system-ui, sans-serif",
  "mono-font": "ui-monospace, monospace",
  "fetch-credentials": "omit",
  "schema-style": "table",
  "primary-color": "#0172ad",
  "use-path-in-nav-bar": "true",
  "show-method-in-nav-bar": "as-colored-block",
  "nav-item-spacing": "compact",
};

customElements.whenDefined("rapi-doc").then(() => {
  const viewer = document.createElement("rapi-doc");
  for (const [name, value] of Object.entries(SETTINGS)) viewer.setAttribute(name, value);
  // Requests go to where this page came from, whatever address the document names.
  const server = window.location.origin + place.dataset.base;
  viewer.setAttribute("server-url", server);
  viewer.setAttribute("default-api-server", server);
  const paint = () => viewer.setAttribute("theme", dark.matches ? "dark" : "light");
  paint();
  dark.addEventListener("change", paint);
  viewer.setAttribute("spec-url", place.dataset.document);
  place.append(viewer);
  const show = (asList) => {
    plain.hidden = !asList;
    place.hidden = asList;
    toggle.setAttribute("aria-pressed", String(asList));
  };
  show(false);
  toggle.hidden = false;
  toggle.addEventListener("click", () => show(plain.hidden));
});
