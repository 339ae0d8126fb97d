// Masking of whole sentences, in texts too long to mask each word: which sentences count, before their words.
import { oneLine } from "../../records/record.js";

export const SENTENCES = "sentences";

/** Returns whether sentences were masked. */
export function hasSentences({ header }) {
  return Boolean(header.masked?.sentences?.drops.length);
}

/** Returns the fall of the explained output, in logits, with each sentence masked, for all tokens of the sentence. */
export function sentenceMasking(record) {
  const { masked, target } = record.header;
  const sentences = sentencesOf(record, masked.sentences);
  const values = record.tokens.map((token) => {
    const own = sentences.find(({ words: [from, to] }) => token.word >= from && token.word < to);
    return own && !token.special ? own.value : 0;
  });
  const ranked = sentences.filter(({ first }) => first !== undefined);
  ranked.sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  return {
    method: SENTENCES,
    title: "Masking, sentence by sentence",
    paper: "",
    note: masked.note ?? "",
    target: target?.title ?? "",
    values,
    ranked,
    layer: 0,
    layers: 1,
    correlation: null,
  };
}

/** Returns the sentences as the panel lists them, each with its first word and what it reads. */
function sentencesOf(record, { texts, starts, ends, words, drops }) {
  return drops.map((value, place) => {
    const [from] = words[place];
    const first = record.tokens.find((token) => token.word === from && !token.special)?.place;
    const label = oneLine(record.slice(texts[place], starts[place], ends[place]));
    return { word: from, first, words: words[place], value, label };
  });
}
