// How alike two lists order the same things: Spearman's rank correlation.

/** Returns Spearman's rank correlation of two lists; null where one of them has no order. */
export function spearman(first, second) {
  const [one, other] = [ranks(first), ranks(second)];
  const mean = (one.length - 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (let place = 0; place < one.length; place++) {
    const [a, b] = [one[place] - mean, other[place] - mean];
    both += a * b;
    left += a * a;
    right += b * b;
  }
  return left && right ? both / Math.sqrt(left * right) : null;
}

/** Returns ranks from 0; equal values share the mean of their ranks. */
function ranks(values) {
  const order = values.map((_, place) => place).sort((a, b) => values[a] - values[b]);
  const ranked = new Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let at = start; at < end; at++) ranked[order[at]] = (start + end - 1) / 2;
    start = end;
  }
  return ranked;
}
