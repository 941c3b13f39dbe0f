import {formatCount, formatShortMoney} from "./dashboard_format";
import {_t} from "@web/core/l10n/translation";
import {getColor} from "@web/core/colors/colors";

const FONT_SIZE = 12;
const GAP = 6;
const DASH = [5, 4];
// Places in Odoo's small palette, made for bright and dark screens
const EARNED = 2;
const LOST = 1;

/** What earns and what loses: read from the screen, whatever its colours are. */
export function getColors(element, colorScheme) {
    const {color, fontFamily} = window.getComputedStyle(element);
    return {
        text: color,
        fontFamily,
        earned: getColor(EARNED, colorScheme, "sm"),
        lost: getColor(LOST, colorScheme, "sm"),
    };
}

function drawText(context, colors, text, x, y, align) {
    context.font = `${FONT_SIZE}px ${colors.fontFamily}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillStyle = colors.text;
    context.fillText(text, x, y);
}

function drawLine(context, color, from, to, dash = []) {
    context.beginPath();
    context.setLineDash(dash);
    context.lineWidth = 1;
    context.strokeStyle = color;
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    context.setLineDash([]);
}

/** Where a text is seen whole: around a place, or to one side of it. */
function getAlign(context, text, x, {left, right}) {
    const {width} = context.measureText(text);
    if (x - width / 2 >= left && x + width / 2 <= right) {
        return "center";
    }
    return x - width >= left ? "right" : "left";
}

/** Below the end of the curve; at the bottom, above the peak's line or in between. */
function getTextHeight({peak, total, peakEnd, chartArea}, start) {
    const below = total + FONT_SIZE + GAP;
    if (below < chartArea.bottom - FONT_SIZE) {
        return below;
    }
    return start > peakEnd ? peak - FONT_SIZE - GAP / 2 : (peak + total) / 2;
}

function drawGivenBack(context, data, colors, places) {
    const {end, peak, total} = places;
    const at = end - 1;
    drawLine(context, colors.text, [at, peak], [at, total]);
    for (const y of [peak, total]) {
        drawLine(context, colors.text, [at - 4, y], [at + 1, y]);
    }
    const text = _t("Given back %s", formatShortMoney(data.given_back)).toString();
    const start = at - GAP - context.measureText(text).width;
    drawText(context, colors, text, at - GAP, getTextHeight(places, start), "right");
}

/** The peak, and how much of it is given back by those after it. */
function drawMarks({ctx: context, chartArea, scales}, data, colors) {
    const x = scales.x.getPixelForValue(data.peak_rank);
    const peak = scales.y.getPixelForValue(data.peak);
    const end = scales.x.getPixelForValue(data.count);
    context.save();
    drawLine(context, colors.text, [x, peak], [end, peak], DASH);
    context.beginPath();
    context.arc(x, peak, 4, 0, 2 * Math.PI);
    context.fillStyle = colors.text;
    context.fill();
    context.font = `${FONT_SIZE}px ${colors.fontFamily}`;
    const text = _t("Peak %s", formatShortMoney(data.peak)).toString();
    const align = getAlign(context, text, x, chartArea);
    drawText(context, colors, text, x, peak - FONT_SIZE - GAP / 2, align);
    if (data.given_back > 0) {
        const total = scales.y.getPixelForValue(data.total);
        const peakEnd = x + context.measureText(text).width;
        drawGivenBack(context, data, colors, {end, peak, total, peakEnd, chartArea});
    }
    context.restore();
}

/** Where the eye is: a line from the point to the axis. */
function drawActive({ctx: context, chartArea}, active, colors) {
    if (active.length) {
        const {x} = active[0].element;
        context.save();
        context.globalAlpha = 0.5;
        drawLine(context, colors.text, [x, chartArea.top], [x, chartArea.bottom]);
        context.restore();
    }
}

function getMarks(data, colors) {
    return {
        id: "customer_centricity_whale",
        afterDatasetsDraw(chart) {
            drawMarks(chart, data, colors);
            drawActive(chart, chart.getActiveElements(), colors);
        },
    };
}

function withAlpha(color, alpha) {
    const percent = Math.round(alpha * 255)
        .toString(16)
        .padStart(2, "0");
    return `${color}${percent}`;
}

/** Rank, cumulative profit; the curve begins where nobody has earned anything yet. */
export function getLine(points) {
    return [[0, 0], ...points].map(([x, y]) => ({x, y}));
}

/**
 * Which point of the line a key leads to.
 *
 * @param {string} key
 * @param {number} index of the point now, below zero where there is none yet
 * @param {number} count of points
 * @returns {number} the index, or below zero where the key leads nowhere
 */
export function walk(key, index, count) {
    const page = Math.max(1, Math.round(count / 10));
    const steps = {
        ArrowRight: 1,
        ArrowUp: 1,
        ArrowLeft: -1,
        ArrowDown: -1,
        PageDown: page,
        PageUp: -page,
    };
    if (!count) {
        return -1;
    }
    if (key === "Home" || (key in steps && index < 0)) {
        return 0;
    }
    if (key === "End") {
        return count - 1;
    }
    return key in steps ? Math.min(Math.max(index + steps[key], 0), count - 1) : -1;
}

/** The whole of what Chart.js is told. */
export function getConfig(data, colors, {describe, isStill, onClick, onHover}) {
    const {points, peak_rank} = data;
    const muted = {color: colors.text, font: {size: 11, family: colors.fontFamily}};
    const grid = {color: "rgba(128, 128, 128, 0.2)"};
    const isAfterPeak = ({p0}) => p0.parsed.x >= peak_rank;
    return {
        type: "line",
        data: {
            datasets: [
                {
                    data: getLine(points),
                    borderColor: colors.earned,
                    borderWidth: 2.5,
                    backgroundColor: withAlpha(colors.earned, 0.25),
                    fill: "origin",
                    pointRadius: 0,
                    pointHitRadius: 12,
                    pointHoverRadius: 5,
                    pointHoverBackgroundColor: colors.text,
                    segment: {
                        borderColor: (line) =>
                            isAfterPeak(line) ? colors.lost : undefined,
                        borderDash: (line) => (isAfterPeak(line) ? [6, 3] : undefined),
                        backgroundColor: (line) =>
                            isAfterPeak(line)
                                ? withAlpha(colors.lost, 0.25)
                                : undefined,
                    },
                },
            ],
        },
        options: {
            animation: isStill ? false : {duration: 300},
            maintainAspectRatio: false,
            normalized: true,
            parsing: false,
            interaction: {mode: "nearest", axis: "x", intersect: false},
            layout: {padding: {top: 26, right: 8}},
            onClick,
            onHover,
            plugins: {
                legend: {display: false},
                tooltip: {
                    backgroundColor: "rgba(0, 0, 0, 0.92)",
                    displayColors: false,
                    filter: ({dataIndex}) => dataIndex > 0,
                    callbacks: {
                        title: ([item]) => item && describe(item.dataIndex - 1).title,
                        label: ({dataIndex}) => describe(dataIndex - 1).lines,
                    },
                },
            },
            scales: {
                x: {
                    type: "linear",
                    min: 0,
                    max: data.count,
                    grid: {display: false},
                    ticks: {
                        ...muted,
                        precision: 0,
                        maxRotation: 0,
                        callback: formatCount,
                    },
                    title: {
                        ...muted,
                        display: true,
                        text: _t("Accounts, the most profitable first").toString(),
                    },
                },
                y: {
                    grid,
                    ticks: {...muted, maxTicksLimit: 6, callback: formatShortMoney},
                },
            },
        },
        plugins: [getMarks(data, colors)],
    };
}
