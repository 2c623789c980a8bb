// How a worker's band is painted: working is solid, loading hatched, idle empty with a thin line of
// the state that it holds. The height says which share of the second it was.

import { stateColour } from "./state_colours.js";
import { colour } from "./theme.js";

const HATCH_PX = 6;
const hatches = new Map();

/** A pattern of slanted lines in this colour. */
function hatch(context, ink) {
  const known = hatches.get(ink);
  if (known) return known;
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const drawn = tile.getContext("2d");
  drawn.strokeStyle = ink;
  drawn.lineWidth = 2;
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    drawn.moveTo(shift, HATCH_PX);
    drawn.lineTo(shift + HATCH_PX, 0);
  }
  drawn.stroke();
  const pattern = context.createPattern(tile, "repeat");
  hatches.set(ink, pattern);
  return pattern;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./timelines.js").Timelines} timelines
 * @param {string} worker
 * @param {{x: number, y: number, width: number, height: number}} box
 * @param {number} tick the second at the right edge  @param {number} span_s
 */
export function paintBand(context, timelines, worker, box, tick, span_s) {
  const { x, y, width, height } = box;
  const step = width / span_s;
  const bottom = y + height;
  // Where nothing is known nothing is drawn but the ground line.
  context.fillStyle = colour("line");
  context.fillRect(x, bottom - 1, width, 1);
  timelines.runs(worker, tick, span_s, (first, ticks, state, loading, working) => {
    const left = x + (first - (tick - span_s + 1)) * step;
    const wide = ticks * step + 0.4;
    const name = timelines.names[state];
    context.fillStyle = colour("band");
    context.fillRect(left, y, wide, height);
    const ink = name === "" ? colour("muted") : stateColour(name);
    context.fillStyle = ink;
    if (name !== "") context.fillRect(left, bottom - 2, wide, 2);
    const solid = working * height;
    if (solid > 0) context.fillRect(left, bottom - solid, wide, solid);
    if (loading > 0) {
      const tall = loading * height;
      context.fillStyle = hatch(context, ink);
      context.fillRect(left, bottom - solid - tall, wide, tall);
    }
  });
}
