// Calls of the gateway. What goes wrong is an Error whose message can be shown.

const PATIENCE_MS = 15_000;

async function call(method, path) {
  const abort = new AbortController();
  const patience = setTimeout(() => abort.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(path, { method, cache: "no-store", signal: abort.signal });
    const text = await answer.text();
    if (!answer.ok) throw problem(answer, text);
    return text === "" ? {} : JSON.parse(text);
  } catch (error) {
    if (error.name === "AbortError") throw new Error("no answer came in time; try again");
    if (error instanceof TypeError) throw new Error("the gateway does not answer; try again");
    throw error;
  } finally {
    clearTimeout(patience);
  }
}

function problem(answer, text) {
  let told = {};
  try {
    told = JSON.parse(text);
  } catch {
    // No problem document: the status has to do.
  }
  return new Error(told.detail ?? `the gateway answered ${answer.status}`);
}

const part = encodeURIComponent;

export const api = {
  jobs: () => call("GET", "/v1/jobs"),
  job: (id) => call("GET", `/v1/jobs/${part(id)}`),
  explain: (id) => call("GET", `/v1/jobs/${part(id)}/explain`),
  cancel: (id) => call("DELETE", `/v1/jobs/${part(id)}?wait=1`),
  drain: (worker) => call("POST", `/v1/workers/${part(worker)}:drain`),
  explainWorker: (worker) => call("GET", `/v1/workers/${part(worker)}/explain`),
  quarantine: () => call("GET", "/v1/quarantine"),
  release: (id) => call("POST", `/v1/quarantine/${part(id)}:release`),
  drop: (id) => call("POST", `/v1/quarantine/${part(id)}:drop`),
};
