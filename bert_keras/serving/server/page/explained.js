// The Attention tab's page over explanations that the page around it asked for.
import { App } from "./attention/page/app.js";

/** Reads the records of the page around this one. */
class ExplainedSource {
  live = false;
  #records = new Map();
  #runs = {};

  /** @param {import("./explain_record.js").recordOf[]} records */
  constructor(records) {
    for (const record of records) {
      const tags = (this.#runs[record.run] ??= {});
      let [tag, number] = [record.name, 1];
      while (tag in tags) tag = `${record.name} (${++number})`;
      tags[tag] = [{ step: 0, wall_time: 0, layers: record.layers.length }];
      this.#records.set(JSON.stringify([record.run, tag]), record);
    }
  }

  async examples() {
    return { runs: this.#runs, runWord: "Model", hasSteps: false };
  }

  async header(run, tag) {
    return this.#record(run, tag).header;
  }

  async layer(run, tag, step, layer) {
    return this.#record(run, tag).layers[layer];
  }

  /** Returns where a record is. */
  addressOf(record) {
    for (const [key, each] of this.#records) {
      const [run, tag] = JSON.parse(key);
      if (each === record) return { run, tag, step: 0 };
    }
    return {};
  }

  #record(run, tag) {
    return this.#records.get(JSON.stringify([run, tag]));
  }
}

class ExplainedApp extends App {
  /** There is no link to an explanation: nothing of it is kept. */
  address() {
    return null;
  }
}

const given = window.frameElement?.explained;
if (given) {
  const source = new ExplainedSource(given.records);
  const app = new ExplainedApp(document.body, source);
  Object.assign(app.state, { view: "text", ...source.addressOf(given.shown) });
  app.start();
} else {
  const words = document.createElement("p");
  words.className = "opened-alone";
  words.textContent = "Explanations are shown by the page to try models; open that, predict a text, and press Explain.";
  document.body.append(words);
}
