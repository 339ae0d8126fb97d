// TensorBoard around this page, where there is one.

/** TensorBoard's window; null where this page stands alone, or in the frame of something else, a notebook. */
export function tensorBoardWindow() {
  try {
    return window.parent !== window && window.parent.document.querySelector("tb-webapp") ? window.parent : null;
  } catch {
    return null;
  }
}

/**
 * Calls `listener()` each time TensorBoard reloads, by its button or by its clock. It tells this to the frames of plugins through a port
 * that they send it (the protocol of its experimental plugin library), and waits for an answer to everything it tells.
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
