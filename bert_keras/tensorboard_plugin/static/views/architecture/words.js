// The tooltips of the architecture view: what each block does, and its numbers.
import { headNumbers } from "../../records/head_measures.js";
import { percent, shortNumber } from "../../records/numbers.js";
import { embeddingsOf, fullCount, layerTotal, modelSizes, partsOf } from "./model_sizes.js";

const BLOCKS = {
  output: "What the model says about this text.",
  head: "Turns the last hidden states into what the task asks for.",
  pooler: "One more dense layer over the hidden state of [CLS], which stands for the whole text.",
  unit_mean: "The mean of the last hidden states of all tokens, brought to length 1, stands for the whole text.",
  norm:
    "Brings the hidden state of every token to mean 0 and variance 1, " +
    "then scales and shifts each of its dimensions.",
  token_embedding: "A learned vector for each piece of the vocabulary.",
  segment_embedding: "A learned vector that says whether a token belongs to the first or the second text.",
  position_embedding:
    "A learned vector for each place in the row: without it the model would not know the order of the tokens.",
  feed_forward:
    "Works on each token by itself: a dense layer widens its vector, an activation bends it, " +
    "a second dense layer narrows it again.",
  layer: "Tokens read from each other (self-attention), then each is worked on by itself (feed-forward).",
};

const LAYER_PARTS = {
  query: "Query: what a token looks for.",
  key: "Key: what a token can be found by.",
  value: "Value: what a token hands over to those that look at it.",
  attention_output: "Attention output: mixes what all heads have read into one vector.",
  feed_forward_in: "Feed-forward, in: widens each token's vector.",
  feed_forward_out: "Feed-forward, out: narrows it again.",
  layer_norms: "Two layer norms: one after the attention, one after the feed-forward part.",
};

const PARTS = {
  token_embedding: BLOCKS.token_embedding,
  position_embedding: BLOCKS.position_embedding,
  segment_embedding: BLOCKS.segment_embedding,
  embeddings_layer_norm: BLOCKS.norm,
  embeddings_projection: "A dense layer that widens the embeddings to the hidden size.",
  attention: "Queries, keys, values and outputs of all heads of all layers: how tokens read from each other.",
  feed_forward: "The two dense layers of every layer that work on each token by itself.",
  layer_norms: "Two layer norms in each layer keep its numbers in range.",
  pooler: BLOCKS.pooler,
  head: BLOCKS.head,
};

/**
 * Returns what a block is and does, with its numbers.
 * @param {object} record
 * @param {{block: string}} thing
 * @returns {string}
 */
export function explained(record, thing) {
  const { architecture } = record.header.model;
  const { parameters } = architecture;
  switch (thing.block) {
    case "cell":
      return `Layer ${thing.layer}, head ${thing.head}\n${headNumbers(record, thing.layer, thing.head)}`;
    case "layer":
      return `Layer ${thing.layer}: ${counted(layerTotal(parameters.layer))}\n${BLOCKS.layer}`;
    case "feed_forward":
      return `${BLOCKS.feed_forward}\n${counted(parameters.layer.feed_forward_in + parameters.layer.feed_forward_out)}`;
    case "token":
      return tokenNorms(record, thing.place);
    case "layer_part":
      return `${LAYER_PARTS[thing.key]}\n${counted(parameters.layer[thing.key])} in each layer`;
    case "part":
      return partText(architecture, thing.key);
    case "size":
      return sizeText(architecture, thing.place);
    default:
      return blockText(parameters, thing.block);
  }
}

function blockText(parameters, block) {
  const { embeddings_layer_norm: norm, embeddings_projection: projection = 0 } = parameters;
  const count = block === "norm" ? norm + projection : parameters[block];
  return count ? `${BLOCKS[block]}\n${counted(count)}` : BLOCKS[block];
}

function tokenNorms({ header, tokens }, place) {
  const inputs = header.inputs;
  const norm = (name) => `${name} ${shortNumber(inputs[name][place])}`;
  const norms = [...embeddingsOf(header.model.architecture), "sum"].map(norm).join(" · ");
  return `“${tokens[place].label}”, token ${place}: lengths of its input vectors\n${norms}`;
}

function partText(architecture, key) {
  const part = partsOf(architecture.parameters, architecture.num_layers).find((each) => each.key === key);
  const share = part.parameters / architecture.parameters.total;
  return `${PARTS[key]}\n${counted(part.parameters)}, ${percent(share)} of all`;
}

function sizeText(architecture, place) {
  const size = modelSizes(architecture)[place];
  const pooler = size.parts.some(({ key }) => key === "pooler") ? "" : ", without a pooler";
  const inner = place ? "" : `, ${fullCount(architecture.intermediate_dim)} inside the feed-forward part`;
  return `${size.name}: ${size.dimensions}${inner}\n${counted(size.total)}${pooler}`;
}

function counted(count) {
  return `${fullCount(count)} parameters`;
}
