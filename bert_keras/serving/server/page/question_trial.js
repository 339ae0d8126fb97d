// Tries a reader: a question on a document, the answer marked in it, and the n best answers.
import { element } from "./attention/page/elements.js";
import { decimal } from "./attention/records/numbers.js";
import { answerOf, percent, spansOf } from "./answers.js";
import { cut } from "./code_points.js";
import { Form } from "./form.js";
import { Outcome } from "./outcome.js";
import { predict } from "./server.js";

export class QuestionTrial {
  /**
   * @param {{name: string, version: string}} model
   * @param {import("./task.js").Task} task
   */
  constructor(model, task) {
    const outcome = new Outcome();
    const form = new Form(task.inputs, "Answer", (row) =>
      outcome.show(async () => {
        const [answer] = await predict(model, "serving_default", [row]);
        return shown(answer, row.context);
      }),
    );
    this.root = element("div", {}, form.root, outcome.root);
  }
}

function shown(row, context) {
  const answer = answerOf(row);
  const spans = spansOf(row);
  const page = element("div", {
    class: "document",
    dir: "auto",
    tabindex: 0,
    role: "region",
    "aria-label": "Document",
  });
  const list = element("ol", { class: "spans" });
  const mark = (span) => {
    markIn(page, context, span, answer !== null && same(span, answer));
    for (const item of list.children) item.firstChild.setAttribute("aria-pressed", String(span && item.span === span));
  };
  for (const span of spans) list.append(itemOf(span, () => mark(span)));
  mark(answer && (spans.find((span) => same(span, answer)) ?? answer));
  return [
    headline(row, answer),
    spans.length ? oddsOf(row) : "",
    page,
    ...(spans.length
      ? [
          element("h3", {}, answer ? "Best answers" : "Best spans, though the model says “no answer”"),
          element("p", { class: "hint" }, "Those that overlap a better one are left out. Press one to see it marked."),
          list,
        ]
      : [element("p", { class: "hint" }, "There is no span that could be an answer.")]),
  ];
}

function headline(row, answer) {
  return element(
    "p",
    { class: "headline" },
    element("b", { dir: "auto", class: answer ? null : "none" }, answer ? answer.text : "No answer in this document"),
    " ",
    element("span", {}, `probability ${percent(row.score)}`),
  );
}

/** Returns how far the model is from changing its mind about whether there is an answer. */
function oddsOf(row) {
  const odds = `null_odds ${decimal(row.null_odds, 2)}: the score of “no answer” minus that of the best span.`;
  const meaning = "Above a threshold that the model was given, if any, it says “no answer”.";
  return element("p", { class: "hint" }, `${odds} ${meaning}`);
}

function itemOf(span, pressed) {
  const button = element(
    "button",
    { type: "button", "aria-pressed": "false", onclick: pressed },
    element("span", { class: "name", dir: "auto" }, span.text),
    element("span", { class: "number" }, percent(span.score)),
  );
  const item = element("li", {}, button);
  item.span = span;
  return item;
}

/** Shows a document with a span marked in it, and scrolls there. */
function markIn(page, context, span, isAnswer) {
  if (!span) {
    page.replaceChildren(context);
    return;
  }
  const [before, inside, behind] = cut(context, span.start, span.end);
  const mark = element("mark", { class: isAnswer ? "answer" : null }, inside);
  page.replaceChildren(before, mark, behind);
  requestAnimationFrame(() => {
    page.scrollTop = Math.max(0, mark.offsetTop - page.offsetTop - page.clientHeight / 3);
  });
}

function same(one, other) {
  return one !== null && other !== null && one.start === other.start && one.end === other.end;
}
