//! Charts as SVG: bars, lines, steps, pies and funnels drawn by kuva, heat maps and waterfalls by [`drawn`].
//!
//! kuva measures Chinese labels, passes any CSS colour through and writes no machine-dependent byte; plotters 0.3 does
//! neither of the first two. Its heat map and waterfall print every value with two places, in black, and know no empty
//! cell, so those two are ours. What is ours as well: what to label, how numbers on an axis read, and inks (see
//! [`ink`]) that survive a black-and-white printer and most colour blindness.
#![expect(clippy::float_arithmetic, reason = "positions on paper are real numbers")]
#![expect(clippy::cast_precision_loss, reason = "pixels and counts of categories are small")]

use core::fmt::Display;
use std::sync::Arc;

use kuva::plot::{LineStyle, legend::LegendPosition, pie::PieLabelPosition};
use kuva::prelude::{
    BarPlot, FunnelPlot, Layout, LinePlot, PiePlot, Plot, SvgBackend, Theme, TickFormat,
    render_multiple,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

mod drawn;
mod ink;

use super::{
    document::{Cell, Chart, ChartKind, Language, Series, Unit},
    escaped,
    number::{grouped, percent, shown},
};
use ink::{GRID, Ink, RULE, Slot, TEXT, is_patterned, slot_of};

/// The chart as a picture of its own: title and legend inside, black on white. Colours are those of Okabe and Ito;
/// nothing is told by colour alone: areas of several series have patterns, lines have dashes, all else is labelled. The
/// same chart gives the same bytes. Rule OUT-1.
pub fn svg(chart: &Chart, language: Language) -> String {
    let ink = Ink { colour: |slot: Slot| slot.printed, background: "#ffffff", prefix: "chart" };
    let title = chart.title.get(language);
    let picture = Picture { chart, language, width: 760.0, ink, title: Some(title) };
    picture.draw()
}

/// The chart for a page that gives its title and legend, and colours as CSS variables. `prefix` must be unique on the
/// page.
pub(super) fn inline(chart: &Chart, language: Language, width: f64, prefix: &str) -> String {
    let ink = Ink { colour: |slot: Slot| slot.on_page, background: "none", prefix };
    Picture { chart, language, width, ink, title: None }.draw()
}

/// The mark of a series in the legend of a page; `prefix` as above.
pub(super) fn swatch(at: usize, chart: &Chart, prefix: &str) -> String {
    let ink = Ink { colour: |slot: Slot| slot.on_page, background: "none", prefix };
    let colour = slot_of(at).on_page;
    if matches!(chart.kind, ChartKind::Line | ChartKind::Step) {
        let dashes = dash(at)
            .dasharray()
            .map_or_else(String::new, |dash| format!(" stroke-dasharray=\"{dash}\""));
        return format!(
            "<svg viewBox=\"0 0 18 10\"><path d=\"M0 5H18\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/></svg>"
        );
    }
    let has_pattern = at > 0 && is_patterned(chart);
    let pattern = if has_pattern { ink.pattern(at) } else { String::new() };
    let fill = ink.series(at, chart);
    format!(
        "<svg viewBox=\"0 0 18 10\">{pattern}<rect x=\"3\" width=\"12\" height=\"10\" rx=\"2\" fill=\"{fill}\"/></svg>"
    )
}

fn theme(ink: Ink<'_>) -> Theme {
    let (text, rule, grid) = (ink.of(TEXT), ink.of(RULE), ink.of(GRID));
    Theme {
        background: ink.background.to_owned(),
        axis_color: rule.clone(),
        grid_color: grid,
        tick_color: rule.clone(),
        text_color: text,
        legend_bg: "none".to_owned(),
        legend_border: "none".to_owned(),
        pie_leader: rule.clone(),
        box_median: rule.clone(),
        violin_border: rule.clone(),
        colorbar_border: rule,
        font_family: Some(FONTS.to_owned()),
        show_grid: true,
    }
}

/// Faces of the three systems that have Chinese, then whatever there is.
pub(super) const FONTS: &str = "system-ui, -apple-system, Segoe UI, PingFang SC, Microsoft YaHei, \
     Noto Sans CJK SC, Noto Sans SC, sans-serif";

struct Picture<'a> {
    chart: &'a Chart,
    language: Language,
    width: f64,
    ink: Ink<'a>,
    title: Option<&'a str>,
}

impl Picture<'_> {
    fn draw(&self) -> String {
        let (plots, layout) = match self.chart.kind {
            ChartKind::Bar if self.bars_lie() => self.lying_bars(),
            ChartKind::Bar => self.bars(),
            ChartKind::Line | ChartKind::Step => self.lines(),
            ChartKind::Pie if self.is_narrow() => {
                let bars = as_bars(self.chart);
                let Self { language, width, ink, title, .. } = *self;
                return Picture { chart: &bars, language, width, ink, title }.draw();
            }
            ChartKind::Pie => self.pie(),
            ChartKind::Funnel => self.funnel(),
            ChartKind::HeatMap => return self.heat_map(),
            ChartKind::Waterfall => return self.waterfall(),
        };
        let layout = match self.title {
            Some(title) => layout.with_title(title).with_title_size(16),
            None => layout,
        };
        let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
        self.finish(&svg)
    }

    /// Scalable, with ids of its own and a name for those who hear it.
    fn finish(&self, svg: &str) -> String {
        let mut svg = own_ids(svg, self.ink.prefix);
        if self.title.is_none() {
            // The two colours that kuva's funnel does not ask its theme for.
            svg = svg.replace("#555555", "var(--soft)").replace("#ffffff", "var(--on)");
        }
        let (head, body) = svg.split_once('>').unwrap_or((svg.as_str(), ""));
        let attribute = |name: &str| {
            let (_, rest) = head.split_once(&format!(" {name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let (width, height) =
            (attribute("width").unwrap_or("0"), attribute("height").unwrap_or("0"));
        let body = body.split_once("-->").map_or(body, |(_, body)| body);
        self.framed(width, height, body)
    }

    /// A picture around what was drawn, which ends with the closing tag: with a name and a description for those who
    /// hear it, and the patterns that it is filled with.
    fn framed(&self, width: impl Display, height: impl Display, body: &str) -> String {
        let prefix = self.ink.prefix;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{prefix}-name {prefix}-told\" \
             font-family=\"{FONTS}\" fill=\"{ink}\"><title id=\"{prefix}-name\">{title}</title>\
             <desc id=\"{prefix}-told\">{told}</desc>{patterns}{body}",
            ink = self.ink.of(TEXT),
            title = escaped(self.chart.title.get(self.language)),
            told = escaped(&told(self.chart, self.language)),
            patterns = self.ink.patterns(self.chart),
        )
    }

    fn layout(&self, plots: &[Plot], height: f64) -> Layout {
        let layout = Layout::auto_from_plots(plots)
            .with_theme(theme(self.ink))
            .with_width(self.width)
            .with_height(height)
            .with_tick_size(12)
            .with_body_size(12)
            .with_axis_line_width(1.0)
            .with_tick_length(5.0)
            .with_tick_width(0.0);
        match self.title {
            Some(_) => layout
                .with_legend_position(LegendPosition::OutsideBottomColumns)
                .with_legend_box(false),
            None => layout.with_force_margins_y(10.0, 28.0),
        }
    }

    fn categories(&self) -> Vec<String> {
        self.chart.categories.iter().map(|label| shortened(label.get(self.language))).collect()
    }

    fn is_narrow(&self) -> bool {
        self.width < 480.0
    }

    /// Bars lie down where their names would not fit side by side.
    fn bars_lie(&self) -> bool {
        let names = self.categories();
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let room = (self.width - 60.0) / names.len().max(1) as f64;
        names.len() > 12 || widest as f64 * 7.0 + 10.0 > room
    }

    fn stacks(&self) -> BarPlot {
        let mut groups: Vec<(String, Vec<(f64, String)>)> =
            self.categories().into_iter().map(|name| (name, Vec::new())).collect();
        for (at, series) in self.chart.series.iter().enumerate() {
            for (group, value) in groups.iter_mut().zip(&series.values) {
                group.1.push((number(value.as_deref()), self.ink.series(at, self.chart)));
            }
        }
        let names: Vec<&str> =
            self.chart.series.iter().map(|series| series.label.get(self.language)).collect();
        if self.bars_lie() {
            groups.reverse();
        }
        let mut plot =
            BarPlot::new().with_width(if self.bars_lie() { 0.62 } else { 0.5 }).with_stacked();
        for (name, bars) in groups {
            let bars: Vec<(f64, &str)> =
                bars.iter().map(|(v, colour)| (*v, colour.as_str())).collect();
            plot = plot.with_group(name, bars);
        }
        if self.title.is_some() && names.len() > 1 { plot.with_legend(names) } else { plot }
    }

    fn bars(&self) -> (Vec<Plot>, Layout) {
        let plots = vec![Plot::Bar(self.stacks())];
        let layout = self.layout(&plots, 300.0).with_y_tick_format(self.ticks()).with_ticks(5);
        (plots, layout)
    }

    fn lying_bars(&self) -> (Vec<Plot>, Layout) {
        let count = self.chart.categories.len() as f64;
        let plots = vec![Plot::Bar(self.stacks().with_horizontal(true))];
        let ticks = if self.is_narrow() { 3 } else { 5 };
        let layout = self.layout(&plots, (count * 30.0 + 56.0).max(140.0));
        (plots, layout.with_x_tick_format(self.ticks()).with_ticks(ticks))
    }

    fn lines(&self) -> (Vec<Plot>, Layout) {
        let mut plots = Vec::new();
        for (at, series) in self.chart.series.iter().enumerate() {
            let values = series.values.iter().map(|value| number(value.as_deref())).enumerate();
            let points: Vec<(f64, f64)> = values.map(|(x, y)| (x as f64, y)).collect();
            let mut line = LinePlot::new()
                .with_data(points)
                .with_color(self.ink.series(at, self.chart))
                .with_stroke_width(2.0)
                .with_line_style(dash(at));
            if self.chart.kind == ChartKind::Step {
                line = line.with_step();
            }
            if self.chart.series.len() == 1 {
                line = line.with_fill().with_fill_opacity(0.10);
            } else if self.title.is_some() {
                line = line.with_legend(series.label.get(self.language));
            }
            plots.push(Plot::Line(line));
        }
        let names = Arc::new(self.categories());
        let last = names.len().saturating_sub(1);
        let step = self.step(&names);
        // Room for half of the last name.
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let end = last.max(1) as f64 * (1.0 + widest as f64 * 3.0 / self.width);
        let name = TickFormat::Custom(Arc::new(move |x: f64| {
            let at = x.round().to_usize().filter(|_| (x - x.round()).abs() < 1e-6);
            at.and_then(|at| names.get(at)).cloned().unwrap_or_default()
        }));
        let layout = self
            .layout(&plots, 280.0)
            .with_x_axis_min(0.0)
            .with_x_axis_max(end)
            .with_x_tick_step(step)
            .with_x_tick_format(name)
            .with_y_tick_format(self.ticks())
            .with_ticks(5);
        // A line that floats over a cut axis tells of more change than there is.
        let values = self.chart.series.iter().flat_map(|series| &series.values);
        let is_below = values.flatten().any(|value| number(Some(value)) < 0.0);
        (plots, if is_below { layout } else { layout.with_y_axis_min(0.0) })
    }

    /// How many categories apart names must be to fit.
    fn step(&self, names: &[String]) -> f64 {
        let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let fit = ((self.width - 90.0) / (widest as f64 * 7.0 + 22.0)).floor().max(1.0);
        (names.len() as f64 / fit).ceil().max(1.0)
    }

    fn pie(&self) -> (Vec<Plot>, Layout) {
        let mut plot =
            PiePlot::new().with_inner_radius(52.0).with_label_position(PieLabelPosition::Outside);
        for (at, (name, share)) in self.categories().iter().zip(&self.chart.shares).enumerate() {
            let percent = Decimal::new(i64::from(*share), 2);
            let label = format!("{name} {percent}%");
            plot = plot.with_slice(label, f64::from(*share), self.ink.series(at, self.chart));
        }
        let plots = vec![Plot::Pie(plot)];
        let top = if self.title.is_some() { 76.0 } else { 30.0 };
        let layout = self.layout(&plots, 300.0).with_force_margins_y(top, 26.0);
        (plots, layout)
    }

    fn funnel(&self) -> (Vec<Plot>, Layout) {
        let values =
            self.chart.series.first().map(|series| series.values.as_slice()).unwrap_or_default();
        let mut plot = FunnelPlot::new();
        plot.stage_gap = 8.0;
        plot.connector_opacity = 0.25;
        // kuva would print the ratio of neighbours, which is not the share that went on where deals skip stages.
        plot.show_conversion = false;
        let rates =
            self.chart.series.get(1).map(|series| series.values.as_slice()).unwrap_or_default();
        let rates = rates.iter().map(Option::as_deref).chain(core::iter::repeat(None));
        for ((name, value), rate) in self.categories().into_iter().zip(values).zip(rates) {
            let name =
                rate.map_or_else(|| name.clone(), |rate| format!("{name}  {}", percent(rate)));
            plot = plot.with_stage_color(
                name,
                number(value.as_deref()),
                self.ink.series(0, self.chart),
            );
        }
        let head = if self.title.is_some() { 64.0 } else { 16.0 };
        let height = self.chart.categories.len() as f64 * 40.0 + head;
        let plots = vec![Plot::Funnel(plot)];
        let layout = self.layout(&plots, height);
        let layout =
            if self.title.is_some() { layout } else { layout.with_force_margins_y(8.0, 8.0) };
        (plots, layout)
    }

    fn ticks(&self) -> TickFormat {
        let (unit, language) = (self.chart.unit, self.language);
        TickFormat::Custom(Arc::new(move |value| axis_text(value, unit, language)))
    }
}

/// A pie as bars of its shares: a phone has no room for names around it.
fn as_bars(pie: &Chart) -> Chart {
    let share = |share: &u32| Some(Decimal::new(i64::from(*share), 4).to_string());
    let label = pie.title.clone();
    let series = vec![Series { label, values: pie.shares.iter().map(share).collect() }];
    Chart { kind: ChartKind::Bar, unit: Unit::Rate, series, shares: Vec::new(), ..pie.clone() }
}

/// `svg` with ids of our own, since kuva numbers its clips through the life of the process.
fn own_ids(svg: &str, prefix: &str) -> String {
    const CLIP: &str = "kuva-clip-";
    let mut seen: Vec<&str> = Vec::new();
    let mut pieces = svg.split(CLIP);
    let mut renamed = pieces.next().unwrap_or_default().replace("kuva-", &format!("{prefix}-"));
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = piece.strip_suffix(rest).unwrap_or_default();
        let known = seen.iter().position(|other| *other == number);
        let at = known.unwrap_or(seen.len());
        if known.is_none() {
            seen.push(number);
        }
        renamed.push_str(&format!("{prefix}-{at}"));
        renamed.push_str(&rest.replace("kuva-", &format!("{prefix}-")));
    }
    renamed
}

/// Lines differ in dash as well as colour.
fn dash(at: usize) -> LineStyle {
    match at.checked_rem(4) {
        Some(1) => LineStyle::Custom("7 3".to_owned()),
        Some(2) => LineStyle::Custom("2 3".to_owned()),
        Some(3) => LineStyle::Custom("9 3 2 3".to_owned()),
        _ => LineStyle::Solid,
    }
}

fn number(text: Option<&str>) -> f64 {
    text.and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite()).unwrap_or(0.0)
}

/// A name of at most 18 columns.
fn shortened(name: &str) -> String {
    fitted(name, 18)
}

/// A name of at most so many columns.
fn fitted(name: &str, columns: usize) -> String {
    if name.width() <= columns {
        return name.to_owned();
    }
    let mut short = String::new();
    for c in name.chars() {
        let next = short.width().saturating_add(c.width().unwrap_or(0));
        if next >= columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

/// What a chart shows, in words: the first categories with their values.
fn told(chart: &Chart, language: Language) -> String {
    const CATEGORIES_MAX: usize = 24;
    let (kind, colon, comma, more) = match language {
        Language::En => (chart.kind.label().en, ": ", "; ", " …"),
        Language::Zh => (chart.kind.label().zh, "：", "；", "……"),
    };
    let mut parts = vec![kind];
    for (at, series) in chart.series.iter().enumerate() {
        let is_share = chart.kind == ChartKind::Funnel && at > 0;
        let unit = if is_share { Unit::Rate } else { chart.unit };
        let each = chart.categories.iter().zip(&series.values).take(CATEGORIES_MAX);
        let each = each.map(|(category, value)| {
            let cell = value.as_ref().map_or(Cell::Absent, Cell::text);
            format!("{} {}", category.get(language), shown(&cell, unit, language))
        });
        let mut text = each.collect::<Vec<_>>().join(comma);
        if chart.categories.len() > CATEGORIES_MAX {
            text.push_str(more);
        }
        parts.push(format!("{}{colon}{text}", series.label.get(language)));
    }
    parts.join(". ")
}

/// A round number of an axis: `1.2M` or `120万`, `40%`, `30`.
fn axis_text(value: f64, unit: Unit, language: Language) -> String {
    if unit == Unit::Rate {
        return format!("{}%", trimmed(value * 100.0));
    }
    let steps: [(f64, &str); 3] = match language {
        Language::En => [(1e9, "B"), (1e6, "M"), (1e3, "K")],
        Language::Zh => [(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
    };
    let step = steps.into_iter().find(|(size, _)| value.abs() >= *size);
    let (size, suffix) = step.unwrap_or((1.0, ""));
    format!("{}{suffix}", trimmed(value / size))
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    grouped(if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::document::Label;

    #[test]
    fn numbers_of_an_axis() {
        let table = [
            (0.0, Unit::Money, "0", "0"),
            (1500.0, Unit::Money, "1.5K", "1,500"),
            (1_200_000.0, Unit::Money, "1.2M", "120万"),
            (250_000_000.0, Unit::Money, "250M", "2.5亿"),
            (-20_000.0, Unit::Money, "−20K", "−2万"),
            (0.4, Unit::Rate, "40%", "40%"),
            (30.0, Unit::Days, "30", "30"),
        ];
        for (value, unit, en, zh) in table {
            assert_eq!(axis_text(value, unit, Language::En), en);
            assert_eq!(axis_text(value, unit, Language::Zh), zh);
        }
    }

    #[test]
    fn every_kind_is_drawn_and_always_the_same() {
        for kind in ChartKind::ALL {
            for count in [0usize, 1, 4, 30] {
                let chart = Chart {
                    key: "c".to_owned(),
                    kind,
                    title: Label::new("Won <& lost>", "赢单"),
                    unit: Unit::Money,
                    categories: (0..count)
                        .map(|at| Label::same(&format!("华东 {at} <b>")))
                        .collect(),
                    series: vec![Series {
                        label: Label::same("s"),
                        values: (0..count).map(|at| Some((at * 1000).to_string())).collect(),
                    }],
                    shares: vec![300; count],
                };
                let drawn = svg(&chart, Language::Zh);
                assert_eq!(drawn, svg(&chart, Language::Zh));
                assert!(
                    drawn.starts_with("<svg ") && drawn.ends_with("</svg>"),
                    "{kind:?} {count}"
                );
                assert!(!drawn.contains("<b>") && !drawn.contains("NaN"), "{kind:?} {count}");
                assert!(count != 4 || drawn.contains("华东 3"), "{kind:?} {count}");
                assert!(drawn.contains(&format!("<desc id=\"chart-told\">{}", kind.label().zh)));
            }
        }
    }

    fn chart(kind: ChartKind, unit: Unit, values: &[&[Option<&str>]]) -> Chart {
        let count = values.first().map_or(0, |series| series.len());
        let series = |(at, values): (usize, &&[Option<&str>])| Series {
            label: Label::same(&format!("row{at}")),
            values: values.iter().map(|value| value.map(str::to_owned)).collect(),
        };
        Chart {
            key: "c".to_owned(),
            kind,
            title: Label::new("T", "题"),
            unit,
            categories: (0..count).map(|at| Label::same(&format!("c{at}"))).collect(),
            series: values.iter().enumerate().map(series).collect(),
            shares: Vec::new(),
        }
    }

    /// OUT-1: a waterfall says every level and every change, and its bars meet.
    #[test]
    fn a_waterfall_goes_from_one_level_to_another() {
        let values = [Some("1000"), Some("500"), Some("-300"), Some("1200")];
        let drawn = svg(&chart(ChartKind::Waterfall, Unit::Money, &[&values]), Language::En);
        for said in [">1K<", ">+500<", ">−300<", ">1.2K<"] {
            assert!(drawn.contains(said), "{said}: {drawn}");
        }
        // 1500 is the highest level: its bar begins at the top, and what is taken hangs from it.
        let tops: Vec<&str> = drawn.split("<path d=\"M").skip(1).collect();
        let of = |fill: &str| {
            let bar = tops.iter().find(|path| path.contains(&format!("fill=\"{fill}\"")));
            bar.and_then(|bar| bar.split(['v', ' ', 'h']).nth(1)).unwrap().parse::<f64>().unwrap()
        };
        assert!((of("#009e73") - of("url(#chart-p1)")).abs() < 0.01, "{drawn}");
        assert!(drawn.contains("<pattern id=\"chart-p1\""));
    }

    /// OUT-1: a cell says its number, an empty one a dash; the greatest is the darkest.
    #[test]
    fn a_heat_map_needs_no_colour() {
        let rows: [&[Option<&str>]; 2] = [&[Some("10"), None], &[Some("0"), Some("5")]];
        let drawn = svg(&chart(ChartKind::HeatMap, Unit::Count, &rows), Language::En);
        for said in [">10<", ">–<", ">0<", ">5<", ">row1<", ">c0<"] {
            assert!(drawn.contains(said), "{said}: {drawn}");
        }
        let depths: Vec<&str> = drawn.split("fill-opacity=\"").skip(1).collect();
        let depths = depths.iter().filter_map(|rest| rest.split('"').next());
        assert_eq!(depths.collect::<Vec<_>>(), ["1", "0", "0.06", "0.53"]);
    }

    /// OUT-1: what stands side by side in one colour of grey differs in pattern or dash.
    #[test]
    fn series_are_told_apart_without_colour() {
        let rows: [&[Option<&str>]; 3] =
            [&[Some("1"), Some("2")], &[Some("2"), Some("1")], &[Some("1"), None]];
        let bars = svg(&chart(ChartKind::Bar, Unit::Count, &rows), Language::En);
        assert!(bars.contains("url(#chart-p1)") && bars.contains("url(#chart-p2)"), "{bars}");
        assert_ne!(ink_tile(&bars, 1), ink_tile(&bars, 2));
        for kind in [ChartKind::Line, ChartKind::Step] {
            let lines = svg(&chart(kind, Unit::Count, &rows), Language::En);
            assert!(lines.contains("stroke-dasharray"), "{lines}");
        }
    }

    fn ink_tile(svg: &str, at: usize) -> String {
        let pattern = svg.split(&format!("<pattern id=\"chart-p{at}\"")).nth(1).unwrap();
        pattern.split("<path d=\"").nth(2).unwrap().split('"').next().unwrap().to_owned()
    }

    /// OUT-1: a step chart holds a value until the next one: it has no sloping line.
    #[test]
    fn a_step_holds_its_value() {
        let values = [Some("1"), Some("0.5"), Some("0.25")];
        let of = |kind| svg(&chart(kind, Unit::Rate, &[&values]), Language::En);
        assert_ne!(of(ChartKind::Step), of(ChartKind::Line));
    }
}
