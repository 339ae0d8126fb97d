// The sources of records: TensorBoard's server, or the data that an offline page carries.
import { LiveSource } from "./live.js";

/** An error whose message is shown to the user as it is. */
class SourceError extends Error {}

/** Reads records from the routes of `bert_keras.tensorboard_plugin`, which are beside this page. */
export class ServerSource {
  /** Whether new steps may appear while the page is open. */
  live = true;

  /** @returns {Promise<{runs: Object<string, Object<string, import("./catalogue.js").Step[]>>, problems: string[]}>} */
  async examples() {
    return (await fetched("./examples")).json();
  }

  async header(run, tag, step) {
    return (await fetched(`./header?${new URLSearchParams({ run, tag, step })}`)).json();
  }

  /** Asks the model of this TensorBoard about a typed text: {header, layers in base64}, or {said} for its label. */
  async look(asked) {
    const headers = { "Content-Type": "application/json" };
    return (await fetched("./look", { method: "POST", headers, body: JSON.stringify(asked) })).json();
  }

  /** Returns the rows that the training of a run has predicted: {rows, cut, left_out, neighbours}. */
  async rows(run) {
    return (await fetched(`./rows?${new URLSearchParams({ run })}`)).json();
  }

  /** Returns the nearest training rows of a row: [similarity, other, label, text, pair, place]; null for none. */
  async neighbours(run, key) {
    return (await (await fetched(`./neighbours?${new URLSearchParams({ run, key })}`)).json()).nearest;
  }

  /** @returns {Promise<Uint8Array>} [heads, tokens, tokens], one byte per weight. */
  async layer(run, tag, step, layer) {
    const response = await fetched(`./layer?${new URLSearchParams({ run, tag, step, layer })}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

async function fetched(address, options = {}) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new SourceError(
      "TensorBoard does not answer. It may have been stopped: start it again and reload this page.",
    );
  }
  if (!response.ok) throw new SourceError(await complaint(response));
  return response;
}

async function complaint(response) {
  try {
    return (await response.json()).error ?? `TensorBoard answered with ${response.status}.`;
  } catch {
    return `TensorBoard answered with ${response.status}. Its own log may say why.`;
  }
}

/** Reads the records that an offline page carries; its headers and layers are raw deflate in base64. */
export class EmbeddedSource {
  live = false;
  #data;

  /** @param {{runs: object, records: Object<string, {header: string, layers: string[]}>, problems?: string[]}} data */
  constructor(data) {
    this.#data = data;
  }

  async examples() {
    return { runs: this.#data.runs, problems: this.#data.problems ?? [] };
  }

  async header(run, tag, step) {
    return inflated(this.#record(run, tag, step).header).json();
  }

  async layer(run, tag, step, layer) {
    return new Uint8Array(await inflated(this.#record(run, tag, step).layers[layer]).arrayBuffer());
  }

  #record(run, tag, step) {
    const record = this.#data.records[`${run}\t${tag}\t${step}`];
    if (record === undefined)
      throw new SourceError(`This page holds no example “${tag}” of run “${run}” at step ${step}.`);
    return record;
  }
}

/** Returns what raw deflate in base64 holds. */
function inflated(packed) {
  const octets = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Response(new Response(octets).body.pipeThrough(new DecompressionStream("deflate-raw")));
}

/** Returns the source of this page: the data that it carries, or else TensorBoard's server. */
export function pageSource() {
  const carried = document.getElementById("bert-keras-data");
  return carried ? new EmbeddedSource(JSON.parse(carried.textContent)) : new LiveSource(new ServerSource());
}
