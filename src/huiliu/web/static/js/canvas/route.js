// How a way goes around the nodes that stand between its ends.
const GAP = 30;
const ROOM = 20;
const RADIUS = 12;

/** Returns [path, x, y of its middle] of a way that would lie on nodes or leads back; null where the straight way is free. */
export function around(blocks, [fromX, fromY], [toX, toY]) {
  const isBack = toX < fromX + 2 * GAP;
  const [left, right] = isBack ? [toX - GAP, fromX + GAP] : [fromX + GAP, toX - GAP];
  const [high, low] = [Math.min(fromY, toY), Math.max(fromY, toY)];
  const between = blocks.filter((one) => one.right > left && one.left < right);
  const middle = (fromX + toX) / 2;
  const lies = (one) => (one.left < middle && one.right > fromX && within(one, fromY)) || (one.right > middle && one.left < toX && within(one, toY))
    || (one.left < middle && one.right > middle && one.bottom > high && one.top < low);
  if (!isBack && !between.some(lies)) return null;
  // The nearest height at which nothing stands, above or below.
  const wanted = isBack ? low + 70 : (fromY + toY) / 2;
  const heights = between.flatMap((one) => [one.top - ROOM, one.bottom + ROOM]).concat(wanted);
  const free = heights.filter((at) => !between.some((one) => within(one, at))).sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted));
  const lane = free[0] ?? low + 90;
  const turn = isBack ? [fromX + GAP, toX - GAP] : [left, right];
  return [rounded([[fromX, fromY], [turn[0], fromY], [turn[0], lane], [turn[1], lane], [turn[1], toY], [toX, toY]]), (turn[0] + turn[1]) / 2, lane];
}

const within = (one, y) => y > one.top - ROOM / 2 && y < one.bottom + ROOM / 2;

/** Returns a path through points with round corners. */
function rounded(points) {
  const [first, ...rest] = points;
  let path = `M${first[0]},${first[1]}`;
  for (let n = 0; n < rest.length - 1; n += 1) {
    const [before, here, after] = [points[n], rest[n], rest[n + 1]];
    const near = Math.min(RADIUS, length(before, here) / 2, length(here, after) / 2);
    const [a, b] = [towards(here, before, near), towards(here, after, near)];
    path += `L${a[0]},${a[1]}Q${here[0]},${here[1]} ${b[0]},${b[1]}`;
  }
  return `${path}L${rest.at(-1)[0]},${rest.at(-1)[1]}`;
}

const length = ([x, y], [left, top]) => Math.hypot(left - x, top - y);
const towards = ([x, y], [left, top], near) => {
  const far = length([x, y], [left, top]) || 1;
  return [x + ((left - x) * near) / far, y + ((top - y) * near) / far];
};
