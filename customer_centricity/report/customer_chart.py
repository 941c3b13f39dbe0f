import re

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

# Units of a drawing, which are pixels where two stand side by side on an A4 page
WIDTH = 306
# A character of the labels is so wide, on average
CHARACTER = 4.8
# Kinds of marks. Printed without colours they are still told apart: by how dark they
# are, and losses by where they stand.
GAIN = "#1f4e5f"
LOSS = "#b02a37"
LIGHT = "#d5dade"
MIDDLE = "#98a2ab"
# Characters of a label, more would run into what stands beside it
LONGEST_LABEL = 17


class CustomerChart(models.AbstractModel):
    """Drawings of reports, for the templates named after the methods.

    Where the marks stand, ``engine.chart`` says; here they get their words, in the
    reader's language, and their colours. Every drawing is a dict with its size, and a
    label that tells what it shows to who does not see it.
    """

    _name = "customer.chart"
    _description = "Chart of a Report"

    @api.model
    def _draw_columns(
        self,
        starts,
        series,
        names,
        label,
        height=130,
        date_format="MMM",
        is_last_open=False,
    ):
        """Return bars by month or quarter, the second series within the first.

        :param starts: first day of each month or quarter
        :param series: two lists of amounts
        :param names: of the two, for the legend
        :param is_last_open: whether the last month or quarter is still under way: its
            bars are not those of a whole one, and are drawn so
        :return: False where there is nothing to draw
        """
        from ..engine import chart  # numpy only when needed

        if not any(map(any, series)):
            return False
        area = chart.Area(46, 18, WIDTH - 2, height - 18)
        drawn = chart.columns(series, area, (0.86, 0.46))
        colors = [LIGHT, GAIN]
        return {
            "width": WIDTH,
            "height": height,
            "label": label,
            "left": area.left,
            "right": area.right,
            "zero": drawn.scale.at(0),
            "marks": self._get_marks(drawn.scale),
            "legend": self._get_legend(names, colors, area.left, is_last_open),
            "bars": [
                {
                    "bar": bar,
                    "color": LOSS if bar.value < 0 else color,
                    "is_open": is_last_open and place == len(starts) - 1,
                }
                for bars, color in zip(drawn.series, colors, strict=True)
                for place, bar in enumerate(bars)
                if bar.height
            ],
            "texts": self._get_time_texts(drawn.centers, starts, date_format),
            "foot": height - 6,
        }

    @api.model
    def _get_legend(self, names, colors, left, is_last_open):
        """Return what the marks of each series look like, and those not over yet."""
        entries = [(*pair, False) for pair in zip(names, colors, strict=True)]
        if is_last_open:
            entries.append((self.env._("so far"), MIDDLE, True))
        gap = 100 if len(entries) < 3 else 80
        return [
            {"name": name, "color": color, "x": left + gap * place, "is_open": is_open}
            for place, (name, color, is_open) in enumerate(entries)
        ]

    @api.model
    def _get_time_texts(self, centers, starts, date_format):
        """Return what stands below the bars: a month in three, and the years."""
        step = 3 if len(starts) > 12 else 1
        texts, year = [], None
        for place in range(0, len(starts), step):
            start = starts[place]
            text = format_date(self.env, start, date_format=date_format)
            if start.year != year:
                text += f" {start.year % 100:02d}"
            year = start.year
            texts.append({"x": centers[place], "text": text.replace(".", "")})
        return texts

    @api.model
    def _draw_waterfall(self, steps, label, row=21):
        """Return how one amount comes to another, a row a step.

        :param steps: (name, amount, amount in words, whether it is a total)
        """
        from ..engine import chart  # numpy only when needed

        names, amounts, texts, totals = map(list, zip(*steps, strict=True))
        if not any(amounts):
            return False
        height = row * len(steps)
        area = chart.Area(98, 0, WIDTH - 70, height)
        drawn = chart.waterfall(amounts, totals, area)
        return {
            "width": WIDTH,
            "height": height + 2,
            "label": label,
            "zero": drawn.scale.at(0),
            "text_x": WIDTH - 2,
            "rows": [
                {
                    "name": self._shorten(name, LONGEST_LABEL),
                    "text": text,
                    "bar": bar,
                    "color": self._get_step_color(bar, total),
                    "is_total": total,
                    "text_y": row * (place + 0.5) + 3.5,
                    # from the end of this bar down to the next
                    "level": level if place < len(steps) - 1 else None,
                    "next_y": bar.y + row,
                }
                for place, (name, text, bar, total, level) in enumerate(
                    zip(names, texts, drawn.bars, totals, drawn.levels, strict=True)
                )
            ],
        }

    @api.model
    def _get_step_color(self, bar, total):
        if not total:
            return MIDDLE
        return LOSS if bar.value < 0 else GAIN

    @api.model
    def _draw_interval(self, value, low, high, texts, label, height=70):
        """Return an amount on its scale, within what it is at least and at most.

        What it is stands above the bar, what it is at least and at most below it:
        however close they are, they do not run into each other.

        :param texts: the three amounts in words
        """
        from ..engine import chart  # numpy only when needed

        if not any((value, low, high)):
            return False
        area = chart.Area(24, 20, WIDTH - 24, 36)
        drawn = chart.interval(value, low, high, area)
        half = CHARACTER * len(texts[0]) / 2
        return {
            "width": WIDTH,
            "height": height,
            "label": label,
            "band": drawn.band,
            "x": drawn.x,
            "text": {
                "x": drawn.x,
                "text": texts[0],
                "anchor": chart.anchor(drawn.x, 0, WIDTH, half),
            },
            "ends": self._get_ends(chart, drawn.band, texts[1:]),
            "marks": self._get_marks(drawn.scale),
            "color": LOSS if value < 0 else GAIN,
            "top": area.top,
            "bottom": area.bottom,
            "left": area.left,
            "right": area.right,
            "zero": drawn.scale.at(0),
        }

    @api.model
    def _get_ends(self, chart, band, texts):
        """Return the texts of both ends of a band, and where; none if it has none."""
        if not band.width:
            return []
        places = chart.apart(
            (band.x, band.x + band.width),
            tuple(CHARACTER * len(text) for text in texts),
            chart.Area(0, 0, WIDTH, 1),
            CHARACTER * 2,
        )
        return [{"x": x, "text": text} for x, text in zip(places, texts, strict=True)]

    @api.model
    def _draw_line(self, values, dates, above, label, below=None, height=58):
        """Return a line through amounts of some days.

        :param above: what stands above each point
        :param below: what stands below it, beside the month
        """
        from ..engine import chart  # numpy only when needed

        if len(values) < 2:
            return False
        area = chart.Area(30, 20, WIDTH - 30, height - 18)
        drawn = chart.line(values, area)
        return {
            "width": WIDTH,
            "height": height,
            "label": label,
            "path": " ".join(f"{x:g},{y:g}" for x, y in drawn.points),
            "zero": drawn.zero,
            "left": area.left - 10,
            "right": area.right + 10,
            "foot": height - 4,
            "points": [
                {
                    "x": x,
                    "y": y,
                    "above": self._shorten(text, 14),
                    "below": " · ".join(
                        filter(
                            None,
                            (format_date(self.env, day, date_format="MMM yy"), beside),
                        )
                    ),
                }
                for (x, y), day, text, beside in zip(
                    drawn.points,
                    dates,
                    above,
                    below or [""] * len(values),
                    strict=True,
                )
            ],
            "color": GAIN,
        }

    @api.model
    def _draw_stack(self, parts, label, height=14):
        """Return one bar that is shared by numbers.

        :param parts: (number, name, colour)
        """
        from ..engine import chart  # numpy only when needed

        numbers, names, colors = map(list, zip(*parts, strict=True))
        if not any(numbers):
            return False
        bars = chart.stack(numbers, chart.Area(0, 0, WIDTH, height))
        return {
            "width": WIDTH,
            "height": height,
            "label": label,
            "parts": [
                {"bar": bar, "name": name, "color": color}
                for bar, name, color in zip(bars, names, colors, strict=True)
                if bar.width
            ],
        }

    @api.model
    def _draw_gauge(self, value, limit, label, width=128, height=9):
        """Return how far something is used of what there is."""
        from ..engine import chart  # numpy only when needed

        if not limit:
            return False
        bar, end = chart.gauge(value, limit, chart.Area(0, 0, width - 1, height))
        return {
            "width": width,
            "height": height,
            "label": label,
            "bar": bar,
            "limit": end,
            "color": LOSS if value > limit else GAIN,
        }

    @api.model
    def _draw_grid(self, rows, columns, label, row=14):
        """Return a table of dots.

        :param rows: (name, whether it is so in each column)
        :param columns: their names
        """
        from ..engine import chart  # numpy only when needed

        area = chart.Area(92, 16, WIDTH, 16 + row * len(rows))
        drawn = chart.grid(len(columns), len(rows), area)
        return {
            "width": WIDTH,
            "height": area.bottom,
            "label": label,
            "columns": [
                {"x": x, "text": text}
                for x, text in zip(drawn.columns, columns, strict=True)
            ],
            "rows": [
                {
                    "name": self._shorten(name, LONGEST_LABEL),
                    "y": y,
                    "dots": [
                        {"x": x, "is_so": is_so}
                        for x, is_so in zip(drawn.columns, dots, strict=True)
                    ],
                }
                for y, (name, dots) in zip(drawn.rows, rows, strict=True)
            ],
            "color": GAIN,
        }

    @api.model
    def _get_marks(self, scale):
        """Return the round numbers of a scale, as they are written, and where."""
        # whole numbers where they are apart by at least one
        step = scale.ticks[1] - scale.ticks[0]
        digits = 0 if step >= 1 and step == int(step) else 2
        return [
            {"at": at, "text": formatLang(self.env, tick or 0.0, digits=digits)}
            for tick, at in scale.marks
        ]

    @api.model
    def _shorten(self, text, length):
        """Return a text of at most so many characters, cut between words."""
        # spaces that do not break belong to amounts
        text = re.sub(r"[ \t\r\n]+", " ", text or "").strip()
        if len(text) <= length:
            return text
        cut = text[: length - 1].rsplit(" ", 1)
        # a word that is longer than what there is room for is cut itself
        start = cut[0] if len(cut[0]) > length / 2 else text[: length - 1]
        return start.rstrip(" ,;:.") + "…"
