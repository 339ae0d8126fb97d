// Requests to the server of this page, with its errors in words.

/** An error whose message is shown to the user as it is. */
export class RequestError extends Error {
  /**
   * @param {string} message
   * @param {number} status The HTTP status; 0 where the server did not answer.
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Returns the names of the models of the server. */
export async function modelNames() {
  return (await asked("ui/models.json")).models;
}

/**
 * Returns the states of a model's versions, the highest first.
 * @param {string} name
 * @returns {Promise<{version: string, state: string, status: {error_code: string, error_message: string}}[]>}
 */
export async function versionsOf(name) {
  return (await asked(path(name))).model_version_status;
}

/**
 * Returns the signatures of a version by name: their inputs and outputs with dtype and shape.
 * @param {string} name
 * @param {string} version
 */
export async function signaturesOf(name, version) {
  return (await asked(`${path(name)}/versions/${version}/metadata`)).metadata.signature_def.signature_def;
}

/**
 * Runs a signature on rows.
 * @param {{name: string, version: string}} model
 * @param {string} signature
 * @param {object[]} rows Each an object with the signature's inputs.
 * @param {AbortSignal} [signal] Ends the request.
 * @returns {Promise<any[]>} A prediction for each row.
 */
export async function predict({ name, version }, signature, rows, signal) {
  const body = JSON.stringify({ signature_name: signature, instances: rows });
  const answer = await asked(`${path(name)}/versions/${version}:predict`, { method: "POST", body, signal });
  if (answer.predictions?.length !== rows.length)
    throw new RequestError(`The server answered ${answer.predictions?.length ?? 0} of ${rows.length} rows.`, 200);
  return answer.predictions;
}

function path(name) {
  return `v1/models/${encodeURIComponent(name)}`;
}

async function asked(address, options = {}) {
  let response, text;
  try {
    response = await fetch(address, { ...options, cache: "no-store", credentials: "omit" });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new RequestError("The server does not answer. It may have been stopped: start it again, then try again.", 0);
  }
  const answer = parsed(text);
  if (!response.ok) throw new RequestError(inWords(response.status, answer?.error ?? ""), response.status);
  if (answer === null) {
    const why = /\b(NaN|Infinity)\b/.test(text)
      ? "it holds NaN or Infinity, which JSON does not have"
      : "it is no JSON";
    throw new RequestError(`The answer cannot be read: ${why}.`, response.status);
  }
  return answer;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const WORDS = {
  400: "The server refused this",
  404: "This is not served any more; look again for what is",
  408: "The request did not arrive in time",
  413: "This is too large for the server",
  429: "The server takes no request as large as this, or no more for now",
  500: "The server failed on this",
  503: "The server is busy; try again in a moment",
  504: "The model did not answer in time; try a shorter text, or raise --rest_api_timeout_in_ms",
};

function inWords(status, message) {
  const words = WORDS[status] ?? `The server answered with status ${status}`;
  return message ? `${words}: ${message}` : `${words}.`;
}
