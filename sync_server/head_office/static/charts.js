// Draws each [data-chart] from its JSON. All texts come ready from the server; colours come from the style sheet.
"use strict";

(() => {
  const LABEL_PX = 64;

  function traces(spec, colour) {
    return spec.series.map((row, place) => {
      const common = {
        name: row.name,
        x: spec.labels,
        y: row.values,
        customdata: row.texts,
        hovertemplate: "%{customdata}",
      };
      return place === 0
        ? { ...common, type: "bar", marker: { color: colour("--primary"), cornerradius: 3 } }
        : {
            ...common,
            type: "scatter",
            mode: "lines+markers",
            line: { color: colour("--line-strong"), dash: "dot", width: 2 },
            marker: { color: colour("--line-strong"), size: 6 },
          };
    });
  }

  function layout(spec, colour, font, width) {
    const every = Math.max(1, Math.ceil((spec.labels.length * LABEL_PX) / Math.max(width - 56, LABEL_PX)));
    const shown = spec.labels.filter((_, place) => place % every === 0);
    const text = { family: font, size: 14, color: colour("--muted") };
    return {
      margin: { l: 8, r: 8, t: 8, b: 8 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: text,
      showlegend: false,
      bargap: 0.35,
      dragmode: false,
      hovermode: "x unified",
      hoverlabel: { bgcolor: colour("--raised"), bordercolor: colour("--line-strong"), font: { ...text, color: colour("--text") } },
      xaxis: {
        type: "category",
        tickmode: "array",
        tickvals: shown,
        ticktext: shown,
        tickangle: 0,
        automargin: true,
        fixedrange: true,
        showgrid: false,
        linecolor: colour("--line-strong"),
      },
      yaxis: {
        tickmode: "array",
        tickvals: spec.ticks,
        ticktext: spec.tickTexts,
        range: [0, spec.ticks[spec.ticks.length - 1] * 1.03],
        automargin: true,
        fixedrange: true,
        gridcolor: colour("--line"),
        zeroline: false,
      },
    };
  }

  function draw(element) {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const spec = JSON.parse(element.dataset.chart);
    Plotly.react(element, traces(spec, colour), layout(spec, colour, style.fontFamily, element.clientWidth), {
      displayModeBar: false,
      responsive: false,
    }).then(() => element.setAttribute("data-drawn", ""));
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  let waiting = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(drawAll);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("DOMContentLoaded", drawAll);
})();
