// So much of the width is left free beyond the range, that its ends are seen as ends
const MARGIN = 8;

/**
 * Where a value and its likely range stand on a scale of 100, which begins at zero: how
 * sure the value is shows in how wide the range is beside it. Losses go the other way.
 *
 * @param {number} amount
 * @param {number} low
 * @param {number} high
 * @returns {Object} start and size of the range, and the mark of the value, in percent
 */
export function getInterval(amount, low, high) {
    const from = Math.min(0, low);
    const to = Math.max(0, high, amount);
    const before = from < 0 ? MARGIN : 0;
    const after = to > 0 ? MARGIN : 0;
    const scale = (100 - before - after) / (to - from || 1);
    const place = (value) => before + (value - from) * scale;
    return {
        start: place(low),
        size: place(high) - place(low),
        mark: place(Math.min(Math.max(amount, from), to)),
    };
}
