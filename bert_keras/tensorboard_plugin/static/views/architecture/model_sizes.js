// The number of parameters in each part of a BERT (Devlin et al. 2019): of this model, BERT-base and BERT-large.

/** @typedef {{key: string, title: string, parameters: number}} Part */
/** @typedef {{name: string, dimensions: string, parts: Part[], total: number}} ModelSize */

const BASE = {
  vocabulary_size: 30522,
  max_sequence_length: 512,
  num_segments: 2,
  num_layers: 12,
  num_heads: 12,
  hidden_dim: 768,
  intermediate_dim: 3072,
};
const LARGE = { ...BASE, num_layers: 24, num_heads: 16, hidden_dim: 1024, intermediate_dim: 4096 };

const TITLES = {
  token_embedding: "Token embeddings",
  position_embedding: "Position embeddings",
  segment_embedding: "Segment embeddings",
  embeddings_layer_norm: "Layer norm of the embeddings",
  embeddings_projection: "Widening of the embeddings",
  attention: "Self-attention",
  feed_forward: "Feed-forward",
  layer_norms: "Layer norms of the layers",
  pooler: "Pooler",
  head: "Head of the task",
};

/**
 * Returns the embeddings that a model adds up for each token; DistilBERT has no segments.
 * @param {{num_segments: number}} architecture
 * @returns {string[]}
 */
export function embeddingsOf({ num_segments: segments }) {
  return segments === 0 ? ["token", "position"] : ["token", "segment", "position"];
}

/**
 * Counts the parameters of a BERT with a pooler and without a head from its dimensions.
 * @param {{vocabulary_size: number, max_sequence_length: number, num_segments: number, num_layers: number,
 *   hidden_dim: number, intermediate_dim: number}} dimensions
 * @returns {object} The form of a header's `architecture.parameters`.
 */
export function parametersOf(dimensions) {
  const { hidden_dim: hidden, intermediate_dim: inner, num_layers: layers } = dimensions;
  const dense = hidden * hidden + hidden;
  const layer = {
    query: dense,
    key: dense,
    value: dense,
    attention_output: dense,
    feed_forward_in: hidden * inner + inner,
    feed_forward_out: inner * hidden + hidden,
    layer_norms: 4 * hidden,
  };
  const counts = {
    token_embedding: dimensions.vocabulary_size * hidden,
    position_embedding: dimensions.max_sequence_length * hidden,
    segment_embedding: dimensions.num_segments * hidden,
    embeddings_layer_norm: 2 * hidden,
    layer,
    pooler: dense,
    head: 0,
  };
  const embeddings =
    counts.token_embedding + counts.position_embedding + counts.segment_embedding + counts.embeddings_layer_norm;
  return { ...counts, total: embeddings + layers * layerTotal(layer) + dense };
}

/**
 * Sums the parameters of one layer.
 * @param {{[part: string]: number}} layer A header's `parameters.layer`.
 * @returns {number}
 */
export function layerTotal(layer) {
  return Object.values(layer).reduce((sum, count) => sum + count, 0);
}

/**
 * Returns the parts of a model, with the parameters of all layers summed by part.
 * @param {object} parameters A header's `architecture.parameters`.
 * @param {number} layers
 * @returns {Part[]} From the input to the output, without parts that have no parameters.
 */
export function partsOf(parameters, layers) {
  const layer = parameters.layer;
  const counts = {
    ...parameters,
    attention: layers * (layer.query + layer.key + layer.value + layer.attention_output),
    feed_forward: layers * (layer.feed_forward_in + layer.feed_forward_out),
    layer_norms: layers * layer.layer_norms,
  };
  return Object.keys(TITLES)
    .map((key) => ({ key, title: TITLES[key], parameters: counts[key] || 0 }))
    .filter((part) => part.parameters > 0);
}

/**
 * Returns the sizes of this model, BERT-base and BERT-large.
 * @param {object} architecture A header's `model.architecture`.
 * @returns {ModelSize[]}
 */
export function modelSizes(architecture) {
  const reference = (name, dimensions) => sized(name, dimensions, parametersOf(dimensions));
  return [
    sized("This model", architecture, architecture.parameters),
    reference("BERT-base", BASE),
    reference("BERT-large", LARGE),
  ];
}

function sized(name, dimensions, parameters) {
  const { num_layers: layers, num_heads: heads, hidden_dim: hidden } = dimensions;
  return {
    name,
    parts: partsOf(parameters, layers),
    total: parameters.total,
    dimensions: `${layers} layers × ${heads} heads, hidden size ${hidden}`,
  };
}

/**
 * Writes a number of parameters in short form.
 * @param {number} count
 * @returns {string} Such as "109.5 M", "590 k" or "385".
 */
export function shortCount(count) {
  if (count >= 99_950_000) return `${(count / 1e6).toFixed(1)} M`;
  if (count >= 999_500) return `${(count / 1e6).toFixed(2)} M`;
  if (count >= 1000) return `${(count / 1e3).toFixed(count < 99_950 ? 1 : 0)} k`;
  return String(count);
}

/**
 * Writes a number of parameters in full.
 * @param {number} count
 * @returns {string} Such as "109,482,240".
 */
export function fullCount(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
