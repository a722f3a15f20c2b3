//! The two forms that kuva lacks: a grid whose darkness is a number, and the steps from one level to another.
//!
//! Every value stands in its cell or over its bar, so that neither needs its colour to be read.

use core::fmt::Write as _;

use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use unicode_width::UnicodeWidthStr as _;

use super::super::{document::Chart, escaped};
use super::ink::{GRID, ON, RULE, TEXT, slot_of};
use super::{Picture, axis_text, fitted, number};

/// How wide a column of text is, in pixels at size 12.
const COLUMN: f64 = 6.6;
/// Where the title of a picture of its own stands, and what is left below it.
const HEAD: f64 = 44.0;

/// A text at a place; `anchor` is start, middle or end.
struct Words<'a> {
    x: f64,
    y: f64,
    anchor: &'a str,
    fill: &'a str,
    text: &'a str,
}

/// Positions at a tenth of a pixel, so that no machine spells one otherwise.
fn place(value: f64) -> Decimal {
    let value = Decimal::from_f64_retain(value).unwrap_or_default();
    value.round_dp_with_strategy(1, MidpointAwayFromZero).normalize()
}

fn write(svg: &mut String, words: &Words<'_>) {
    let Words { x, y, anchor, fill, text } = *words;
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"{anchor}\" fill=\"{fill}\">{}</text>",
        place(x),
        place(y),
        escaped(text),
    );
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), style: &str) {
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(place);
    let _ = write!(svg, "<path d=\"M{x1} {y1}L{x2} {y2}\" fill=\"none\" {style}/>");
}

fn room(name: &str) -> f64 {
    name.width() as f64 * COLUMN
}

impl Picture<'_> {
    /// The beginning of a drawing, and where it may begin below its title.
    fn sheet(&self, height: f64) -> (String, f64) {
        let Some(title) = self.title else { return (String::new(), 0.0) };
        let mut svg = format!(
            "<path d=\"M0 0H{}V{}H0Z\" fill=\"{}\"/>",
            place(self.width),
            place(height + HEAD),
            self.ink.background,
        );
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"27\" font-size=\"16\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
            place(self.width / 2.0),
            self.ink.of(TEXT),
            escaped(title),
        );
        (svg, HEAD)
    }

    /// A heat map: categories along the top, series down the side.
    pub(super) fn heat_map(&self) -> String {
        const ROW: f64 = 30.0;
        const SIDE: usize = 16;
        let rows: Vec<String> = self
            .chart
            .series
            .iter()
            .map(|row| fitted(row.label.get(self.language), SIDE))
            .collect();
        let left = rows.iter().map(|name| room(name)).fold(0.0, f64::max) + 12.0;
        let count = self.chart.categories.len().max(1) as f64;
        let cell = (self.width - left - 8.0) / count;
        let columns = self.categories();
        let widest = columns.iter().map(|name| room(name)).fold(0.0, f64::max);
        let leans = widest > cell - 6.0;
        let head = if leans { widest * 0.71 + 20.0 } else { 24.0 };
        let height = head + ROW * rows.len() as f64 + 8.0;
        let (mut svg, top) = self.sheet(height);
        let ink = self.ink.of(TEXT);
        for (at, name) in columns.iter().enumerate() {
            let (x, y) = (left + cell * (at as f64 + 0.5), top + head - 8.0);
            if leans {
                let _ = write!(
                    svg,
                    "<text font-size=\"12\" fill=\"{ink}\" transform=\"translate({} {}) rotate(-45)\">{}</text>",
                    place(x),
                    place(y),
                    escaped(name),
                );
            } else {
                write(&mut svg, &Words { x, y, anchor: "middle", fill: &ink, text: name });
            }
        }
        for (at, (name, series)) in rows.iter().zip(&self.chart.series).enumerate() {
            let y = top + head + ROW * at as f64;
            let words = Words { x: left - 8.0, y: y + 19.0, anchor: "end", fill: &ink, text: name };
            write(&mut svg, &words);
            for (column, value) in series.values.iter().enumerate() {
                self.cell(
                    &mut svg,
                    (left + cell * column as f64, y),
                    (cell, ROW),
                    value.as_deref(),
                );
            }
        }
        svg.push_str("</svg>");
        self.framed(place(self.width), place(height + top), &svg)
    }

    /// One cell: darker the more of the range its value has; an empty one has a dash and no colour.
    fn cell(&self, svg: &mut String, at: (f64, f64), size: (f64, f64), value: Option<&str>) {
        let (least, most) = range(self.chart);
        let share = match value {
            Some(_) if most > least => (number(value) - least) / (most - least),
            Some(_) | None => 0.0,
        };
        let depth = if value.is_some() { 0.06 + 0.94 * share } else { 0.0 };
        let [x, y] = [at.0 + 1.0, at.1 + 1.0].map(place);
        let [width, height] = [(size.0 - 2.0).max(1.0), size.1 - 2.0].map(place);
        let depth = Decimal::from_f64_retain(depth).unwrap_or_default().round_dp(2).normalize();
        let _ = write!(
            svg,
            "<path d=\"M{x} {y}h{width}v{height}h-{width}z\" fill=\"{}\" fill-opacity=\"{depth}\" stroke=\"{}\"/>",
            self.ink.of(slot_of(0)),
            self.ink.of(GRID),
        );
        let text = match value {
            Some(_) => axis_text(number(value), self.chart.unit, self.language),
            None => "–".to_owned(),
        };
        let fill = self.ink.of(if share > 0.78 { ON } else { TEXT });
        if room(&text) < size.0 - 2.0 {
            let (x, y) = (at.0 + size.0 / 2.0, at.1 + size.1 / 2.0 + 4.0);
            write(svg, &Words { x, y, anchor: "middle", fill: &fill, text: &text });
        }
    }

    /// A waterfall: levels at both ends, what was added and taken between them.
    pub(super) fn waterfall(&self) -> String {
        const TALL: f64 = 210.0;
        const SIDE: f64 = 8.0;
        let values = self.chart.series.first().map(|series| series.values.as_slice());
        let bars = steps(values.unwrap_or_default());
        let ends = bars.iter().flat_map(|bar| [bar.from, bar.to]);
        let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(a, b), end| (a.min(end), b.max(end)));
        let scale = if most > least { TALL / (most - least) } else { 0.0 };
        let names = self.categories();
        let widest = names.iter().map(|name| room(name)).fold(0.0, f64::max);
        let count = bars.len().max(1) as f64;
        let leans = widest > (self.width - 2.0 * SIDE) / count - 4.0;
        // A leaning name begins to the left of its bar.
        let left = if leans { SIDE + widest * 0.5 } else { SIDE };
        let cell = (self.width - left - SIDE) / count;
        let foot = if leans { widest * 0.71 + 24.0 } else { 30.0 };
        let height = 24.0 + TALL + 18.0 + foot;
        let (mut svg, top) = self.sheet(height);
        let level = |value: f64| top + 24.0 + (most - value) * scale;
        let (ink, rule) = (self.ink.of(TEXT), self.ink.of(RULE));
        let solid = format!("stroke=\"{rule}\"");
        let dashed = format!("stroke=\"{rule}\" stroke-dasharray=\"4 3\"");
        line(&mut svg, (left, level(0.0)), (self.width - SIDE, level(0.0)), &solid);
        for (at, (bar, name)) in bars.iter().zip(&names).enumerate() {
            let x = left + cell * at as f64;
            let wide = cell * 0.62;
            let (high, low) = (level(bar.from.max(bar.to)), level(bar.from.min(bar.to)));
            let [begin, upper, across, down] =
                [x + (cell - wide) / 2.0, high, wide, (low - high).max(1.0)].map(place);
            // Levels are plain, what was added is plain in its colour, what was taken is hatched.
            let fill = match bar.kind {
                BarKind::Level => self.ink.series(0, self.chart),
                BarKind::More => self.ink.of(slot_of(2)),
                BarKind::Less => self.ink.series(1, self.chart),
            };
            let _ = write!(
                svg,
                "<path d=\"M{begin} {upper}h{across}v{down}h-{across}z\" fill=\"{fill}\"/>"
            );
            if at > 0 {
                let before = x - (cell - wide) / 2.0;
                line(
                    &mut svg,
                    (before, level(bar.start)),
                    (x + (cell - wide) / 2.0, level(bar.start)),
                    &dashed,
                );
            }
            let sign = if bar.kind == BarKind::More { "+" } else { "" };
            let said = format!("{sign}{}", axis_text(bar.said, self.chart.unit, self.language));
            let middle = x + cell / 2.0;
            let words =
                Words { x: middle, y: high - 6.0, anchor: "middle", fill: &ink, text: &said };
            write(&mut svg, &words);
            let y = top + 24.0 + TALL + 34.0;
            if leans {
                let _ = write!(
                    svg,
                    "<text font-size=\"12\" fill=\"{ink}\" text-anchor=\"end\" transform=\"translate({} {}) rotate(-45)\">{}</text>",
                    place(middle + 4.0),
                    place(y - 6.0),
                    escaped(name),
                );
            } else {
                write(&mut svg, &Words { x: middle, y, anchor: "middle", fill: &ink, text: name });
            }
        }
        svg.push_str("</svg>");
        self.framed(place(self.width), place(height + top), &svg)
    }
}

/// The least and the greatest value of a chart; from nought where none is below it.
fn range(chart: &Chart) -> (f64, f64) {
    let values = chart.series.iter().flat_map(|series| &series.values).flatten();
    let values = values.map(|value| number(Some(value)));
    values.fold((0.0, 0.0), |(least, most): (f64, f64), value| (least.min(value), most.max(value)))
}

/// A bar of a waterfall.
struct Bar {
    from: f64,
    to: f64,
    /// Where the line from the bar before it comes in.
    start: f64,
    said: f64,
    kind: BarKind,
}

/// What a bar of a waterfall stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BarKind {
    Level,
    More,
    Less,
}

fn steps(values: &[Option<String>]) -> Vec<Bar> {
    let last = values.len().saturating_sub(1);
    let mut level = 0.0;
    let mut bars = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let value = number(value.as_deref());
        let start = level;
        if at == 0 || at == last {
            level = value;
            bars.push(Bar { from: 0.0, to: value, start, said: value, kind: BarKind::Level });
        } else {
            level += value;
            let kind = if value < 0.0 { BarKind::Less } else { BarKind::More };
            bars.push(Bar { from: start, to: level, start, said: value, kind });
        }
    }
    bars
}
