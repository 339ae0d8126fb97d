// Where records come from: the server of the tab, or the page that carries them itself.

/** What went wrong, in words for the person who looks; shown as it is. */
class SourceError extends Error {}

/** Reads from the routes of `bert_keras.tensorboard_plugin`, beside this page. */
export class ServerSource {
  /** Whether new steps may appear while the page is open. */
  live = true;

  /** @returns {Promise<{runs: Object<string, Object<string, {step: number, wall_time: number, layers: number}[]>>, problems: string[]}>} */
  async examples() {
    return (await fetched("./examples")).json();
  }

  async header(run, tag, step) {
    return (await fetched(`./header?${new URLSearchParams({ run, tag, step })}`)).json();
  }

  /** @returns {Promise<Uint8Array>} octets [heads, tokens, tokens] */
  async layer(run, tag, step, layer) {
    const response = await fetched(`./layer?${new URLSearchParams({ run, tag, step, layer })}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

async function fetched(address) {
  let response;
  try {
    response = await fetch(address);
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

/** Reads the records that an offline page carries: layers are base64 of raw deflate. */
export class EmbeddedSource {
  live = false;
  #data;

  /** @param {{runs: object, records: Object<string, {header: object, layers: string[]}>, problems?: string[]}} data */
  constructor(data) {
    this.#data = data;
  }

  async examples() {
    return { runs: this.#data.runs, problems: this.#data.problems ?? [] };
  }

  async header(run, tag, step) {
    return this.#record(run, tag, step).header;
  }

  async layer(run, tag, step, layer) {
    const octets = Uint8Array.from(atob(this.#record(run, tag, step).layers[layer]), (character) =>
      character.charCodeAt(0),
    );
    const inflated = new Response(octets).body.pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(inflated).arrayBuffer());
  }

  #record(run, tag, step) {
    const record = this.#data.records[`${run}\t${tag}\t${step}`];
    if (record === undefined)
      throw new SourceError(`This page holds no example “${tag}” of run “${run}” at step ${step}.`);
    return record;
  }
}

/** The source that this page has: what it carries, or the server beside it. */
export function pageSource() {
  const carried = document.getElementById("bert-keras-data");
  return carried ? new EmbeddedSource(JSON.parse(carried.textContent)) : new ServerSource();
}
