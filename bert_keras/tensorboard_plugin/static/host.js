// Finds the TensorBoard that this page is shown in, if any, and listens to its reloads.

/** Returns TensorBoard's window; null where the page is shown alone or in another frame, such as a notebook's. */
export function tensorBoardWindow() {
  try {
    return window.parent !== window && window.parent.document.querySelector("tb-webapp") ? window.parent : null;
  } catch {
    return null;
  }
}

/**
 * Calls `listener()` each time TensorBoard reloads, by its button or its timer. TensorBoard sends messages through a
 * port that a plugin's frame hands to it, and expects a reply to each: the protocol of its experimental plugin library.
 */
export function onTensorBoardReload(listener) {
  const host = tensorBoardWindow();
  if (!host) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    const { type, id, isReply } = JSON.parse(data);
    if (isReply) return;
    port1.postMessage(JSON.stringify({ type, id, payload: null, error: null, isReply: true }));
    if (type === "experimental.DataReloaded") listener();
  };
  host.postMessage("experimental.bootstrap", window.origin, [port2]);
}
