// Says in words how it stands with the gateway and the broker, and greys what is not of now.

import { el, fill, sentence, setText } from "./dom.js";
import { time } from "./format.js";

const WORDS = { connecting: "connecting", live: "live", "broker-away": "no broker",
  "gateway-away": "disconnected" };

export class Connection {
  #model;
  #again;
  #timer = 0;
  #said = "";
  #clock = el("span", { class: "clock", "aria-live": "off" });

  /** @param {import("./model.js").Model} model @param {() => void} again connects at once */
  constructor(model, again) {
    this.#model = model;
    this.#again = again;
  }

  show() {
    const { state, why } = this.#model;
    document.body.dataset.link = state;
    document.getElementById("link").dataset.state = state;
    setText(document.getElementById("link-text"), WORDS[state]);
    const banner = document.getElementById("banner");
    const away = state === "broker-away" || state === "gateway-away";
    clearInterval(this.#timer);
    banner.hidden = !away;
    if (!away) {
      this.#said = "";
      return;
    }
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
    // The same words again would be read out once a second.
    if (this.#said === state + why) return;
    this.#said = state + why;
    fill(banner, el("strong", {}, "Disconnected. "), why, " ", this.#clock, " ",
      this.#advice(state));
  }

  #advice(state) {
    if (state === "broker-away") {
      return el("span", {}, ...sentence("The figures below are the last ones known. Start it again "
        + "with `steelyard broker`; this page goes on by itself."));
    }
    return el("span", {}, ...sentence("The figures below are the last ones known. Look whether "
      + "`steelyard gateway` or the broker that serves this page still runs; this page goes on "
      + "by itself. "), el("button", { type: "button", onclick: () => this.#again() }, "Try now"));
  }

  #tick() {
    const { state, awaySince_ms, retryAt_ms } = this.#model;
    const away = `For ${time(Math.max(0, Math.round((Date.now() - awaySince_ms) / 1000)))}.`;
    const left_s = Math.ceil((retryAt_ms - Date.now()) / 1000);
    const next = state === "gateway-away" && left_s > 0 ? ` Next try in ${left_s} s.` : "";
    setText(this.#clock, away + next);
  }
}
