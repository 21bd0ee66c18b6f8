/* Small things that pages share; every page but the calendar works without them. */
"use strict";

document.addEventListener("submit", (event) => {
  const question = event.target.dataset?.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.textContent);
  button.textContent = "Copied";
});

/* A select that submits its form when another entry is chosen. */
document.addEventListener("change", (event) => {
  if (event.target.dataset?.submits !== undefined) event.target.form.requestSubmit();
});
