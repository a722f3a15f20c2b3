//! Charts as SVG, drawn by kuva.
//!
//! kuva measures Chinese labels, passes any CSS colour through and writes no machine-dependent byte; plotters 0.3 does
//! neither of the first two. What is ours: what to label, how numbers on an axis read, and colours that differ in
//! lightness as well as hue, so that they survive a black-and-white printer and most colour blindness.
#![expect(clippy::float_arithmetic, reason = "positions on paper are real numbers")]
#![expect(clippy::cast_precision_loss, reason = "pixels and counts of categories are small")]

use std::sync::Arc;

use kuva::plot::{LineStyle, legend::LegendPosition, pie::PieLabelPosition};
use kuva::prelude::{
    BarPlot, FunnelPlot, Layout, LinePlot, PiePlot, Plot, SvgBackend, Theme, TickFormat,
    render_multiple,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use unicode_width::UnicodeWidthStr;

use super::{
    document::{Chart, ChartKind, Language, Series, Unit},
    number::{grouped, percent},
};

/// The chart as a picture of its own: title and legend inside, black on white.
pub fn svg(chart: &Chart, language: Language) -> String {
    let ink = Ink { colour: |slot| slot.printed, background: "#ffffff" };
    let title = chart.title.get(language);
    let picture = Picture { chart, language, width: 760.0, ink, title: Some(title) };
    picture.draw("chart")
}

/// The chart for a page that gives its title and legend, and colours as CSS variables. `prefix` must be unique on the
/// page.
pub(super) fn inline(chart: &Chart, language: Language, width: f64, prefix: &str) -> String {
    let ink = Ink { colour: |slot| slot.on_page, background: "none" };
    Picture { chart, language, width, ink, title: None }.draw(prefix)
}

/// The mark of a series in the legend of a page.
pub(super) fn swatch(at: usize, chart: &Chart) -> String {
    let colour = slot_of(at, chart).on_page;
    if chart.kind != ChartKind::Line {
        return format!(
            "<svg viewBox=\"0 0 18 10\"><rect x=\"3\" width=\"12\" height=\"10\" rx=\"2\" fill=\"{colour}\"/></svg>"
        );
    }
    let dashes = dash(at)
        .dasharray()
        .map_or_else(String::new, |dash| format!(" stroke-dasharray=\"{dash}\""));
    format!(
        "<svg viewBox=\"0 0 18 10\"><path d=\"M0 5H18\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/></svg>"
    )
}

/// A colour by its role: as printed, and as a variable of the page.
#[derive(Clone, Copy)]
struct Slot {
    printed: &'static str,
    on_page: &'static str,
}

const fn slot(printed: &'static str, on_page: &'static str) -> Slot {
    Slot { printed, on_page }
}

const TEXT: Slot = slot("#33383f", "var(--soft)");
const RULE: Slot = slot("#9aa1ab", "var(--rule)");
const GRID: Slot = slot("#e6e8ec", "var(--line)");

/// In the order of use; lightness 35, 72, 55, 82, 42, 64, 28, 75 of 100.
const SERIES: [Slot; 8] = [
    slot("#1f5391", "var(--c1)"),
    slot("#eda63f", "var(--c2)"),
    slot("#3f9181", "var(--c3)"),
    slot("#b5cbe6", "var(--c4)"),
    slot("#94487c", "var(--c5)"),
    slot("#9a9a9a", "var(--c6)"),
    slot("#4b4453", "var(--c7)"),
    slot("#d9b8a4", "var(--c8)"),
];

/// Stacked outcomes read from strong to faint, since later ones matter less; anything else in the order of the palette.
fn slot_of(at: usize, chart: &Chart) -> Slot {
    const STACK: [usize; 3] = [0, 3, 5];
    let is_stack = chart.kind == ChartKind::Bar && chart.series.len() > 1;
    let at = STACK.get(at).copied().filter(|_| is_stack).unwrap_or(at);
    SERIES.iter().cycle().nth(at).copied().unwrap_or(TEXT)
}

#[derive(Clone, Copy)]
struct Ink {
    colour: fn(Slot) -> &'static str,
    background: &'static str,
}

impl Ink {
    fn of(self, slot: Slot) -> String {
        (self.colour)(slot).to_owned()
    }

    fn series(self, at: usize, chart: &Chart) -> String {
        self.of(slot_of(at, chart))
    }

    fn theme(self) -> Theme {
        let (text, rule, grid) = (self.of(TEXT), self.of(RULE), self.of(GRID));
        Theme {
            background: self.background.to_owned(),
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
}

/// Faces of the three systems that have Chinese, then whatever there is.
pub(super) const FONTS: &str = "system-ui, -apple-system, Segoe UI, PingFang SC, Microsoft YaHei, \
     Noto Sans CJK SC, Noto Sans SC, sans-serif";

struct Picture<'a> {
    chart: &'a Chart,
    language: Language,
    width: f64,
    ink: Ink,
    title: Option<&'a str>,
}

impl Picture<'_> {
    fn draw(&self, prefix: &str) -> String {
        let (plots, layout) = match self.chart.kind {
            ChartKind::Bar if self.bars_lie() => self.lying_bars(),
            ChartKind::Bar => self.bars(),
            ChartKind::Line => self.lines(),
            ChartKind::Pie if self.is_narrow() => {
                let bars = as_bars(self.chart);
                let Self { language, width, ink, title, .. } = *self;
                return Picture { chart: &bars, language, width, ink, title }.draw(prefix);
            }
            ChartKind::Pie => self.pie(),
            ChartKind::Funnel => self.funnel(),
        };
        let layout = match self.title {
            Some(title) => layout.with_title(title).with_title_size(16),
            None => layout,
        };
        let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
        self.finish(&svg, prefix)
    }

    /// Scalable, with ids of its own and a name for those who hear it.
    fn finish(&self, svg: &str, prefix: &str) -> String {
        let mut svg = own_ids(svg, prefix);
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
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" font-family=\"{FONTS}\" fill=\"{ink}\"><title>{title}</title>{body}",
            ink = self.ink.of(TEXT),
            title = super::escaped(self.chart.title.get(self.language)),
        )
    }

    fn layout(&self, plots: &[Plot], height: f64) -> Layout {
        let layout = Layout::auto_from_plots(plots)
            .with_theme(self.ink.theme())
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
        (plots, layout)
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
        let height = self.chart.categories.len() as f64 * 40.0 + 16.0;
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
    const COLUMNS_MAX: usize = 18;
    if name.width() <= COLUMNS_MAX {
        return name.to_owned();
    }
    let mut short = String::new();
    for c in name.chars() {
        if short.width().saturating_add(2) >= COLUMNS_MAX {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
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
        for kind in [ChartKind::Bar, ChartKind::Line, ChartKind::Pie, ChartKind::Funnel] {
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
            }
        }
    }
}
