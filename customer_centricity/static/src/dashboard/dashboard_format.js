import {
    formatInteger,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";
import {deserializeDate} from "@web/core/l10n/dates";
import {user} from "@web/core/user";

// Amounts and shares are rounded to what can be told at a glance: about three digits
const ONE_DECIMAL_BELOW = 100;
const SMALL_SHARE = 0.1;
const THOUSAND = 1000;

/** For what is not known, which is another thing than zero. */
export const UNKNOWN = "–";

export function isKnown(value) {
    return value !== null && value !== undefined && value !== false;
}

function getCurrencyId() {
    return user.activeCompany?.currency_id;
}

export function formatMoney(amount) {
    return isKnown(amount)
        ? formatMonetary(amount, {currencyId: getCurrencyId()})
        : UNKNOWN;
}

/** How many are told of 1.2k, of 12.3M or of 123M: none that is zero. */
function getDecimals(size) {
    let mantissa = size;
    while (mantissa >= THOUSAND) {
        mantissa /= THOUSAND;
    }
    const hasDecimal = Math.round(mantissa * 10) % 10 !== 0;
    return hasDecimal && mantissa < ONE_DECIMAL_BELOW ? 1 : 0;
}

/** 1.2M instead of 1,234,567.00: the exact amount is to be told beside it. */
export function formatShortMoney(amount) {
    if (!isKnown(amount)) {
        return UNKNOWN;
    }
    const isWhole = Math.abs(amount) < THOUSAND;
    return formatMonetary(isWhole ? Math.round(amount) : amount, {
        currencyId: getCurrencyId(),
        digits: [16, isWhole ? 0 : getDecimals(Math.abs(amount))],
        humanReadable: true,
    });
}

export function formatCount(number) {
    return isKnown(number) ? formatInteger(number) : UNKNOWN;
}

export function formatShare(share) {
    if (!isKnown(share)) {
        return UNKNOWN;
    }
    const isSmall = share && Math.abs(share) < SMALL_SHARE;
    return formatPercentage(share, {digits: [16, isSmall ? 1 : 0]});
}

// As the server writes them: which number is the month is then no question
const DAY = "d MMM y";

/** @param {string} day as the server sends a date */
export function formatDay(day) {
    return deserializeDate(day).toFormat(DAY);
}

/** @param {string} moment in ISO format, with its offset */
export function formatMoment(moment) {
    return luxon.DateTime.fromISO(moment).setZone("default").toFormat(`${DAY}, t`);
}

/** What is shown, and what it is exactly. */
export const FORMATS = {
    money: {short: formatShortMoney, exact: formatMoney},
    count: {short: formatCount, exact: formatCount},
    share: {short: formatShare, exact: formatShare},
};
