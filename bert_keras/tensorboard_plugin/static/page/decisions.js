// The choice of what is explained, where the model decides several things of a text: its masks, or its entities.

import { shortName } from "../records/record.js";

/** Returns the control that chooses a mask or an entity; none where there is one at most. */
export function decisionControls(record) {
  const { decisions = [], marks = [], task } = record.header;
  if (decisions.length < 2) return [];
  const label = task === "tags" ? "Entity" : "Mask";
  const options = decisions.map(({ title, start, end }, value) => {
    const mark = marks.find((each) => each.start === start && each.end === end);
    const said = mark ? ` (${mark.state === "missed" ? "missed: " : ""}${mark.label})` : "";
    return { value, label: shortName(title + said), title: title + said };
  });
  const title = "What the attributions, the heads' importance and the probabilities are about";
  return [{ kind: "select", name: "decision", label, options, value: record.decision, title }];
}
