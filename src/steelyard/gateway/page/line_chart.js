// Charts over time, all alike.

import { time } from "./format.js";
import { colour, onThemeChange } from "./theme.js";

const charts = new Set();
onThemeChange(() => {
  for (const chart of charts) chart.recolour();
});

function agoWords(seconds_ago) {
  const ago = Math.abs(seconds_ago);
  return ago < 1 ? "now" : `${time(ago)} ago`;
}

/** Beside an axis: "-4 min". */
function tickWords(seconds_ago) {
  return seconds_ago > -1 ? "now" : `-${time(-seconds_ago)}`;
}

export class LineChart {
  #chart;
  #lines;
  #format;
  #steps;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{lines: {name: string, label: string, colour: string, fill?: boolean}[],
   *   format: (value: number) => string, steps?: number}} options `colour` is a name of the style
   *   sheet's, `steps` how often the time is written below
   */
  constructor(canvas, { lines, format, steps = 5 }) {
    this.#steps = steps;
    this.#lines = lines;
    this.#format = format;
    this.#chart = new window.Chart(canvas, {
      type: "line",
      data: { datasets: lines.map(({ label, fill }) => ({ label, data: [], fill: fill ?? false,
        borderWidth: 2, pointRadius: 0, pointHitRadius: 12, tension: 0.25 })) },
      options: this.#options(),
    });
    this.recolour();
    charts.add(this);
  }

  #options() {
    return {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false, axis: "x" },
      scales: {
        x: { type: "linear", min: -300, max: 0, grid: { display: false },
          ticks: { maxRotation: 0, autoSkip: false, callback: tickWords, align: "inner" } },
        y: { beginAtZero: true, suggestedMax: 1, grid: { drawBorder: false },
          ticks: { maxTicksLimit: 5, callback: this.#format } },
      },
      plugins: {
        legend: { display: this.#lines.length > 1, align: "end",
          labels: { boxWidth: 14, boxHeight: 2, padding: 12 } },
        tooltip: { callbacks: {
          title: (items) => agoWords(items[0].parsed.x),
          label: (item) => ` ${item.dataset.label}: ${this.#format(item.parsed.y)}`,
        } },
      },
    };
  }

  recolour() {
    const { data, options } = this.#chart;
    data.datasets.forEach((set, i) => {
      set.borderColor = colour(this.#lines[i].colour);
      set.backgroundColor = `${colour(this.#lines[i].colour)}22`;
    });
    for (const axis of Object.values(options.scales)) axis.ticks.color = colour("muted");
    options.scales.y.grid.color = colour("line");
    options.plugins.legend.labels.color = colour("muted");
    this.#chart.update("none");
  }

  /**
   * @param {Object[]} points with `tick` and a number under each line's name
   * @param {number} tick the page's second at the right edge
   * @param {number} span_s how much is shown
   */
  show(points, tick, span_s) {
    this.#chart.data.datasets.forEach((set, i) => {
      const { name } = this.#lines[i];
      set.data = points.map((point) => ({ x: point.tick - tick, y: point[name] ?? NaN }));
    });
    const { x } = this.#chart.options.scales;
    x.min = -span_s;
    x.ticks.stepSize = span_s / this.#steps;
    this.#chart.update("none");
    this.#chart.canvas.dataset.points = points.length;
    this.#chart.canvas.dataset.tick = tick;
  }

  end() {
    charts.delete(this);
    this.#chart.destroy();
  }
}
