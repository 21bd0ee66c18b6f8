/* The plots of the health page, by uPlot; the table below them has the same figures. */
"use strict";

(() => {
  const source = document.getElementById("plots-data");
  if (!source) return;
  const place = document.getElementById("plots");
  const look = getComputedStyle(document.documentElement);
  const ink = look.getPropertyValue("--pico-color").trim() || "#333";
  const lines = look.getPropertyValue("--pico-muted-border-color").trim() || "#ccc";
  const colours = ["#0b6bcb", "#1a7a3c", "#b35c00", "#8a4fbe", "#c2255c", "#0b7285", "#7d6608", "#868e96"];
  const axis = { stroke: ink, grid: { stroke: lines, width: 1 }, ticks: { stroke: lines, width: 1 } };
  for (const plot of JSON.parse(source.textContent)) {
    const names = Object.keys(plot.series);
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = plot.title;
    figure.append(caption);
    figure.setAttribute("aria-hidden", "true");
    place.append(figure);
    const width = Math.max(280, Math.min(figure.clientWidth || 560, 640));
    new uPlot({
      width, height: 200, legend: { live: false }, cursor: { show: false },
      axes: [axis, { ...axis, size: 48 }], scales: { y: { range: (self, low, high) => [0, Math.max(1, high)] } },
      series: [{}, ...names.map((name, index) => ({
        label: name.replaceAll("_", " "), stroke: colours[index % colours.length], width: 2, points: { show: false },
      }))],
    }, [plot.times, ...names.map((name) => plot.series[name])], figure);
  }
})();
