// The console's only script: it draws charts in the page's colours, prints, and sends a form when a choice changes.
// Everything it does is also there without it: tables beside the charts, buttons beside the choices.
(function () {
  "use strict";

  const drawn = [];

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  function figures(axis, language) {
    const isShare = axis.unit === "percent";
    const format = new Intl.NumberFormat(language, { maximumFractionDigits: isShare ? 1 : 2 });
    // As the page's tables and sentences write it.
    return (value) => (value === null ? "–" : isShare ? format.format(100 * value) + "\u00a0%" : format.format(value));
  }

  function dataset(told, series, place) {
    const ink = color(series.color);
    const places = series.at || told.places;
    const points = told.named ? series.values : series.values.map((value, at) => ({ x: places[at], y: value }));
    const set = { label: series.name, data: points, borderColor: ink, backgroundColor: ink, order: 1 };
    if (series.kind === "bar") return { ...set, type: "bar", borderWidth: 0 };
    if (series.kind === "dots") return { ...set, type: "scatter", pointRadius: 2, pointHoverRadius: 3, showLine: false };
    if (series.kind === "points") return { ...set, type: "scatter", pointRadius: 3, showLine: false };
    const line = { ...set, type: "line", borderWidth: 2, pointRadius: 0, pointHitRadius: 8, tension: 0 };
    if (series.dashed) line.borderDash = [6, 4];
    if (series.kind === "band-low" || series.kind === "band-high") {
      line.borderWidth = 0;
      line.order = 2;
      line.backgroundColor = ink + "33";
      line.fill = series.kind === "band-high" ? place - 1 : false;
    }
    return line;
  }

  function scale(axis, language, isNamed, isStacked, isLying = false) {
    const format = figures(axis, language);
    const ends = {};
    if (axis.low !== null) ends.min = axis.low;
    if (axis.high !== null) ends.max = axis.high;
    const ticks = { color: color("muted"), autoSkip: !isLying };
    if (!isNamed) ticks.callback = (value) => format(value);
    if (axis.names.length) {
      Object.assign(ticks, { autoSkip: false, callback: (value) => shortened(axis.names[value]) });
      ends.afterBuildTicks = (scale) => { scale.ticks = axis.names.map((_, value) => ({ value })); };
      ends.reverse = true;
    }
    return {
      ...ends,
      type: isNamed ? "category" : "linear",
      stacked: isStacked,
      title: { display: true, text: axis.name, color: color("muted") },
      grid: { color: color("grid") },
      ticks,
    };
  }

  function shortened(name) {
    return name.length > 26 ? name.slice(0, 25).trimEnd() + "…" : name;
  }

  // Lines across the picture, e.g. cutoffs, with their names beside them.
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart, _args, told) {
      const { ctx, chartArea, scales } = chart;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = color("muted");
      ctx.setLineDash([4, 4]);
      ctx.font = "12px system-ui, sans-serif";
      for (const mark of told.lines || []) {
        const x = scales.x.getPixelForValue(mark.at);
        if (x < chartArea.left || x > chartArea.right) continue;
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        const isRight = x > (chartArea.left + chartArea.right) / 2;
        ctx.textAlign = isRight ? "right" : "left";
        ctx.fillText(mark.name, x + (isRight ? -4 : 4), chartArea.top + 12);
      }
      ctx.restore();
    },
  };

  function configuration(told) {
    const across = figures(told.across, told.language);
    const up = figures(told.up, told.language);
    const figure = (item) => (told.up.names.length ? across(item.parsed.x) : up(told.lying ? item.parsed.x : item.parsed.y));
    return {
      data: { labels: told.named ? told.places.map((one) => (told.lying ? shortened(one) : one)) : undefined, datasets: told.series.map((one, at) => dataset(told, one, at)) },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        locale: told.language,
        interaction: { mode: told.named ? "index" : "nearest", intersect: false },
        indexAxis: told.lying ? "y" : "x",
        scales: {
          [told.lying ? "y" : "x"]: scale(told.across, told.language, told.named, told.stacked, told.lying),
          [told.lying ? "x" : "y"]: scale(told.up, told.language, false, told.stacked),
        },
        plugins: {
          marks: { lines: told.marks },
          legend: { labels: { color: color("ink"), boxWidth: 14, filter: (item) => told.series[item.datasetIndex].kind !== "band-low" } },
          tooltip: {
            callbacks: {
              title: (items) => (told.named ? items[0].label : told.across.name + ": " + across(items[0].parsed.x)),
              label: (item) => (told.up.names[Math.round(item.parsed.y)] || item.dataset.label) + ": " + figure(item),
            },
          },
        },
      },
      plugins: [marks],
    };
  }

  function draw() {
    while (drawn.length) drawn.pop().destroy();
    if (!window.Chart) return;
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      drawn.push(new window.Chart(canvas, configuration(JSON.parse(canvas.dataset.chart))));
    }
  }

  document.addEventListener("DOMContentLoaded", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  // A form that only asks is answered while it is filled in: the part of the page that it is about is replaced.
  let waiting = 0;
  async function answer(form) {
    const asked = new URL(form.action);
    asked.search = new URLSearchParams(new FormData(form)).toString();
    const mine = ++waiting;
    const reply = await fetch(asked, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const [before, after] = [document, page].map((one) => one.getElementById(form.dataset.live));
    if (mine !== waiting || !before || !after) return;
    before.replaceChildren(...after.childNodes);
    history.replaceState(null, "", asked);
    draw();
  }

  let timer = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.mirrors) document.getElementById(field.dataset.mirrors).value = field.value;
    else for (const one of document.querySelectorAll(`[data-mirrors="${field.id}"]`)) one.value = field.value;
    const form = field.form;
    if (!form || !form.dataset.live) return;
    clearTimeout(timer);
    timer = setTimeout(() => { if (form.checkValidity()) answer(form).catch(() => {}); }, 150);
  });

  // On paper the tables stand for the pictures.
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("figure details:not([open])")) {
      one.open = true;
      addEventListener("afterprint", () => { one.open = false; }, { once: true });
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    // Sliders do nothing without this script, so only it shows them.
    for (const one of document.querySelectorAll(".slider[hidden]")) one.hidden = false;
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  });
})();
