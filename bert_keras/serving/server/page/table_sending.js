// Sends the rows of a table, a few dozen in a request.
import { predict } from "./server.js";

const ROWS = 32;
const BUSY = 503;
const GONE = 404;
const TRIES = 4; // of a request that a busy server turns away
const WAIT = 500; // milliseconds before the second of them; twice as long before each further one

/**
 * @typedef {object} Result
 * @property {object} [answer]
 * @property {string} [error] Why the row has no answer, in words.
 */

/**
 * Sends rows one request after the other. A request that the server refuses is sent again row by row, so that the
 * error stands in the row that has it.
 * @param {{name: string, version: string}} model
 * @param {object[]} rows
 * @param {(results: Result[]) => void} arrived Takes the results of the next rows.
 * @param {AbortSignal} signal Ends the sending.
 * @throws The server does not answer at all or has no such model any more, or the sending was ended.
 */
export async function send(model, rows, arrived, signal) {
  for (let at = 0; at < rows.length; at += ROWS) arrived(await resultsOf(model, rows.slice(at, at + ROWS), signal));
}

async function resultsOf(model, rows, signal) {
  try {
    return (await patiently(model, rows, signal)).map((answer) => ({ answer }));
  } catch (error) {
    if (!error.status || error.status === GONE) throw error; // without a status: no answer, or ended
    if (rows.length === 1) return [{ error: error.message }];
  }
  const results = [];
  for (const row of rows) results.push(...(await resultsOf(model, [row], signal)));
  return results;
}

/** Asks a busy server again. */
async function patiently(model, rows, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await predict(model, "serving_default", rows, signal);
    } catch (error) {
      if (error.status !== BUSY || tries === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT * 2 ** (tries - 1)));
  }
}
