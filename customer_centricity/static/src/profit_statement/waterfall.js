/**
 * Where the bars of a waterfall stand: revenue and profit on zero, each cost on what
 * the lines before it have left over. What is below zero is a part of its own.
 *
 * @param {Object[]} lines of a profit and loss, see get_profit_statement
 * @param {number} index of the period
 * @returns {Object} zero, and for each line its parts: start and size in percent of the
 *  width, and whether it is a loss
 */
export function getWaterfall(lines, index) {
    let level = 0;
    const ranges = lines.map((line, position) => {
        const from = line.is_total || position === 0 ? 0 : level;
        level = from + line.amounts[index];
        return [Math.min(from, level), Math.max(from, level)];
    });
    const low = Math.min(0, ...ranges.map(([start]) => start));
    const high = Math.max(0, ...ranges.map(([, end]) => end));
    const scale = 100 / (high - low || 1);
    const part = (start, end, isLoss) => ({
        start: (start - low) * scale,
        size: (end - start) * scale,
        isLoss,
    });
    return {
        zero: (0 - low) * scale,
        bars: ranges.map(([start, end]) =>
            [
                part(start, Math.min(end, 0), true),
                part(Math.max(start, 0), end, false),
            ].filter(({size}) => size > 0)
        ),
    };
}
