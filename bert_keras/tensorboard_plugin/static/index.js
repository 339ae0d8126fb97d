// TensorBoard imports this module in the frame of the tab and calls render().
import { App } from "./page/app.js";
import { pageSource } from "./records/source.js";

export function render() {
  new App(document.body, pageSource()).start();
}
