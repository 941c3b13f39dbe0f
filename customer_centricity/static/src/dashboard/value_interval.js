// So much of the width is left free on both sides, that the ends are seen as ends
const MARGIN = 8;

/**
 * Where a value and its likely range stand on a scale of 100. The scale is the range
 * itself: what matters is where in it the value is, and how wide it is beside it.
 *
 * @param {number} amount
 * @param {number} low
 * @param {number} high
 * @returns {Object} start and size of the range, and the mark of the value, in percent
 */
export function getInterval(amount, low, high) {
    const from = Math.min(0, low);
    const to = Math.max(high, amount);
    const scale = (100 - MARGIN) / (to - from || 1);
    const place = (value) => (value - from) * scale;
    return {
        start: place(low),
        size: place(high) - place(low),
        mark: place(Math.min(Math.max(amount, from), to)),
    };
}
