// Red, green and blue; see-through, so that they are right on light and dark screens
const COLORS = {up: "40, 167, 69", down: "220, 53, 69", same: "108, 117, 125"};
const FULL = 0.45;
const LEAST = 0.1;

/** Tiers stand best first: to the left of one's own is up. */
function getDirection(from, to) {
    if (from < 0 || to < 0) {
        return "none";
    }
    if (from === to) {
        return "same";
    }
    return to < from ? "up" : "down";
}

/**
 * A heat table of who went from which tier to which: the more accounts, the stronger
 * the colour.
 *
 * @param {Object} migration its columns, and rows with a cell for each column
 * @returns {Object[]} the rows, whose cells have a direction, a colour and its strength
 */
export function getMatrix({columns, rows}) {
    const places = columns.map(([id]) => id);
    const most = Math.max(
        1,
        ...rows.flatMap(({cells}) => cells.map(({count}) => count || 0))
    );
    return rows.map((row) => ({
        ...row,
        cells: row.cells.map((cell, index) => {
            const isTier = Boolean(row.id) && Boolean(places[index]);
            const from = isTier ? places.indexOf(row.id) : -1;
            const direction = getDirection(from, index);
            const strength = LEAST + ((FULL - LEAST) * (cell.count || 0)) / most;
            return {
                ...cell,
                to: columns[index][1],
                direction,
                color: cell.count ? COLORS[direction] : undefined,
                strength: strength.toFixed(2),
            };
        }),
    }));
}
