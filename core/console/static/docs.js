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
  "use-path-in-nav-bar": "true",
  "show-method-in-nav-bar": "as-plain-text",
  "nav-item-spacing": "compact",
};

/* The colours of Pico, so that text stays readable on both backgrounds. */
const COLOURS = {
  light: { "bg-color": "#ffffff", "text-color": "#373c44", "primary-color": "#0172ad", "nav-bg-color": "#f3f5f7",
    "nav-text-color": "#373c44", "nav-hover-text-color": "#014063", "nav-accent-color": "#0172ad" },
  dark: { "bg-color": "#13171f", "text-color": "#c2c7d0", "primary-color": "#01aaff", "nav-bg-color": "#181c25",
    "nav-text-color": "#c2c7d0", "nav-hover-text-color": "#ffffff", "nav-accent-color": "#01aaff" },
};

/* The viewer's fields have no labels of their own for screen readers. */
function nameFields(root) {
  const name = () => {
    for (const form of root.querySelectorAll("api-request")) {
      if (form.shadowRoot && !form.dataset.named) {
        form.dataset.named = "yes";
        nameFields(form.shadowRoot);
      }
    }
    for (const field of root.querySelectorAll("input:not([aria-label]), textarea:not([aria-label]), select:not([aria-label])")) {
      field.setAttribute("aria-label", field.dataset.pname || field.placeholder || "Value");
    }
  };
  new MutationObserver(name).observe(root, { childList: true, subtree: true });
  name();
}

customElements.whenDefined("rapi-doc").then(() => {
  const viewer = document.createElement("rapi-doc");
  for (const [name, value] of Object.entries(SETTINGS)) viewer.setAttribute(name, value);
  // Requests go to where this page came from, whatever address the document names.
  const server = window.location.origin + place.dataset.base;
  viewer.setAttribute("server-url", server);
  viewer.setAttribute("default-api-server", server);
  const paint = () => {
    const theme = dark.matches ? "dark" : "light";
    viewer.setAttribute("theme", theme);
    for (const [name, value] of Object.entries(COLOURS[theme])) viewer.setAttribute(name, value);
  };
  paint();
  dark.addEventListener("change", paint);
  viewer.setAttribute("spec-url", place.dataset.document);
  // It measures its place.
  place.hidden = false;
  place.append(viewer);
  nameFields(viewer.shadowRoot);
  const show = (asList) => {
    plain.hidden = !asList;
    place.hidden = asList;
    toggle.setAttribute("aria-pressed", String(asList));
  };
  show(false);
  toggle.hidden = false;
  toggle.addEventListener("click", () => show(plain.hidden));
});
