// Canvases that are sharp on every screen and repainted at most once per frame.

/** Gives `canvas` this size in the page's pixels and returns its context, cleared. */
export function prepare(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Returns what runs `paint` in the next frame, once however often it is called until then. */
export function oncePerFrame(paint) {
  let asked = 0;
  const run = () => {
    if (asked) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      paint();
    });
  };
  run.cancel = () => {
    cancelAnimationFrame(asked);
    asked = 0;
  };
  return run;
}

/** A line over a faint area; NaN is a gap. */
export function sparkline(context, values, { x, y, width, height, colour }) {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return;
  const most = Math.max(...known, 1e-9);
  const step = width / Math.max(1, values.length - 1);
  const place = (i) => [x + i * step, y + height - (values[i] / most) * height];
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  for (let first = 0; first < values.length; ++first) {
    if (Number.isNaN(values[first])) continue;
    let end = first;
    while (end < values.length && !Number.isNaN(values[end])) ++end;
    context.beginPath();
    for (let i = first; i < end; ++i) context.lineTo(...place(i));
    context.stroke();
    context.lineTo(x + (end - 1) * step, y + height);
    context.lineTo(x + first * step, y + height);
    context.globalAlpha = 0.14;
    context.fill();
    context.globalAlpha = 1;
    first = end;
  }
}
