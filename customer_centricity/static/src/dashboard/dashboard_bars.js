/**
 * Where bars stand that are compared with each other: all begin at the same zero, and
 * losses go the other way.
 *
 * @param {Array} values null where not known
 * @returns {Object[]} start and size in percent of the width, and whether it is a loss
 */
export function getBars(values) {
    const known = values.map((value) => value || 0);
    const low = Math.min(0, ...known);
    const high = Math.max(0, ...known);
    const scale = 100 / (high - low || 1);
    return known.map((value) => ({
        start: (Math.min(value, 0) - low) * scale,
        size: Math.abs(value) * scale,
        isLoss: value < 0,
    }));
}
