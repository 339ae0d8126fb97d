// The entry module: TensorBoard, or an offline page, imports it and calls `render()`.
import { App } from "./page/app.js";
import { pageSource } from "./records/source.js";

export function render() {
  new App(document.body, pageSource()).start();
}
